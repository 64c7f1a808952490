"""Published and hand-made tables, scikit-learn's measures, states of empty margins, and how often intervals hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from core.errors import NotEstimable, Refused
from core.stats.confusion import EMPTY, FEW_OF_A_CLASS, PERFECT, called, confusion
from core.stats.roc import ESTIMATED

MEASURES = ("sensitivity", "specificity", "ppv", "npv", "balanced_accuracy", "f1", "mcc")


def test_seven_patients_by_hand():
    """Two of three positives and three of four negatives called right."""
    found = confusion(tp=2, fn=1, tn=3, fp=1)
    assert found.mcc.value == pytest.approx(5 / 12, abs=1e-15)
    for measure, value, limits in (
        (found.sensitivity, 2 / 3, (0.208, 0.939)),
        (found.specificity, 3 / 4, (0.301, 0.954)),
        (found.ppv, 2 / 3, (0.208, 0.939)),
        (found.npv, 3 / 4, (0.301, 0.954)),
    ):
        assert measure.value == value and (measure.lower, measure.upper) == pytest.approx(limits, abs=5e-4)
    assert [getattr(found, name).n for name in MEASURES] == [3, 4, 3, 4, 7, 4, 7]
    assert found.balanced_accuracy.value == pytest.approx(17 / 24) and found.f1.value == pytest.approx(2 / 3)
    assert (found.n, found.n_positive, found.mcc_state) == (7, 3, FEW_OF_A_CLASS)


@pytest.mark.parametrize("counts", [(2, 1, 3, 1), (20, 5, 60, 15), (1, 30, 40, 3), (5, 20, 4, 71)])
def test_values_are_those_of_scikit_learn(counts):
    from sklearn import metrics

    tp, fn, tn, fp = counts
    truth, guess = np.repeat([1, 1, 0, 0], counts), np.repeat([1, 0, 0, 1], counts)
    found = called(truth, guess, 0.5)
    assert (found.tp, found.fn, found.tn, found.fp) == (tp, fn, tn, fp) and found == confusion(*counts)
    assert found.sensitivity.value == pytest.approx(metrics.recall_score(truth, guess))
    assert found.specificity.value == pytest.approx(metrics.recall_score(truth, guess, pos_label=0))
    assert found.ppv.value == pytest.approx(metrics.precision_score(truth, guess))
    assert found.npv.value == pytest.approx(metrics.precision_score(truth, guess, pos_label=0))
    assert found.balanced_accuracy.value == pytest.approx(metrics.balanced_accuracy_score(truth, guess))
    assert found.f1.value == pytest.approx(metrics.f1_score(truth, guess))
    assert found.mcc.value == pytest.approx(metrics.matthews_corrcoef(truth, guess))
    for name in MEASURES:
        measure = getattr(found, name)
        assert measure.lower < measure.value < measure.upper


@pytest.mark.parametrize("counts", [(60, 20, 150, 30), (30, 170, 500, 20), (150, 40, 90, 60)])
def test_the_interval_of_mcc_is_as_wide_as_the_bootstrap_makes_it(counts):
    found = confusion(*counts)
    n = sum(counts)
    tp, fn, tn, fp = np.random.default_rng(1).multinomial(n, np.array(counts) / n, 20_000).T
    drawn = (tp * tn - fp * fn) / np.sqrt(1.0 * (tp + fn) * (tn + fp) * (tp + fp) * (tn + fn))
    width = np.arctanh(found.mcc.upper) - np.arctanh(found.mcc.lower)
    assert width == pytest.approx(2 * 1.96 * np.arctanh(drawn).std(), rel=0.03)
    assert found.mcc_state == ESTIMATED


def test_empty_margins_and_perfect_calls_are_named():
    for counts in ((0, 5, 10, 0), (5, 0, 0, 10), (5, 5, 0, 0), (0, 0, 5, 5)):
        found = confusion(*counts)
        assert (found.mcc.value, found.mcc.lower, found.mcc.upper, found.mcc_state) == (0, None, None, EMPTY)
    nobody = confusion(0, 5, 10, 0)
    assert (nobody.ppv.value, nobody.ppv.lower, nobody.ppv.n) == (None, None, 0)
    assert nobody.sensitivity.value == nobody.f1.value == 0 and nobody.sensitivity.upper > 0.3
    one_class = confusion(5, 5, 0, 0)
    assert one_class.specificity.value is None and one_class.balanced_accuracy.value is None
    assert confusion(0, 0, 9, 0).f1.value is None
    for counts, value in (((12, 0, 20, 0), 1), ((0, 12, 0, 20), -1)):
        found = confusion(*counts)
        assert (found.mcc.value, found.mcc.lower, found.mcc_state) == (value, None, PERFECT)
    perfect = confusion(12, 0, 20, 0).balanced_accuracy
    assert perfect.value == perfect.upper == 1 and 0.8 < perfect.lower < 1


def test_patients_are_called_positive_at_or_above_the_threshold():
    found = called([1, 1, 0, 0, None, 1], [0.5, 0.4, 0.5, 0.1, 0.9, np.nan], 0.5)
    assert (found.tp, found.fn, found.tn, found.fp) == (1, 1, 1, 1) and found.n_left_out == 2


def test_impossible_tables():
    with pytest.raises(Refused, match="below 0"):
        confusion(1, -1, 2, 3)
    with pytest.raises(NotEstimable, match="No patient"):
        confusion(0, 0, 0, 0)
    with pytest.raises(NotEstimable, match="No patient"):
        called([None, 1], [1, None], 0.5)


count = st.integers(0, 40)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(count, count, count, count)
def test_what_holds_of_every_table(tp, fn, tn, fp):
    try:
        found = confusion(tp, fn, tn, fp)
    except NotEstimable:
        assert tp + fn + tn + fp == 0
        return
    for name in MEASURES:
        measure, least = getattr(found, name), -1 if name == "mcc" else 0
        if measure.lower is not None:
            assert least <= measure.lower <= measure.value <= measure.upper <= 1
    # The classes exchanged, and every call turned round.
    other, wrong = confusion(tn, fp, tp, fn), confusion(fn, tp, fp, tn)
    assert (other.sensitivity, other.ppv) == (found.specificity, found.npv)
    assert other.mcc.value == pytest.approx(found.mcc.value, abs=1e-12)
    assert wrong.mcc.value == pytest.approx(-found.mcc.value, abs=1e-12)
    if found.mcc.lower is not None:
        assert (other.mcc.lower, -wrong.mcc.upper) == pytest.approx((found.mcc.lower,) * 2, abs=1e-9)


COHORTS = [(40, 0.4, (0.7, 0.8)), (77, 0.25, (0.7, 0.8)), (200, 0.3, (0.5, 0.5))]


@pytest.mark.parametrize(("n", "share", "right"), COHORTS)
def test_intervals_hold_the_true_value_as_often_as_they_say(n, share, right):
    sensitivity, specificity = right
    p = np.array([share * sensitivity, share * (1 - sensitivity), (1 - share) * specificity])
    tp, fn, tn, fp = p = np.append(p, 1 - p.sum())
    true = {
        "mcc": (tp * tn - fp * fn) / np.sqrt((tp + fn) * (tn + fp) * (tp + fp) * (tn + fn)),
        "f1": 2 * tp / (2 * tp + fp + fn),
        "balanced_accuracy": (sensitivity + specificity) / 2,
    }
    found = [confusion(*map(int, counts)) for counts in np.random.default_rng(4).multinomial(n, p, 1000)]
    low, high = binom.ppf([0.005, 0.995], 1000, 0.95) / 1000
    for name, value in true.items():
        held = [getattr(each, name).lower <= value <= getattr(each, name).upper for each in found]
        assert low <= np.mean(held) <= high, name
