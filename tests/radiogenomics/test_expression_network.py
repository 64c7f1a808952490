"""Targets, folds, scaling and the small networks: against scikit-learn, by hand, and without leaks."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.errors import NotEstimable
from core.radiogenomics import small_network
from core.radiogenomics.expression_target import CLASSES, class_target, number_target
from core.radiogenomics.gene_scaling import gene_scaling
from core.radiogenomics.prediction_scores import rating
from core.radiogenomics.published_epochs import best_of_all_epochs
from core.radiogenomics.sealed_folds import sealed_folds
from core.radiogenomics.small_network import SmallNetwork, Training
from tests.radiogenomics.expression_cases import driven, linear, networks_of, three_classes


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """Training may go on for 300 epochs; nothing here needs as many."""
    monkeypatch.setattr(small_network, "LONGEST", 60)


def test_scaling_is_that_of_a_scikit_learn_pipeline():
    expression, _ = driven(gaps=0.1)
    train, test = expression[:60], expression[60:]
    pipeline = make_pipeline(SimpleImputer(), StandardScaler()).fit(train)
    np.testing.assert_allclose(gene_scaling(train).of(test), pipeline.transform(test), atol=1e-12)


def test_genes_missing_or_equal_in_all_training_patients_are_not_used():
    expression, values = driven()
    folds = sealed_folds(number_target(values), 4, 0)
    expression[folds[0].train, 3] = np.nan  # in this fold only the held-out patients have it
    expression[:, 7] = 4.2
    found = networks_of(expression, number_target(values))
    assert 3 not in found.folds[0].scaling.kept and 3 in found.folds[1].scaling.kept
    assert all(7 not in each.scaling.kept for each in found.folds)
    assert np.isfinite(found.scores).all()
    with pytest.raises(NotEstimable, match="No gene varies"):
        networks_of(np.full_like(expression, np.nan), number_target(values))


def test_the_most_variable_genes_are_chosen_among_the_training_patients():
    expression, values = driven()
    expression[:, 5] *= 3
    found = networks_of(expression, number_target(values), most_variable=6)
    for each in found.folds:
        spread = expression[each.fold.train].std(axis=0)
        assert set(each.scaling.kept) == set(np.argsort(-spread)[:6])


@pytest.mark.parametrize("kind", ["number", "two", "three"])
def test_predictions_are_those_of_scikit_learn(kind):
    expression, values = driven(n=60)
    target = three_classes(n=60)[1] if kind == "three" else number_target(values, kind == "two")
    scaled = gene_scaling(expression).of(expression)
    learned = target.learned(np.arange(60))
    making = Training(SmallNetwork((8, 4)), scaled, learned, target, 3)
    for _ in range(20):
        making.epoch(np.arange(60))
    layers = making.layers()
    found = layers.answered(layers.after_first(scaled @ layers.weights[0] + layers.biases[0]))
    profile = scaled / np.sqrt(scaled.shape[1])
    if kind == "number":
        theirs = making.network.predict(profile)[:, None] * learned.std() + learned.mean()
    else:
        theirs = making.network.predict_proba(profile)
    np.testing.assert_allclose(found, theirs[:, -1:] if kind == "two" else theirs, atol=1e-12)


def test_equal_seeds_give_equal_networks_and_other_seeds_others():
    expression, values = driven(n=40)
    target, how = number_target(values), SmallNetwork((6,))
    first, again = (networks_of(expression, target, how, members=2) for _ in range(2))
    other = networks_of(expression, target, how, members=2, seed=1)
    assert np.array_equal(first.scores, again.scores)
    assert not np.array_equal(first.scores, other.scores)


def test_a_held_out_patient_changes_no_network_of_its_fold():
    expression, values = driven(n=40)
    before = networks_of(expression, number_target(values), SmallNetwork((6,)))
    fold = before.folds[0].fold
    changed, others = expression.copy(), values.copy()
    changed[fold.test], others[fold.test] = 99.0, 77.0
    after = networks_of(changed, number_target(others), SmallNetwork((6,)))
    assert np.array_equal(after.folds[0].fold.test, fold.test)
    for mine, theirs in zip(before.folds[0].members[0].weights, after.folds[0].members[0].weights, strict=True):
        assert np.array_equal(mine, theirs)


def test_a_driven_number_is_predicted_and_a_shuffled_one_is_not():
    expression, values = driven()
    target = number_target(values)
    found = networks_of(expression, target, SmallNetwork((8,)), members=2)
    assert rating(found.scores, target, sealed_folds(target, 4, 0)) > 0.4
    ratings, areas = [], []
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(values))
        for split, into in ((False, ratings), (True, areas)):
            shuffled = number_target(values[order], split)
            scores = networks_of(expression, shuffled, SmallNetwork((8,)), seed=seed, folds=3).scores
            into.append(rating(scores, shuffled, sealed_folds(shuffled, 3, seed)))
    assert np.mean(ratings) < 0.05 and abs(np.mean(areas) - 0.5) < 0.09, (ratings, areas)


def test_the_median_is_that_of_the_training_patients():
    expression, values = driven()
    found = networks_of(expression, number_target(values, split=True))
    for each in found.folds:
        cut = np.median(values[each.fold.train])
        assert np.array_equal(found.truth[0][each.fold.test], (values > cut)[each.fold.test])


def test_every_patient_is_held_out_once_and_classes_keep_their_shares():
    _, target = three_classes()
    folds = sealed_folds(target, 5, 1)
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(90))
    for fold in folds:
        assert not set(fold.train) & set(fold.test)
        assert np.bincount(target.values[fold.test].astype(int)).tolist() == [6, 6, 6]


def test_small_classes_are_left_out_and_named():
    labels = ["a"] * 30 + ["b"] * 12 + ["c"] * 4
    target, stays, small = class_target(labels, ("a", "b", "c", "d"), 5)
    assert target.kind == CLASSES and target.levels == ("a", "b") and target.outputs == ("b",)
    assert stays.sum() == 42 and small == {"c": 4}
    with pytest.raises(NotEstimable, match="at least 13 patients"):
        class_target(labels, ("a", "b", "c"), 13)


@pytest.mark.parametrize(
    ("values", "split", "said"),
    [
        (np.arange(29.0), False, "at least 30"),
        (np.full(40, 3.0), False, "same in every patient"),
        (np.r_[np.zeros(35), np.arange(1, 6.0)], True, "above the median"),
    ],
)
def test_targets_that_cannot_be_learned_are_states(values, split, said):
    with pytest.raises(NotEstimable, match=said):
        number_target(values, split)


def test_the_score_as_published_is_never_below_the_sealed_one():
    expression, target = three_classes(n=60)
    how = SmallNetwork((4,))
    found = networks_of(expression, target, how, folds=3)
    published = best_of_all_epochs(found, how, 0, epochs=25)
    assert published.published > published.sealed and len(published.epochs) == 3


def test_linear_networks_have_scores_in_the_unit_of_the_target():
    found = linear()
    assert np.corrcoef(found.scores[:, 0], found.target.values)[0, 1] > 0.6
    assert abs(found.scores.mean() - found.target.values.mean()) < 0.2


def test_more_classes_than_patients_to_stop_the_training():
    random = np.random.default_rng(0)
    names = tuple("abcdefghijkl")
    labels = [name for name in names for _ in range(5)]
    target = class_target(labels, names, 5)[0]
    found = networks_of(random.normal(size=(60, 24)), target, SmallNetwork((4,)), folds=5)
    assert found.scores.shape == (60, 12)
    np.testing.assert_allclose(found.scores.sum(axis=1), 1.0)
