"""The search of a cut-point: with its 1,000 permutations, and its scan against a loop of lifelines over all cuts."""

from __future__ import annotations

from functools import cache

import numpy as np

from benchmarks.claim import Row, faster, in_turns, seconds, within
from core.survival.cutpoint import cut_curve, searched_cut
from core.survival.outcome import Outcome
from core.survival.permutation import RiskSets

#: How many cuts, evenly over the range, lifelines is asked for; its whole loop is extrapolated.
ASKED = 12
ROUNDS = 5


@cache
def simulated(n: int, seed: int = 0) -> tuple[Outcome, np.ndarray]:
    """n patients of distinct values that say nothing of survival, in days, so that some times are tied."""
    chance = np.random.default_rng(seed)
    time, limit = np.ceil(chance.exponential(600, n)), np.ceil(chance.uniform(150, 1800, n))
    asked = Outcome.of(np.minimum(time, limit), time <= limit, "days"), chance.normal(size=n)
    # The first run pays for compiling, so it is not measured.
    searched_cut(*asked, permutations=2, resamples=0)
    return asked


def with_permutations(n: int, limit: float):
    """Seconds of the whole search without its bootstrap, which is told in the note."""

    def measure(claim: str) -> Row:
        asked = simulated(n)
        taken = sorted(seconds(lambda: searched_cut(*asked, resamples=0)) for _ in range(ROUNDS))[ROUNDS // 2]
        whole = seconds(lambda: searched_cut(*asked))
        tried = len(cut_curve(*asked))
        note = f"{tried} cuts; compiling is not counted; with 500 bootstrap resamples for the interval {whole:.3g} s"
        return within(claim, taken, limit, "s", note)

    return measure


def against_lifelines(claim: str) -> Row:
    """All cuts by the scan, checks of the input included, and some of them by `lifelines.statistics.logrank_test`."""
    from lifelines.statistics import logrank_test

    outcome, values = simulated(1000)
    curve = cut_curve(outcome, values)
    some = curve.iloc[np.linspace(0, len(curve) - 1, ASKED).round().astype(int)]
    theirs = np.zeros(ASKED)

    def loop() -> None:
        for place, cut in enumerate(some["cut"]):
            low = values <= cut
            parts = outcome.time[low], outcome.time[~low], outcome.event[low], outcome.event[~low]
            theirs[place] = logrank_test(*parts).test_statistic

    loop()  # what lifelines imports on its first call is not counted
    few, ours = in_turns(loop, lambda: cut_curve(outcome, values), ROUNDS)
    apart = np.abs(theirs - some["chi_square"]).max()
    note = (
        f"lifelines: {few:.3g} s for {ASKED} of the {len(curve)} cuts, extrapolated to all; its chi-squares are within "
        f"{apart:.1g} of ours; neither side permutes"
    )
    return faster(claim, few * len(curve) / ASKED, ours, 1000, note)


def exact(claim: str) -> Row:
    """The largest difference of the scan from the log-rank statistic worked out for each cut on its own."""
    outcome, values = simulated(1000)
    curve = cut_curve(outcome, values)
    sets = RiskSets.of(outcome.time, outcome.event)
    high = values > curve["cut"].to_numpy()[:, None]
    apart = np.abs(sets.statistics(high[:, sets.order].astype(int), 2) - curve["chi_square"]).max()
    return within(claim, apart, 1e-10, "in chi-square", f"over {len(curve)} cuts, with tied times")


CLAIMS = {
    "all cut-points and 1,000 permutations at n = 1,000": with_permutations(1000, 0.2),
    "all cut-points at n = 1,000 against a loop of lifelines": against_lifelines,
    "the scan against one log-rank test per cut, largest difference": exact,
}
