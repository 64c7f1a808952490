"""Keep-only masking: by hand, against masking the inputs, its null, and what cannot be scored."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from core.errors import NotEstimable
from core.radiogenomics import small_network
from core.radiogenomics.dense_layers import IDENTITY, RELU, Layers
from core.radiogenomics.expression_network import FoldNetworks, SealedNetworks
from core.radiogenomics.expression_target import number_target
from core.radiogenomics.gene_masking import masked_sets
from core.radiogenomics.gene_scaling import GeneScaling
from core.radiogenomics.masking import masked_scores, random_set_scores, single_gene_scores
from core.radiogenomics.sealed_folds import whole
from core.radiogenomics.small_network import SmallNetwork
from tests.radiogenomics.expression_cases import GENES, SETS, driven, linear, networks_of, three_classes

ALL = np.arange(24)


@pytest.fixture(scope="module")
def deep() -> SealedNetworks:
    """Networks of two hidden layers, three classes, gaps in the expression, and only some of the genes."""
    expression, target = three_classes(n=60)
    expression[np.random.default_rng(1).random(expression.shape) < 0.05] = np.nan
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(small_network, "LONGEST", 40)
        return networks_of(expression, target, SmallNetwork((6, 4)), members=2, most_variable=20)


def by_masking_the_inputs(networks: SealedNetworks, genes) -> np.ndarray:
    """The definition: every other gene becomes the mean of the training patients."""
    found = np.empty_like(networks.scores)
    for each in networks.folds:
        shown = networks.expression[each.fold.test].copy()
        mean = np.nanmean(networks.expression[each.fold.train], axis=0)
        silent = np.setdiff1d(ALL, genes)
        shown[:, silent] = mean[silent]
        found[each.fold.test] = each.of(each.scaling.of(shown))
    return found


def test_all_genes_give_the_unmasked_prediction_exactly(deep):
    for networks in (deep, linear(gaps=0.1)):
        assert np.array_equal(masked_scores(networks, [ALL])[0], networks.scores)


@given(genes=st.sets(st.integers(0, 23), min_size=1))
@settings(max_examples=30, deadline=None)
def test_a_mask_is_the_training_mean_of_every_other_gene(deep, genes):
    places = np.array(sorted(genes))
    np.testing.assert_allclose(
        masked_scores(deep, [places[::-1]])[0], by_masking_the_inputs(deep, places), rtol=0, atol=1e-12
    )


def test_random_and_single_genes_are_masks_like_others(deep):
    order = np.random.default_rng(5).permutation(24)
    ((_, scores),) = random_set_scores(deep, [3, 11, 24], 1, 5)
    sets = [order[:3], order[:11], order]
    np.testing.assert_allclose(scores[0], masked_scores(deep, sets), rtol=0, atol=1e-12)
    alone = np.concatenate([found for _, found in single_gene_scores(deep)])
    np.testing.assert_allclose(alone, masked_scores(deep, [np.array([gene]) for gene in range(24)]), atol=1e-12)


def by_hand() -> SealedNetworks:
    """Score = 1 + 2 z1 + 3 z2 - z3, with z = (x - 1) / 2, on the patients themselves."""
    expression = np.array([[1, 1, 1], [3, 1, 5], [5, 3, 1], [1, 5, 3.0]])
    target = number_target(np.arange(30.0))
    target = type(target)(target.kind, np.array([1.0, 2.0, 3.0, 4.0]))
    layers = Layers((np.array([[2.0], [3.0], [-1.0]]), np.ones((1, 1))), (np.zeros(1), np.ones(1)), IDENTITY, IDENTITY)
    scaling = GeneScaling(np.arange(3), np.ones(3), np.full(3, 2.0), 3)
    fold = FoldNetworks(whole(4)[0], scaling, (layers,), target.values)
    return SealedNetworks(expression, target, (fold,), fold.of(scaling.of(expression)), target.values)


def test_a_linear_network_worked_by_hand():
    networks = by_hand()
    assert networks.scores[:, 0].tolist() == [1, 1 + 2 - 2, 1 + 4 + 3, 1 + 6 - 1]
    masks = masked_scores(networks, [np.array([0]), np.array([1, 2])])[:, :, 0]
    assert masks.tolist() == [[1, 3, 5, 1], [1, -1, 4, 6]]
    # Ranks of (1, 3, 5, 1) against 1 to 4: 1.5, 3, 4, 1.5; of (1, -1, 4, 6): 2, 1, 3, 4.
    table = masked_sets(networks, ["a", "b", "c"], {"first": ["a"], "rest": ["b", "c"]}, draws=99).table
    found = table.set_index("set")["score"]
    assert found["rest"] == pytest.approx(0.8)
    assert found["first"] == pytest.approx(0.5 / np.sqrt(4.5 * 5))


def test_the_set_that_drives_the_target_is_found_and_no_other(deep):
    found = masked_sets(linear(), GENES, SETS, draws=999)
    assert list(found.table.loc[found.table["found"], "set"]) == ["set 0"]
    assert found.table["p"].iloc[0] < 0.01 and found.table["set"].iloc[0] == "set 0"
    assert found.unmasked[0] > 0.5 and found.n_tests == 6
    classes = masked_sets(deep, GENES, SETS, draws=200)
    assert classes.n_tests == 18 and set(classes.table["output"]) == {"low", "middle", "high"}
    first = classes.table.sort_values("score", ascending=False).groupby("output").head(1).set_index("output")
    assert first.loc["low", "set"] == first.loc["high", "set"] == "set 0"


def test_sets_without_a_measured_gene_are_skipped_and_coverage_is_told():
    sets = {"none": ["X", "Y"], "half": ["G00", "Z"], "all": GENES}
    found = masked_sets(linear(), GENES, sets, draws=200)
    assert found.skipped.to_dict("records") == [{"set": "none", "size": 2}]
    table = found.table.set_index("set")
    assert table.loc["half", ["size", "present", "coverage"]].tolist() == [2, 1, 0.5]
    # Every random set of all genes is the set itself.
    assert table.loc["all", "p"] == 1 and table.loc["all", "score"] == pytest.approx(found.unmasked[0])
    for nothing in ({}, {"none": ["X"]}):
        with pytest.raises(NotEstimable):
            masked_sets(linear(), GENES, nothing)


def test_in_sample_there_is_no_p_and_scores_are_higher():
    expression, values = driven()
    shuffled = number_target(np.random.default_rng(0).permutation(values))
    held = masked_sets(networks_of(expression, shuffled), GENES, SETS, in_sample=True)
    from core.radiogenomics.expression_network import sealed_networks
    from tests.radiogenomics.expression_cases import ridge

    seen = sealed_networks(expression, shuffled, whole(90), ridge, members=1)
    sample = masked_sets(seen, GENES, SETS, in_sample=True)
    assert sample.table[["p", "q", "random_median"]].isna().all(axis=None) and not sample.table["found"].any()
    assert sample.table["score"].median() > held.table["score"].median() + 0.1


def null_p(seed: int) -> tuple[float, bool]:
    """p of a set, and whether it is above chance, where expression says nothing and its genes are exchangeable."""
    random = np.random.default_rng(seed)
    networks = networks_of(random.normal(size=(40, 24)), number_target(random.normal(size=40)), folds=3, seed=seed)
    row = masked_sets(networks, GENES, {"set": GENES[:6]}, draws=39, seed=seed).table.iloc[0]
    return row["p"], row["informative"]


def test_the_empirical_p_holds_its_level_where_expression_says_nothing():
    runs = 160
    p = np.array([null_p(seed)[0] for seed in range(runs)])
    low, high = binom.ppf([0.005, 0.995], runs, 0.05)
    assert low <= (p <= 0.05).sum() <= high, (p <= 0.05).mean()
    low, high = binom.ppf([0.005, 0.995], runs, 0.5)
    assert low <= (p <= 0.5).sum() <= high


def test_what_was_trained_matters_not_how_layers_are_made():
    """A rectifier that is always open is a linear network: masks agree."""
    networks = by_hand()
    fold = networks.folds[0]
    linear_one = fold.members[0]
    opened = Layers(linear_one.weights, (np.full(1, 100.0), np.full(1, -99.0)), RELU, IDENTITY)
    other = FoldNetworks(fold.fold, fold.scaling, (opened,), fold.learned)
    again = SealedNetworks(networks.expression, networks.target, (other,), networks.scores, networks.learned)
    sets = [np.array([0]), np.array([0, 2])]
    np.testing.assert_allclose(masked_scores(again, sets), masked_scores(networks, sets), atol=1e-10)
