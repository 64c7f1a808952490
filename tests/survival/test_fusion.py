"""Early and late fusion: the penalised fit in turned columns, folds that keep copies together, and what is found."""

import numpy as np
import pytest

from core.errors import NotEstimable
from core.survival.fusion import AVERAGED, FOLDS, PENALTIES, fusion, grouped_folds, late, penalised, rotated
from core.survival.partial import Patients
from core.survival.ridge_fit import likelihood, path_of, ridge_path, those
from tests.survival.ladders import drawn, numbers


@pytest.mark.parametrize("columns", [3, 80])
def test_turned_columns_have_the_ridge_fit_of_the_columns_themselves(columns):
    """The predictor and the penalty are those of `ridge_path` (held against coxph) on the columns, also with p > n."""
    chance = np.random.default_rng(columns)
    patients, x = drawn(chance, 70, 0.8, columns)
    rows = np.arange(70)
    fold = grouped_folds(patients, rows, chance)
    index, left = penalised(patients, x, rows, fold)
    gains = np.zeros(len(PENALTIES))
    z = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    every = z[patients.sums.order]
    predicted = np.zeros((len(PENALTIES), 70))
    for place in range(FOLDS):
        part = those(patients, fold != place)
        inside = z[fold != place]
        for at, (_, beta, _, _) in enumerate(path_of(part.sums, inside[part.sums.order], PENALTIES)):
            gains[at] += likelihood(patients.sums, every, beta) - likelihood(part.sums, inside[part.sums.order], beta)
            predicted[at, fold == place] = z[fold == place] @ beta
    best = int(np.argmax(gains))
    (fitted,) = ridge_path(patients, x, [PENALTIES[best]])
    np.testing.assert_allclose(index, (x - x.mean(axis=0)) @ fitted.slopes, atol=1e-7)
    np.testing.assert_allclose(left, predicted[best], atol=1e-6)


def test_rotation_keeps_distances_between_training_patients():
    x = np.random.default_rng(0).normal(size=(30, 200))
    rows = np.arange(20)
    z = rotated(x, rows)
    scaled = (x - x[rows].mean(axis=0)) / x[rows].std(axis=0, ddof=1)
    assert z.shape[1] == 19
    np.testing.assert_allclose(z[rows] @ z[rows].T, scaled[rows] @ scaled[rows].T, rtol=1e-8, atol=1e-6)
    assert rotated(np.ones((5, 3)), np.arange(5)).shape == (5, 1)


def test_copies_of_a_patient_stay_in_one_fold():
    patients, _ = drawn(np.random.default_rng(1), 60)
    rows = np.random.default_rng(2).integers(0, 60, 60)
    training = those(patients, rows)
    fold = grouped_folds(training, rows, np.random.default_rng(3))
    assert all(len(set(fold[rows == row])) == 1 for row in np.unique(rows))
    assert set(fold) == set(range(FOLDS))


def test_fusion_finds_what_a_block_knows_and_says_by_how_much():
    patients, x = drawn(np.random.default_rng(5), 80, 1.4, 4)
    blocks = numbers("clinical", x[:, 1:2]), numbers("radiomic", x[:, 2:]), numbers("genomic", x[:, :1])
    found = fusion(patients, blocks, 60.0, samples=20, seed=1)
    of = {model.name: model.harrell.value for model in found.models}
    assert list(of) == ["clinical", "radiomic", "genomic", "early", "late"]
    assert min(of["early"], of["late"], of["genomic"]) > 0.65 > 0.6 > max(of["clinical"], of["radiomic"])
    gains = {(each.name, each.below): each.harrell for each in found.differences}
    assert gains["late", "clinical"].lower > 0 and ("late", "early") in gains
    assert found.models[-1].brier.value < found.brier_without.value
    assert (found.n, found.models[3].n_columns) == (80, 4 + 1)


def test_the_average_gives_every_block_one_standard_deviation():
    patients, x = drawn(np.random.default_rng(6), 80, 1.2, 2)
    blocks, rows = (numbers("clinical", x[:, 1:]), numbers("genomic", x[:, :1])), np.arange(80)
    index, learned, _ = late(blocks, AVERAGED)(patients, rows, np.random.default_rng(1))
    fold = grouped_folds(patients, rows, np.random.default_rng(1))
    each = [penalised(patients, block.columns, rows, fold)[0] for block in blocks]
    ours = sum(one / one.std() for one in each)
    assert np.corrcoef(index, ours)[0, 1] == pytest.approx(1)
    stacked, *_ = late(blocks)(patients, rows, np.random.default_rng(1))
    assert np.corrcoef(stacked, x[:, 0])[0, 1] > np.corrcoef(index, x[:, 0])[0, 1]
    assert 0 < learned.survival(index[:1], np.array([20.0])).item() < 1


def test_few_events_are_a_state():
    patients, x = drawn(np.random.default_rng(7), 40)
    few = Patients(patients.time, patients.event & (np.cumsum(patients.event) <= 9), patients.stratum)
    with pytest.raises(NotEstimable, match="at least 10"):
        fusion(few, (numbers("clinical", x[:, :1]), numbers("radiomic", x[:, 1:])), 60.0, samples=20)
