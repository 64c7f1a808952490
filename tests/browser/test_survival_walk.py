"""Survival on real patients, as a reader does it: three studies, every section, chosen through the controls.

Every sentence that the pages show is held against what the program answers for the link that they give.
"""

from __future__ import annotations

from typing import Any

import pytest

from core.analyses.opening import opened
from core.run import remembering
from core.store.library import Library
from core.store.sources import Notebook, read
from core.view import unlink
from tests.browser import hands

pytestmark = pytest.mark.browser
STUDIES = ("hn_tcia", "glioma_tcga", "nsclc_radiogenomics")
COUNTED = "Tests of survival tried on this study in this session: "


@pytest.fixture
def imported(store_folder, real_study) -> Library:
    """The store of this worker's server, with three real studies in it."""
    library = Library(store_folder)
    present = {entry.id for entry in library.studies()}
    for study in STUDIES:
        folder = real_study(study)
        if study not in present:
            library.publish(read(folder, study, Notebook()))
    return library


def shown(reader, library: Library, analysis: str) -> Any:
    """What the program answers for the link that the page gives, once the page has been seen to say it."""
    context = opened(unlink(hands.shown_link(reader))[1], library, remembering())
    result = context.result(context.analysis(analysis))
    hands.says(reader, *(" ".join(sentence.split()) for sentence in result.words))
    return result


def test_three_studies_section_by_section(imported, reader, visit, tmp_path):
    head_and_neck(reader, imported, tmp_path)
    link = hands.shown_link(reader)
    glioma(reader, imported)
    lung(reader, imported)

    colleague = visit(reader.address, width=390)
    colleague.open(link.removeprefix(reader.address), 90)
    shown(colleague, imported, "competing")
    assert hands.shown_link(colleague) == link


def head_and_neck(reader, library, folder):
    main, side = hands.main(reader), hands.sidebar(reader)
    reader.open("Survival?study=hn_tcia", 90)
    hands.pick(reader, main, "Attribute", "Subsite")
    subsite = shown(reader, library, "survival")
    assert [curve.group for curve in subsite.curves.curves][-1] == "other", "the rarest are joined"
    hands.pick(reader, side, "Subsite", "oropharynx")
    hands.pick(reader, main, "Attribute", "HPV status")
    hpv = shown(reader, library, "survival")
    assert (hpv.curves.n, hpv.curves.n_events) == (215, 60)
    hands.unfold(reader, "Change the test, the times and the follow-up")
    hands.pick(reader, main, "Compare within", "Centre")
    within = shown(reader, library, "survival")
    assert within.test.n_strata == 6
    assert within.hazard.within == "Centre"

    reader.open("Survival?study=hn_tcia&survival.attribute=stage", 90)
    assert shown(reader, library, "survival").trend.dof == 1
    hands.pick(reader, main, "Groups by", "an imaging feature")
    hands.pick(reader, main, "Feature", "shape · Mesh Volume")
    hands.pick(reader, main, "Cut numbers at", "a searched value")
    volume = shown(reader, library, "survival")
    assert volume.search.n == 321
    hands.says(reader, "Exploratory: the cut was searched.", "The largest of these statistics is no test by itself")
    _, notes = hands.saved_csv(reader, "searched_cut", folder)
    counted = next(note for note in notes if note.startswith(COUNTED))
    assert "1 endpoint" in counted and "markers" in counted, counted

    hands.tab(reader, "Model")
    model = shown(reader, library, "cox")
    assert model.cox.c_index_corrected < model.cox.c_index
    hands.tab(reader, "Screen")
    screen = shown(reader, library, "survival_screen")
    assert screen.n_tests == 105
    main.get_by_role("button", name="Open the curve").click()
    reader.settled(90)
    assert shown(reader, library, "survival").grouped_by == screen.table["feature"].iloc[0]
    hands.pick(reader, main, "Groups by", "an attribute")
    hands.pick(reader, main, "Attribute", "HPV status")
    hands.tab(reader, "Competing events")
    hands.says(reader, "Gray's test")
    assert len(shown(reader, library, "competing").events) == 3


def glioma(reader, library):
    main = hands.main(reader)
    reader.open("Survival?study=glioma_tcga&survival.attribute=idh_status", 90)
    idh = shown(reader, library, "survival")
    assert idh.test.p < 0.001
    reader.open("Survival?study=glioma_tcga&section=Model&cox.attributes=&cox.features=VOLUME_ET", 90)
    model = shown(reader, library, "cox")
    assert model.cox.c_index == pytest.approx(0.71, abs=0.01)
    hands.tab(reader, "Competing events")
    hands.says(reader, "This study declares no competing events.")
    assert main.get_by_text("study.toml").count()


def lung(reader, library):
    reader.open("Survival?study=nsclc_radiogenomics", 90)
    main = hands.main(reader)
    hands.pick(reader, main, "Groups by", "a mutated gene")
    hands.pick(reader, main, "Gene", "EGFR")
    egfr = shown(reader, library, "survival")
    assert egfr.test.p > 0.05
    hands.says(reader, "Survival curves are not shown to differ")
