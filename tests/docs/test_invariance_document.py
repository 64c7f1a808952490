"""docs/invariance.md holds the numbers of its JSON file, and those of a centre of it are worked out again."""

import json

import numpy as np
import pytest

from core.analyses.context import Context
from core.analyses.left_out_tables import by_centre
from core.analyses.opening import opened
from core.analyses.plain import plain
from core.radiogenomics import invariance_tested as trials
from core.radiogenomics.invariance_folds import centre_splits
from core.run import remembering
from core.store.library import Library
from core.store.sources import Notebook, read
from core.view import unlink
from docs.invariance_numbers import FILE, HEADINGS, NUMBERS, PAPER, RUNS, STUDIES, document, rounded

FOUND = json.loads(NUMBERS.read_text(encoding="utf-8"))


def test_the_document_says_what_the_file_of_numbers_holds():
    text = FILE.read_text(encoding="utf-8")
    assert document(FOUND) == text
    assert set(FOUND) == set(STUDIES) == set(HEADINGS)
    for study in STUDIES:
        assert set(FOUND[study]) == {run.name for run in RUNS}
        for run in RUNS:
            assert f"`{FOUND[study][run.name]['link']}`" in text
    assert all(value in text for row in PAPER for value in row)


def test_pooled_counts_are_those_of_the_centres():
    for study in STUDIES:
        for run in RUNS:
            found = FOUND[study][run.name]
            for row in found["pooled"]:
                own = [each for each in found["table"] if each["arm"] == row["arm"]]
                for count in ("n", "n_positive", "tp", "fn", "tn", "fp"):
                    assert row[count] == sum(each[count] for each in own)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return Library(tmp_path_factory.mktemp("documented"))


def test_the_first_centre_of_the_gliomas_from_four_sites_is_worked_out_again(library, real_study):
    """The whole of it: gaps, screen, test, tuning and every number of each arm, with the seed of the document."""
    folder = real_study("glioma_arita")
    library.publish(read(folder, "glioma_arita", Notebook()))
    stored = FOUND["glioma_arita"]["lasso"]
    context: Context = opened(unlink(stored["link"])[1], library, remembering())
    analysis = context.analysis("left_out_centres")
    data = analysis.read(context)
    y = data.centres.patients["positive"].to_numpy(dtype=float)
    environment = data.centres.patients["environment"].to_numpy(dtype=str)
    recipe = analysis.recipe(data.test)
    assert recipe.repeats == 10 and recipe.inside and not recipe.everybody
    run = trials.tested(recipe, y, data.centres.values, environment, centre_splits(environment)[:1], analysis.seed)
    again = rounded(plain(by_centre(run, y, False, analysis.seed)))
    first = [row for row in stored["table"] if row["centre"] == run[0].split.name]
    assert len(again) == len(first) == 5
    for ours, theirs in zip(again, first, strict=True):
        for name, value in theirs.items():
            if isinstance(value, float):
                np.testing.assert_allclose(ours[name], value, rtol=1e-4, err_msg=name)
            else:
                assert ours[name] == value, name
    assert [list(context.result(context.analysis("invariance")).words)] == [stored["invariance"]]
