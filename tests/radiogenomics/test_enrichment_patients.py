"""Enrichment with patients exchanged: its level where genes go together, what it finds, and what it cannot answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.errors import NotEstimable
from core.radiogenomics.enrichment import GENES, PATIENTS
from core.radiogenomics.enrichment_patients import feature_enrichment
from core.radiogenomics.enrichment_score import enrichment_scores
from core.radiogenomics.screen import expression_screen
from tests.radiogenomics.test_gene_screen_null import band

N, SIZE = 60, 12


def pathways(
    chance: np.random.Generator, n: int = N, k: int = 4
) -> tuple[pd.DataFrame, dict[str, list[str]], np.ndarray]:
    """Genes of k sets, each ruled by one number per patient, beside as many of no set; and these numbers (n, k)."""
    ruler = chance.normal(size=(n, k))
    ruled = np.repeat(ruler, SIZE, axis=1) * 0.8 + chance.normal(size=(n, k * SIZE)) * 0.6
    genes = np.hstack([ruled, chance.normal(size=(n, k * SIZE))])
    frame = pd.DataFrame(genes, columns=[f"g{i}" for i in range(genes.shape[1])])
    return frame, {f"set {j}": [f"g{i}" for i in range(j * SIZE, (j + 1) * SIZE)] for j in range(k)}, ruler


def features(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(values, columns=[f"f{i}" for i in range(values.shape[1])])


def test_patients_keep_the_level_where_genes_go_together_and_genes_do_not():
    chance = np.random.default_rng(3)
    expression, sets, _ = pathways(chance)
    found = feature_enrichment(features(chance.normal(size=(N, 400))), expression, sets, permutations=99)
    assert found.n_tests == 1600 and found.null == PATIENTS
    for level in (0.05, 0.2):
        # The four sets of one feature share its patients: each is held to its own band.
        lower, upper = band(400, level)
        shares = (found.p <= level).mean(axis=0)
        assert (lower <= shares).all() and (shares <= upper).all(), shares
    usual = feature_enrichment(features(chance.normal(size=(N, 6))), expression, sets, null=GENES, permutations=100)
    assert (usual.p <= 0.05).mean() > 0.3  # what the caution on the page says


def test_the_level_holds_within_strata_and_beside_covariates():
    chance = np.random.default_rng(4)
    expression, sets, _ = pathways(chance)
    centre, volume = np.arange(N) % 3, chance.normal(size=N)
    expression.iloc[:, :SIZE] += 1.5 * (centre == 0)[:, None] + volume[:, None]
    values = chance.normal(size=(N, 400)) + 1.5 * (centre == 0)[:, None] + volume[:, None]
    plain = feature_enrichment(features(values[:, :50]), expression, sets, permutations=99)
    assert (plain.p[:, 0] <= 0.05).mean() > 0.4
    adjusted = feature_enrichment(
        features(values), expression, sets, adjust=pd.DataFrame({"volume": volume}), strata=centre, permutations=99
    )
    lower, upper = band(400)
    shares = (adjusted.p <= 0.05).mean(axis=0)
    assert (lower <= shares).all() and (shares <= upper).all(), shares
    assert adjusted.adjust == ("volume",) and adjusted.n_strata == 3


def test_a_planted_set_is_found_and_no_other():
    chance = np.random.default_rng(5)
    expression, sets, ruler = pathways(chance)
    values = np.column_stack([ruler[:, 1] + chance.normal(size=N), chance.normal(size=N), -ruler[:, 2]])
    found = feature_enrichment(features(values), expression, sets, permutations=500)
    hits = {(found.features[i], found.sets[j]) for i, j in zip(*np.nonzero(found.q < 0.05), strict=True)}
    assert hits == {("f0", "set 1"), ("f2", "set 2")}
    assert found.es[0, 1] > 0.9 and found.es[2, 2] < -0.9 and found.p.min() == pytest.approx(1 / 501)


def test_scores_are_the_correlations_of_the_screen():
    chance = np.random.default_rng(6)
    expression, sets, _ = pathways(chance)
    values = features(chance.normal(size=(N, 3)))
    plain = feature_enrichment(values, expression, sets, permutations=20)
    theirs = stats.spearmanr(values["f1"], expression["g7"]).statistic
    assert plain.scores[1, 7] == pytest.approx(theirs, abs=1e-9)
    adjust, strata = pd.DataFrame({"age": chance.normal(size=N)}), np.arange(N) % 4
    adjusted = feature_enrichment(values, expression, sets, adjust=adjust, strata=strata, permutations=20)
    screen = expression_screen(values, expression, adjust=adjust, strata=strata)
    np.testing.assert_allclose(adjusted.scores, screen.effect, atol=1e-9)
    places = [np.array([expression.columns.get_loc(gene) for gene in genes]) for genes in sets.values()]
    np.testing.assert_allclose(adjusted.es, enrichment_scores(screen.effect, places), atol=1e-9)


def test_p_is_the_share_of_exchanges_that_go_as_far():
    """The definition, with SciPy's correlations, over every exchange of the same random ones."""
    chance = np.random.default_rng(8)
    expression, sets, _ = pathways(chance, n=24, k=2)
    values = features(chance.normal(size=(24, 1)))
    found = feature_enrichment(values, expression, sets, permutations=50, seed=9)
    draws = np.random.default_rng([9, 24])
    orders = np.argsort(draws.random((50, 24)), axis=1)
    scores = [
        stats.spearmanr(np.column_stack([values["f0"].to_numpy()[order], expression])).statistic[0, 1:]
        for order in [np.arange(24), *orders]
    ]
    places = [np.arange(SIZE), np.arange(SIZE, 2 * SIZE)]
    es = np.vstack([enrichment_scores(one[None], places) for one in scores])
    size = np.array([[np.abs(es[es[:, j] * sign >= 0, j]).mean() for sign in (1, -1)] for j in range(2)])
    nes = es / np.where(es >= 0, size[:, 0], size[:, 1])
    np.testing.assert_allclose(found.nes[0], nes[0], atol=1e-9)
    np.testing.assert_allclose(found.p[0], (np.abs(nes) >= np.abs(nes[0]) - 1e-9).mean(axis=0))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_units_and_signs_change_nothing_but_the_side(seed):
    chance = np.random.default_rng(seed)
    expression, sets, _ = pathways(chance, n=30, k=2)
    value = chance.normal(size=30)
    found = feature_enrichment(
        features(np.column_stack([value, np.exp(value), -value])), expression, sets, permutations=30, seed=seed
    )
    np.testing.assert_allclose(found.es[0], found.es[1])
    np.testing.assert_allclose(found.p[0], found.p[1])
    # Equal correlations stand in the order of the columns in both directions, so the size may differ a little.
    np.testing.assert_allclose(np.abs(found.es[0]), np.abs(found.es[2]), atol=0.1)
    assert (found.p >= 1 / 31).all() and (found.p <= 1).all() and (found.q >= found.p - 1e-12).all()


def test_gaps_and_features_without_an_answer_are_named():
    chance = np.random.default_rng(7)
    expression, sets, _ = pathways(chance)
    expression.iloc[:40, 0] = np.nan  # known for a third: left out
    expression.iloc[:5, 1] = np.nan
    expression.iloc[:, 2] = 1.0
    values = features(chance.normal(size=(N, 4)))
    values["f1"] = 3.0
    values.loc[:49, "f2"] = np.nan
    values["f3"] = np.arange(N) % 2
    found = feature_enrichment(
        values, expression, sets, adjust=pd.DataFrame({"half": np.arange(N) % 2}), permutations=50
    )
    assert (found.genes_left_out, found.n_gaps, found.n_tests) == (2, 1, 4)
    assert found.why == (
        "",
        "the feature is constant",
        "fewer than 20 patients",
        "the feature is given by what is adjusted for",
    )
    assert np.isnan(found.p[1:]).all() and len(found.members["set 0"]) == SIZE - 2
    with pytest.raises(NotEstimable, match="No feature can be tested: the feature is constant"):
        feature_enrichment(values[["f1"]], expression, sets)
