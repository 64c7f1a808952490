"""How often the p-values of a Cox model are below 0.05 when there is nothing, and how often when there is something."""

import numpy as np
import pandas as pd
from scipy.stats import binom

from core.compute import generators
from core.survival.cox import cox_model
from core.survival.outcome import Outcome


def cohort(chance, n, log_hazard=0.0, coarse=False):
    """Exponential times, about a fifth censored; `coarse` times are tied."""
    time, limit = chance.exponential(20 * np.exp(-log_hazard), n), chance.uniform(10, 90, n)
    observed = np.minimum(time, limit)
    return Outcome.of(np.ceil(observed / 3) if coarse else observed, time <= limit, "months")


def within(counts, runs):
    low, high = binom.ppf([0.005, 0.995], runs, 0.05)
    assert all(low <= count <= high for count in counts.values()), (counts, low, high)


def test_every_p_of_a_model_of_nothing_is_uniform():
    """A number that may bend, a group, a number, and the last two together: none of them matters."""
    runs, small = 250, dict.fromkeys(("all", "Wald", "term", "bend", "interaction"), 0)
    for run, chance in enumerate(generators(23, runs)):
        table = pd.DataFrame({"x": chance.normal(size=220), "y": chance.exponential(size=220)})
        table["g"] = np.where(chance.random(220) < 0.4, "a", "b")
        follow_up = cohort(chance, 220, coarse=run % 2 == 1)
        result = cox_model(follow_up, table, splines=["x"], interactions=[("y", "g")])
        terms = {term.term: term for term in result.terms}
        small["all"] += result.lr_p < 0.05
        small["term"] += terms["x"].lr_p < 0.05
        small["bend"] += result.curves[0].nonlinear_p < 0.05
        small["interaction"] += terms["y x g"].lr_p < 0.05
        small["Wald"] += result.rows[-1].p < 0.05
    within(small, runs)


def test_covariates_alone_and_the_wald_test_are_uniform_when_only_strata_differ():
    runs, small = 250, dict.fromkeys(("alone", "Wald", "term"), 0)
    for chance in generators(24, runs):
        centre = chance.integers(0, 2, 150)
        table = pd.DataFrame({"x": chance.normal(size=150), "g": chance.choice(["a", "b", "c"], 150)})
        result = cox_model(cohort(chance, 150, 0.8 * centre), table, strata=centre, univariable=True)
        small["alone"] += result.alone[1].lr_p < 0.05
        small["Wald"] += result.rows[0].p < 0.05
        small["term"] += result.terms[1].lr_p < 0.05
    within(small, runs)


def test_a_hazard_ratio_of_two_and_a_half_is_found_in_150_patients():
    """In a group of half the patients, beside age and a stage that matter too."""
    found = 0
    for chance in generators(91, 100):
        table = pd.DataFrame({"g": np.repeat(["no", "yes"], 75), "age": chance.normal(60, 9, 150)})
        table["stage"] = chance.choice(["I", "II", "III"], 150)
        log_hazard = np.log(2.5) * (table["g"] == "yes") + 0.03 * (table["age"] - 60) + 0.4 * (table["stage"] == "III")
        result = cox_model(cohort(chance, 150, log_hazard), table, references={"g": "no"})
        found += result.terms[0].lr_p <= 0.05 and result.rows[0].lower > 1
    assert found >= 90


def test_a_curve_that_bends_and_an_effect_in_one_group_only_are_noticed():
    bends = interacts = 0
    for chance in generators(92, 40):
        x, g = chance.normal(size=250), np.where(chance.random(250) < 0.5, "a", "b")
        table = pd.DataFrame({"x": x, "g": g})
        bends += cox_model(cohort(chance, 250, 0.6 * x**2), table, splines=["x"]).curves[0].nonlinear_p < 0.05
        result = cox_model(cohort(chance, 250, 0.9 * x * (g == "b")), table, interactions=[("x", "g")])
        interacts += result.terms[2].lr_p < 0.05
        within_a, within_b = (each for each in result.effects if each.of == "x")
        assert within_b.ratio > within_a.ratio
    assert bends >= 36 and interacts >= 36
