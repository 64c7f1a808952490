"""Where would a searched cut-point split the patients, and is anything left once the search is paid for?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, generators, part, quiet
from core.errors import NotEstimable, Problem, Refused
from core.survival.limits import FEWEST_EVENTS
from core.survival.outcome import Outcome

#: A search among fewer patients than this says more about the search than about them.
FEWEST_TO_SEARCH = 20
#: Patients scanned before progress is told: some 10 ms of work.
BATCH = 250_000
#: The share of resamples that must have had a cut for an interval to be given.
ENOUGH_RESAMPLES = 0.5


@dataclass(frozen=True, eq=False)
class SearchedCut:
    """The cut with the largest log-rank statistic, and what is left of it after correction for the search.

    cut          low is value <= cut, high is value > cut; n_low and n_high patients
    curve        a row per cut tried: cut, n_low, chi_square (log-rank, rho = 0, one degree of freedom). As the cut is
                 chosen for the largest of them, that one must not be read against the chi-square distribution
    p_corrected  (1 + permutations whose largest statistic reached it) / (1 + permutations)
    cut_low, cut_high  95 % bootstrap interval of the cut from the `n_resamples` of the `resamples` that had a cut;
                 None when those were fewer than half. It shows how far the cut moves, not a guaranteed coverage
    low, high    shares of the patients between which n_low had to lie
    """

    cut: float
    n_low: int
    n_high: int
    curve: pd.DataFrame
    p_corrected: float
    permutations: int
    cut_low: float | None
    cut_high: float | None
    resamples: int
    n_resamples: int
    low: float
    high: float
    n: int
    n_events: int
    n_excluded: int
    seed: int


@dataclass(frozen=True, eq=False)
class _Search:
    """Patients in the order of their values: `labels` as `core.survival.scan` takes them, and the range allowed."""

    values: np.ndarray
    labels: np.ndarray
    times: int
    low: float
    high: float

    def allowed(self, values: np.ndarray) -> np.ndarray:
        """Whether a cut may follow each patient of (..., n) sorted values: never between equal ones."""
        n = values.shape[-1]
        behind = np.arange(1, n + 1)
        ends = np.zeros(values.shape, dtype=bool)
        ends[..., :-1] = values[..., 1:] > values[..., :-1]
        # 0.9 * n is not a whole number in floating point where it is one on paper.
        return ends & (behind >= self.low * n - 1e-9) & (behind <= self.high * n + 1e-9)


def searched_cut(
    outcome: Outcome,
    values: Sequence[float],
    *,
    low: float = 0.1,
    high: float = 0.9,
    permutations: int = 1000,
    resamples: int = 500,
    seed: int = 0,
    progress: Progress = quiet,
) -> SearchedCut:
    """Where would a searched cut-point split the patients, and is anything left once the search is paid for?

    values  one finite number per patient given to `Outcome.of`. Every distinct value is tried that leaves a share of
    the patients from `low` to `high` at or below it, as "value <= cut" against "value > cut".

    The log-rank statistic is exact at each cut. Its p is corrected by exchanging the values between the patients and
    searching again each time, as in maximally selected rank statistics (Lausen and Schumacher 1992,
    doi:10.2307/2532740; Hothorn and Lausen 2003, doi:10.1016/S0167-9473(02)00225-6); like every permutation of
    survival it supposes that follow-up does not depend on the value. R's maxstat divides the same surplus of events by
    the permutation variance of its scores, not by the log-rank's own: its cut can differ where hazards differ much.
    The interval is the percentile bootstrap over patients, each resample searched again. Of equal cuts the lowest wins.

    Raises `Refused` for values that are missing or no finite numbers and for shares or counts that make no sense,
    `NotEstimable` for fewer than 20 patients or 3 events, values that are all the same, or no cut in the range.
    """
    if permutations < 1 or resamples < 0:
        raise Refused([Problem("A search needs permutations.", "permutations", "Give 1 or more, and resamples >= 0.")])
    search, curve = _searched(outcome, values, low, high)
    best = _first_largest(curve["chi_square"].to_numpy()[None])[0]
    largest = float(curve["chi_square"].iloc[best])
    by_chance, by_resample = generators(seed, 2)
    reached, share = 0, permutations / (permutations + resamples)
    for drawn in _permuted(search, permutations, by_chance, part(progress, 0, share)):
        # Equal statistics may differ in the last digits, which must not count as smaller.
        reached += int((drawn >= largest * (1 - 1e-9)).sum())
    cuts = _resampled(search, resamples, by_resample, part(progress, share, 1 - share))
    cut_low, cut_high = _interval(cuts, resamples)
    n_low = int(curve["n_low"].iloc[best])
    return SearchedCut(
        cut=float(curve["cut"].iloc[best]),
        n_low=n_low,
        n_high=outcome.n - n_low,
        curve=curve,
        p_corrected=(1 + reached) / (1 + permutations),
        permutations=permutations,
        cut_low=cut_low,
        cut_high=cut_high,
        resamples=resamples,
        n_resamples=len(cuts),
        low=low,
        high=high,
        n=outcome.n,
        n_events=outcome.n_events,
        n_excluded=outcome.n_excluded,
        seed=seed,
    )


def cut_curve(outcome: Outcome, values: Sequence[float], *, low: float = 0.1, high: float = 0.9) -> pd.DataFrame:
    """How does the log-rank statistic change with the cut? A row per allowed cut: cut, n_low, chi_square.

    Arguments and errors as for `searched_cut`. It is for drawing: no p may be read off it.
    """
    return _searched(outcome, values, low, high)[1]


def tables(labels: np.ndarray, times: int) -> np.ndarray:
    """(B, 3, times + 1) running sums that the scan needs, for B rows of labels: see `core.survival.scan`."""
    rows = len(labels)
    cell = (labels >> 1) + np.arange(rows)[:, None] * (times + 1)
    size = rows * (times + 1)
    members = np.bincount(cell.ravel(), minlength=size).reshape(rows, -1)
    deaths = np.bincount(cell[(labels & 1) == 1], minlength=size).reshape(rows, -1)
    at_risk = np.cumsum(members[:, ::-1], axis=1)[:, ::-1]
    each = np.maximum(at_risk, 1)
    # The hypergeometric variance; with one patient left at risk there is no chance, hence no variance.
    weight = deaths * (at_risk - deaths) / np.maximum(at_risk - 1, 1)
    return np.cumsum(np.stack([deaths / each, weight / each, weight / each**2], axis=1), axis=2)


def _scan() -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """The compiled scan, or the one in numpy where numba is missing or finds no folder for compiled code."""
    try:
        from core.survival.scan import chi_squares
    except (ImportError, RuntimeError):
        from core.survival.scan_in_numpy import chi_squares
    return chi_squares


def _searched(outcome: Outcome, values: Sequence[float], low: float, high: float) -> tuple[_Search, pd.DataFrame]:
    """The patients ready to be searched, and the statistic at every allowed cut."""
    if not 0 < low < high < 1:
        raise Refused([Problem(f"No cut lies between {low:g} and {high:g}.", "range", "Give 0 < low < high < 1.")])
    numbers = pd.to_numeric(outcome.take(values), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    missing = int((~np.isfinite(numbers)).sum())
    if missing:
        what = f"{missing} of {outcome.n} patients with an outcome have no finite value."
        raise Refused([Problem(what, "values", "Leave those patients out and say how many they are.")])
    _enough(outcome, numbers)
    moments = np.unique(outcome.time[outcome.event])
    labels = 2 * np.searchsorted(moments, outcome.time, "right") + outcome.event
    order = np.argsort(numbers, kind="stable")
    search = _Search(numbers[order], labels[order].astype(np.int32), len(moments), low, high)
    ends = np.flatnonzero(search.allowed(search.values))
    if not len(ends):
        raise NotEstimable(
            f"No value leaves between {low:.0%} and {high:.0%} of the {outcome.n} patients at or below it.",
            "Widen the range, or use the groups that the few distinct values make.",
        )
    found = _scan()(search.labels[None], tables(search.labels[None], search.times))[0, ends]
    if not found.any():
        raise NotEstimable(
            "At no cut were both groups at risk in a way that lets them differ.",
            "Choose an endpoint with longer follow-up.",
        )
    return search, pd.DataFrame({"cut": search.values[ends], "n_low": ends + 1, "chi_square": found})


def _enough(outcome: Outcome, numbers: np.ndarray) -> None:
    if outcome.n < FEWEST_TO_SEARCH:
        raise NotEstimable(
            f"There are {outcome.n} patients; a search for a cut takes at least {FEWEST_TO_SEARCH}.",
            "Use the median or a published cut, or widen the cohort.",
        )
    if outcome.n_events < FEWEST_EVENTS:
        raise NotEstimable(
            f"There are {outcome.n_events} events; a search for a cut takes at least {FEWEST_EVENTS}.",
            "Choose another endpoint or widen the cohort.",
        )
    if numbers.min() == numbers.max():
        what = f"All {outcome.n} patients have the same value."
        raise NotEstimable(what, "Choose another feature or widen the cohort.")


def _permuted(search: _Search, count: int, chance: np.random.Generator, progress: Progress) -> Iterator[np.ndarray]:
    """The largest statistic of each search after the outcomes were exchanged between the patients, in batches."""
    scan, shared = _scan(), tables(search.labels[None], search.times)
    ends = search.allowed(search.values)
    for rows, done in _batches(count, len(search.values)):
        drawn = chance.permuted(np.broadcast_to(search.labels, (rows, len(search.labels))), axis=1)
        yield scan(drawn, shared)[:, ends].max(axis=1)
        progress(done / count, "Searching again with values exchanged between patients")


def _resampled(search: _Search, count: int, chance: np.random.Generator, progress: Progress) -> np.ndarray:
    """The cuts that were found in resamples of the patients; those without an allowed cut or a difference have none."""
    scan, n, cuts = _scan(), len(search.values), [np.empty(0)]
    for rows, done in _batches(count, n):
        taken = np.sort(chance.integers(0, n, (rows, n)), axis=1)
        labels, values = search.labels[taken], search.values[taken]
        found = np.where(search.allowed(values), scan(labels, tables(labels, search.times)), 0.0)
        some = found.any(axis=1)
        cuts.append(values[some, _first_largest(found[some])])
        progress(done / count, "Searching in resamples of the patients")
    return np.concatenate(cuts)


def _batches(count: int, n: int) -> Iterator[tuple[int, int]]:
    """How many searches to do at once, and how many will be done after them."""
    size = max(1, BATCH // n)
    for done in range(0, count, size):
        yield min(size, count - done), min(done + size, count)


def _first_largest(found: np.ndarray) -> np.ndarray:
    """(B,) where each row is largest; the first of those that differ in rounding only."""
    return np.argmax(found >= found.max(axis=1, keepdims=True) * (1 - 1e-9), axis=1)


def _interval(cuts: np.ndarray, resamples: int) -> tuple[float | None, float | None]:
    """Percentiles that are cuts themselves, so that they mean the same on any scale of the values."""
    if not len(cuts) or len(cuts) < ENOUGH_RESAMPLES * resamples:
        return None, None
    lower, upper = np.quantile(cuts, [0.025, 0.975], method="inverted_cdf")
    return float(lower), float(upper)
