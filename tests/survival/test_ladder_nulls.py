"""What the ladder says where nothing is to be said: noise blocks, and an index that has nothing to do with outcome."""

import numpy as np
import pytest
from scipy.stats import binom, kstest

from core.survival.ladder import ladder
from core.survival.out_of_bag import cox_of, out_of_bag
from core.survival.partial import refit
from core.survival.permutation import RiskSets
from core.survival.quadrants import quadrants
from tests.survival.ladders import drawn, numbers

SEED = 20211


def test_noise_has_a_uniform_likelihood_ratio_p():
    chance, ps = np.random.default_rng(SEED), []
    for _ in range(200):
        patients, x = drawn(chance, 120)
        blocks = numbers("clinical", x[:, :1]), numbers("radiomic", x[:, 1:])
        below = refit(patients, blocks[0].terms)
        ps.append(refit(patients, [*blocks[0].terms, *blocks[1].terms]).beyond(below)[1])
    rejected = int((np.array(ps) < 0.05).sum())
    assert binom.ppf(0.005, 200, 0.05) <= rejected <= binom.ppf(0.995, 200, 0.05)
    assert kstest(ps, "uniform").pvalue > 0.001


def test_the_interval_of_a_noise_block_holds_no_difference_at_least_as_often_as_it_says():
    """And the mean difference is below nought: noise does not help, however many columns it has."""
    chance, held, gains = np.random.default_rng(SEED + 1), 0, []
    for study in range(12):
        patients, x = drawn(chance, 80, noise=4)
        base, noise = numbers("clinical", x[:, :1]), numbers("radiomic", x[:, 1:])
        models = {"base": cox_of((base,)), "both": cox_of((base, noise))}
        gain = out_of_bag(patients, models, (), 60.0, samples=25, seed=study).gain("both", "base", "harrell")
        held += gain.lower <= 0 <= gain.upper
        gains.append(gain.value)
    assert held >= binom.ppf(0.005, 12, 0.95)
    assert np.mean(gains) < 0


def test_a_planted_block_is_found_and_its_gain_is_near_what_new_patients_show():
    chance = np.random.default_rng(SEED + 2)
    patients, x = drawn(chance, 200, 1.0)
    found = ladder(
        patients, numbers("clinical", x[:, 1:2]), (numbers("radiomic", x[:, :1]),), (), 60.0, samples=40, seed=0
    )
    (step,) = found.steps
    assert step.p < 1e-6 and step.gain.harrell.lower > 0.05
    new, y = drawn(chance, 2000, 1.0)
    from core.survival.concordance import concordance

    truth = concordance(new.time, new.event, y[:, 0], new.stratum) - 0.5
    assert step.gain.harrell.lower < truth < step.gain.harrell.upper


def test_the_p_of_quadrants_is_that_of_the_whole_procedure():
    """Rejections at 0.05 (the largest of 20 statistics) within the binomial 99 % band."""
    chance, rejected = np.random.default_rng(SEED + 3), 0
    for study in range(25):
        patients, x = drawn(chance, 50, 0.0)
        pair = numbers("radiomic", x[:, :1]), numbers("genomic", x[:, 1:2])
        found = quadrants(patients, *pair, folds=3, permutations=19, seed=study)
        rejected += found.p is not None and found.p <= 0.05
    assert rejected <= binom.ppf(0.995, 25, 0.05)


def test_quadrants_of_planted_indices_differ_and_are_in_order():
    patients, x = drawn(np.random.default_rng(SEED + 4), 150, 1.0)
    risk = x[:, [0]] + x[:, [1]]
    found = quadrants(patients, numbers("radiomic", risk), numbers("genomic", x[:, [0]]), permutations=39, seed=1)
    assert found.p == pytest.approx(1 / 40)
    rates = [patients.event[found.code == code].sum() / patients.time[found.code == code].sum() for code in (0, 1, 3)]
    assert rates[0] < rates[1] < rates[2]
    sets = RiskSets.of(patients.time, patients.event)
    assert found.statistic == pytest.approx(sets.statistics(found.code[sets.order][None], 4)[0])
