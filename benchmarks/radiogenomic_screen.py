"""Every feature against every gene, a million tests, against a loop of SciPy."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar

import numpy as np
import pandas as pd

from benchmarks.claim import Row, faster, in_turns, seconds, within
from core.radiogenomics.screen import expression_screen, mutation_screen
from core.radiogenomics.screened import RadiogenomicScreen

Answer = TypeVar("Answer")
#: How many of the pairs SciPy is asked for; its whole loop is extrapolated.
ASKED, ROUNDS = 300, 7
N, FEATURES, GENES = 500, 2000, 500


@cache
def patients() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Simulated: features, mutations in 2 to 40 % of patients, expression, and volume, age and five centres."""
    rng = np.random.default_rng(0)
    features = pd.DataFrame(rng.normal(size=(N, FEATURES))).add_prefix("f")
    mutated = pd.DataFrame((rng.random((N, GENES)) < rng.uniform(0.02, 0.4, GENES)) * 1.0).add_prefix("g")
    expression = pd.DataFrame(rng.normal(size=(N, GENES)) + 0.3 * features.to_numpy()[:, :GENES]).add_prefix("g")
    others = pd.DataFrame({"volume": rng.exponential(20, N), "age": rng.normal(60, 9, N), "centre": np.arange(N) % 5})
    return features, mutated, expression, others


def as_in_a_page(work: Callable[[], Answer]) -> Answer:
    """The answer of `work`, during which matrix products take one thread."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"):
        return work()


def screened(kind: str) -> RadiogenomicScreen:
    """The whole screen of mutations or expression."""
    features, mutated, expression, _ = patients()
    if kind == "mutation":
        return as_in_a_page(lambda: mutation_screen(features, mutated))
    return as_in_a_page(lambda: expression_screen(features, expression))


def pairs() -> np.ndarray:
    """A sample of pairs, (ASKED, 2) places of feature and gene: genes mutated often and seldom, features all over."""
    return np.random.default_rng(1).integers(0, (FEATURES, GENES), (ASKED, 2))


def by_scipy(kind: str) -> np.ndarray:
    """p of the sampled pairs, one call after the other, each of the patients who have both as in the screen."""
    from scipy.stats import mannwhitneyu, spearmanr

    features, mutated, expression, _ = (frame.to_numpy(dtype=float) for frame in patients())
    genes, found = mutated if kind == "mutation" else expression, []
    for i, j in pairs():
        x, y = features[:, i], genes[:, j]
        known = np.isfinite(x) & np.isfinite(y)
        x, y = x[known], y[known]
        answer = mannwhitneyu(x[y == 1], x[y == 0], method="asymptotic") if kind == "mutation" else spearmanr(x, y)
        found.append(answer.pvalue)
    return np.array(found)


@cache
def compared(kind: str) -> tuple[float, float, float, int]:
    """Seconds of SciPy's sample and of our whole screen, how far p are apart, and how many tests were made."""
    found: list[RadiogenomicScreen] = []
    theirs: list[np.ndarray] = []
    by_scipy(kind), screened(kind)  # the first run pays for importing
    loop, ours = in_turns(lambda: theirs.append(by_scipy(kind)), lambda: found.append(screened(kind)), ROUNDS)
    mine = found[-1].p[tuple(pairs().T)]
    usual = np.array([found[-1].how[i, j] in (0, 3) for i, j in pairs()])  # SciPy is asked for no exact p
    return loop, ours, float(np.abs(mine - theirs[-1])[usual].max()), found[-1].n_tests


def against_scipy(claim: str, kind: str) -> Row:
    """The screen, all of it, against the loop over a sample of its pairs."""
    loop, ours, apart, tests = compared(kind)
    note = (
        f"n = {N}, {FEATURES} features, {GENES} genes, {tests} tests; SciPy: {loop:.3g} s for {ASKED} pairs, "
        f"extrapolated to all; p apart by {apart:.1g} at most"
    )
    row = faster(claim, loop / ASKED * FEATURES * GENES, ours, 1000, note)
    return row if apart < 1e-12 else Row(row.claim, row.baseline, row.candidate, row.ratio, row.goal, False, note)


def whole(claim: str, kind: str) -> Row:
    """The same screen in seconds, with its q values and its count of copies."""
    return within(claim, compared(kind)[1], 2, "s", f"n = {N}, {FEATURES} features, {GENES} genes")


def adjusted(claim: str) -> Row:
    """Both kinds, adjusted for two numbers and five centres."""
    features, mutated, expression, others = patients()
    by = {"adjust": others[["volume", "age"]], "strata": others["centre"]}

    def both() -> None:
        mutation_screen(features, mutated, **by)
        expression_screen(features, expression, **by)

    taken = seconds(lambda: as_in_a_page(both))
    return within(claim, taken, 6, "s", f"n = {N}, two screens of {FEATURES} features and {GENES} genes")


def missing(claim: str) -> Row:
    """Every feature lacks other patients, and the genes are of three panels."""
    features, mutated, _, _ = patients()
    holed = features.mask(np.random.default_rng(2).random(features.shape) < 0.02)
    panel, gene = np.arange(N)[:, None] % 3, np.arange(GENES) % 3
    profiled = mutated.where(panel >= gene)
    taken = seconds(lambda: as_in_a_page(lambda: mutation_screen(holed, profiled)))
    return within(claim, taken, 10, "s", f"n = {N}, 2 % missing in each of {FEATURES} features, {GENES} genes")


def missing_genes(claim: str) -> Row:
    """Every gene lacks other patients: all features are ranked anew for each."""
    features, _, expression, _ = patients()
    holed = expression.mask(np.random.default_rng(3).random(expression.shape) < 0.02)
    taken = seconds(lambda: as_in_a_page(lambda: expression_screen(features, holed)))
    return within(claim, taken, 30, "s", f"n = {N}, {FEATURES} features, 2 % missing in each of {GENES} genes")


CLAIMS = {
    "1,000,000 Mann-Whitney tests against a loop of SciPy": lambda claim: against_scipy(claim, "mutation"),
    "1,000,000 Mann-Whitney tests": lambda claim: whole(claim, "mutation"),
    "1,000,000 Spearman correlations against a loop of SciPy": lambda claim: against_scipy(claim, "expression"),
    "1,000,000 Spearman correlations": lambda claim: whole(claim, "expression"),
    "2,000,000 partial rank correlations": adjusted,
    "1,000,000 Mann-Whitney tests, each feature lacking other patients": missing,
    "1,000,000 Spearman correlations, each gene lacking other patients": missing_genes,
}
