import numpy as np
import pytest

from core.survival.hazard import HazardLevel, HazardPerSD, HazardRatio, Ratio, hazard_ratio
from core.survival.logrank import logrank
from core.survival.outcome import Outcome
from core.survival.words import hazard_sentence, p_text, per_sd_sentence, rank_test_sentence, ratio_text
from tests.survival.cohorts import lung, outcome


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0131, "p = 0.013"),
        (0.00014, "p < 0.001"),
        (0.0012, "p = 0.0012"),
        (0.554, "p = 0.55"),
        (0.05, "p = 0.050"),
        (0.999, "p > 0.99"),
        (0.1, "p = 0.10"),
    ],
)
def test_p_has_two_digits_and_a_floor(p, text):
    assert p_text(p) == text


def test_a_clear_difference_is_said_with_its_direction():
    frame = lung()
    sentence = hazard_sentence(hazard_ratio(outcome(frame), frame["group"], "male"), "death")
    assert sentence == (
        "Patients in the female group had a lower hazard of death than those in the male group (reference), "
        "HR 0.59 (95 % CI 0.42 to 0.82), p = 0.0015; n = 228, 165 events, unadjusted."
    )
    assert (
        rank_test_sentence(logrank(outcome(frame), frame["group"]))
        == "Survival curves differ: log-rank (2-sided), p = 0.0013; n = 228, 165 events."
    )


def test_an_interval_across_one_claims_no_direction_and_doubt_is_voiced():
    result = HazardPerSD(Ratio(1.1, 0.8, 1.5, 0.55, 0.01), 12.3, "Efron", "", 50, 30, 0, 0)
    assert per_sd_sentence(result, "age", "death") == (
        "As a continuous marker: patients were not shown to have another hazard of death per standard deviation "
        "(12.3) more of age, HR 1.10 (95 % CI 0.80 to 1.50), p = 0.55 (hazards may not be proportional, p = 0.010: "
        "the ratio is an average over time); n = 50, 30 events, unadjusted."
    )


def test_one_interval_of_several_that_just_misses_one_is_no_claim():
    def level(group, p, lower):
        return HazardLevel(group, 100, 40, Ratio(1.5, lower, 2.22, p, 0.5), "")

    levels = (HazardLevel("a", 100, 40, None, "reference"), level("b", 0.041, 1.02), level("c", 0.28, 0.77))
    said = hazard_sentence(HazardRatio("a", levels, 0.11, "Efron", "", 300, 120, 0, 0))
    assert said.startswith(
        "The hazard of the event was not shown to differ between groups b and c and a (reference), "
        "b: HR 1.50 (95 % CI 1.02 to 2.22), p = 0.041 (p = 0.082 after Holm over the groups); c: "
    )
    clear = (levels[0], level("b", 0.004, 1.2), level("c", 0.03, 1.05))
    said = hazard_sentence(HazardRatio("a", clear, 0.001, "Efron", "", 300, 120, 0, 0))
    assert said.count("had a higher hazard") == 2
    assert "p = 0.0040 (p = 0.0080 after Holm" in said
    assert "p = 0.030 (p = 0.030 after Holm" in said


def test_what_could_not_be_estimated_is_said_without_a_number():
    time, event = np.arange(1, 41), [1, 1, 1, 0] * 5 + [0] * 20
    groups = ["a"] * 20 + ["b"] * 20
    sentence = hazard_sentence(hazard_ratio(Outcome.of(time, event, "days"), groups))
    assert sentence == "B against a: not estimable (separation); n = 40, 15 events, unadjusted."
    few = logrank(Outcome.of(time[:8], [1] * 8, "days"), ["a"] * 6 + ["b"] * 2)
    assert rank_test_sentence(few).startswith(
        "The curves are described without a test (n = 8, 8 events). No test: a group"
    )


def test_a_permutation_p_is_named():
    follow_up = Outcome.of(np.arange(1, 31), [1] * 30, "days")
    assert "permutation" in rank_test_sentence(logrank(follow_up, ["a", "b", "b", "b", "b"] * 6))


def test_small_and_large_ratios_keep_three_digits():
    assert ratio_text(Ratio(0.0123, 0.001, 123.4, 0.5, 0.5)) == "HR 0.0123 (95 % CI 0.001 to 123)"
