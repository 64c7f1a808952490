"""Survival compared between groups, everything a Kaplan-Meier panel says, with states where there is no number."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from core.analyses.cautions import cautions, not_known
from core.analyses.comparison_words import read_aloud
from core.analyses.events import event_words
from core.analyses.ledger import Entry
from core.analyses.marker import NUMBER, OTHER, Marker
from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.store.schema import Endpoint
from core.survival.curves import SurvivalCurves, kaplan_meier
from core.survival.cutpoint import SearchedCut, searched_cut
from core.survival.grouping import Grouping, value_groups
from core.survival.hazard import HazardPerSD, HazardRatio, hazard_per_sd, hazard_ratio
from core.survival.linear_rank import RankTest
from core.survival.logrank import logrank
from core.survival.outcome import Outcome
from core.survival.pairs import Pair, pairwise
from core.survival.risk_table import ticks_for
from core.survival.rmst import RestrictedMeans, restricted_mean
from core.survival.stratified import stratified_logrank
from core.survival.stratified_hazard import stratified_hazard_ratio
from core.survival.trend import Trend, logrank_trend
from core.survival.units import years
from core.survival.weighted import weighted_logrank

#: Weights of events in the test, (rho, gamma) of Fleming and Harrington, by the name in links.
WEIGHTS = {"logrank": (0.0, 0.0), "early": (1.0, 0.0), "late": (0.0, 1.0), "middle": (1.0, 1.0)}
SEARCHED = "Cut where a search found the largest log-rank statistic"
NO_RATIO = (
    "No hazard ratio or restricted mean is given for groups whose cut was searched: both are too far from no "
    "difference by the search itself. The ratio per standard deviation is not."
)
COMPETED = (
    "Another event may come before this one, and these curves take such patients as if this one could still come: they "
    "tell how fast it comes, not how many will have it. That is under Competing events."
)


@dataclass(frozen=True)
class Asked:
    """What is wanted of a comparison beyond its groups.

    weights     a name in `WEIGHTS`; strata: a label per patient and `by` what they are, which makes the test a
                stratified one; trend: whether the groups are ordered; adjustment of pairs: "Holm" or "BH"
    reference   the group of hazard ratios and mean differences, the first when None
    rates_at    years at which survival is told; mean_until: limit of the restricted mean, 0 for the largest
    axis        end of the time axis, 0 for all; search: find the cut of the number by a search
    """

    weights: str = "logrank"
    strata: pd.Series | None = None
    by: str = ""
    trend: bool = False
    adjustment: str = "Holm"
    reference: str | None = None
    rates_at: tuple[float, ...] = ()
    mean_until: float = 0.0
    axis: float = 0.0
    search: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Comparison:
    """One endpoint between groups. Where a part is None, `states` says why under its name.

    event         the event in words, as in "the hazard of death"; endpoint: its label
    grouped_by    names the marker, rule: how it was cut
    n_cohort      the whole cohort, of which `curves.n_excluded` have no follow-up and `curves.n_no_group` no group
    rates         group, years, time, at_risk, survival, lower, upper; beyond: years asked that no follow-up reaches
    test          overall, pairs: two by two, trend: over ordered groups
    hazard        ratios of the groups; per_sd: of the number behind them; means: restricted mean survival times
    search        the cut that was searched, with its corrected p; then there is no other test
    words         read the panel aloud, one sentence each; cautions: what the reader must know before believing it
    levels        all groups that there could be, in their order, also those that this cohort has lost: a filter then
                  changes no colour
    """

    endpoint: str
    grouped_by: str
    rule: str
    n_cohort: int
    curves: SurvivalCurves
    rates: pd.DataFrame
    test: RankTest | None
    pairs: tuple[Pair, ...]
    adjustment: str
    trend: Trend | None
    hazard: HazardRatio | None
    per_sd: HazardPerSD | None
    means: RestrictedMeans | None
    search: SearchedCut | None
    states: dict[str, str]
    words: tuple[str, ...]
    cautions: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    event: str = "the event"
    unit: str = ""
    axis: float = 0.0
    beyond: tuple[float, ...] = ()


def shown_tests(found: Comparison, study: str, cohort: str, how: str) -> tuple[Entry, ...]:
    """The comparison as the ledger counts it; none for a single curve."""
    groups = len(found.curves.curves)
    ps = [found.test.p if found.test else None, found.trend.p if found.trend else None]
    ps += [pair.p for pair in found.pairs]
    ps += [each.estimate.p for each in (found.hazard.levels if found.hazard else ()) if each.estimate is not None]
    ps += [found.per_sd.estimate.p if found.per_sd else None, found.search.p_corrected if found.search else None]
    ps += [each.p for each in (found.means.differences if found.means else ())]
    count = sum(p is not None for p in ps)
    if not count:
        return ()
    searched, events = found.search is not None, found.curves.n_events
    return (
        Entry(study, cohort, found.endpoint, (found.grouped_by,), how, count, events, max(groups - 1, 1), searched),
    )


@dataclass
class _Parts:
    """Works out one part after the other, and keeps the reason where there is none."""

    states: dict[str, str] = field(default_factory=dict)

    def __call__(self, name: str, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except NotEstimable as state:
            self.states[name] = str(state)
            return None


def compare(
    outcomes: pd.DataFrame,
    endpoint: Endpoint,
    marker: Marker,
    grouping: Grouping | None,
    asked: Asked = Asked(),
    progress: Progress = quiet,
) -> Comparison:
    """Do the groups differ in time to the endpoint, and by how much?

    `outcomes` has columns time and event, a row per patient; `grouping` labels the same patients by `marker` (None: one
    curve, or the groups that a search finds). Raises `NotEstimable` when nobody has follow-up, or there is no cut.
    """
    values = marker.values if marker.kind == NUMBER else None
    outcome = Outcome.of(outcomes["time"], outcomes["event"], endpoint.time_unit, endpoint.origin)
    if outcome.n == 1:
        raise NotEstimable(
            "There is one patient with follow-up: a curve of one patient describes nothing but that patient.",
            "Widen the cohort.",
        )
    work = _Parts()
    search = None
    if asked.search:
        search = _search(outcomes, values, endpoint, asked.seed, part(progress, 0, 0.8))
        grouping = value_groups(
            values, search.cut, marker.unit, "Cut where a search found the largest log-rank statistic"
        )
    labels = None if grouping is None else grouping.labels
    order = () if grouping is None else grouping.levels
    longest = asked.axis or float(outcome.time.max())
    curves = kaplan_meier(outcome, labels, order, ticks_for(longest, endpoint.time_unit))
    rates = _rates(curves, asked.rates_at)
    test = trend = ratio = per_sd = means = None
    pairs: tuple[Pair, ...] = ()
    if grouping is not None and search is None:
        tester = _tester(outcome, asked, order)
        test = work("test", lambda: tester(labels, part(progress, 0, 0.4)))
        pairs = pairwise(tester, labels, order, asked.adjustment, part(progress, 0.4, 0.4))
        if asked.trend and len(order) > 2:
            told = part(progress, 0.8, 0.2)
            known = labels.mask(labels.isin(_unplaced(order)), None)
            trend = work("trend", lambda: logrank_trend(outcome, known, order, seed=asked.seed, progress=told))
        ratio = work("hazard", lambda: _ratio(outcome, labels, asked, order))
    if search is None:
        first = (asked.reference, *order) if asked.reference else order
        means = work("means", lambda: restricted_mean(outcome, labels, until=asked.mean_until or None, order=first))
    else:
        work.states["hazard"] = NO_RATIO
    if values is not None:
        per_sd = work("per_sd", lambda: hazard_per_sd(outcome, values))
    found = Comparison(
        endpoint=endpoint.label or endpoint.name,
        event=event_words(endpoint),
        grouped_by=marker.name,
        rule=grouping.rule if grouping is not None else "All patients together.",
        n_cohort=len(outcomes),
        curves=curves,
        rates=rates,
        beyond=tuple(each for each in asked.rates_at if each not in set(rates["years"])),
        test=test,
        pairs=pairs,
        adjustment=asked.adjustment,
        trend=trend,
        hazard=ratio,
        per_sd=per_sd,
        means=means,
        search=search,
        states=work.states,
        words=(),
        cautions=(
            *(cautions(outcomes, marker.name, grouping, values) if grouping is not None else ()),
            *([COMPETED] if endpoint.competing else []),
        ),
        levels=tuple(dict.fromkeys([*marker.levels, *(curve.group for curve in curves.curves)])),
        unit=marker.unit,
        axis=asked.axis,
    )
    return replace(found, words=read_aloud(found))


def _unplaced(levels: tuple[str, ...]) -> list[str]:
    """Levels without a place in the order: what is not known or not assessed (TX), and what was joined."""
    unassessed = [level for level in levels if re.fullmatch(r"[TNM]?X", level, re.IGNORECASE)]
    return [*not_known(levels), *unassessed, OTHER]


def _search(outcomes, values: pd.Series, endpoint: Endpoint, seed: int, progress: Progress) -> SearchedCut:
    """The search among the patients who have both an outcome and a value."""
    numbers = pd.Series(values).astype(float).reset_index(drop=True)
    known = np.isfinite(numbers).to_numpy()
    time, event = (outcomes[name].reset_index(drop=True).where(known) for name in ("time", "event"))
    outcome = Outcome.of(time, event, endpoint.time_unit, endpoint.origin)
    return searched_cut(outcome, numbers, seed=seed, progress=progress)


def _tester(outcome: Outcome, asked: Asked, order: tuple[str, ...]) -> Callable[[Any, Progress], RankTest]:
    """The rank test that was asked for, of any labels of these patients."""
    if asked.strata is not None:
        return lambda labels, told: stratified_logrank(
            outcome, labels, asked.strata, asked.by, order, asked.seed, progress=told
        )
    if asked.weights != "logrank":
        rho, gamma = WEIGHTS[asked.weights]
        return lambda labels, told: weighted_logrank(outcome, labels, rho, gamma, order, asked.seed, progress=told)
    return lambda labels, told: logrank(outcome, labels, order, asked.seed, progress=told)


def _ratio(outcome: Outcome, labels: pd.Series, asked: Asked, order: tuple[str, ...]) -> HazardRatio:
    """Hazard ratios, within the strata where the test is."""
    if asked.strata is None:
        return hazard_ratio(outcome, labels, asked.reference, order)
    return stratified_hazard_ratio(outcome, labels, asked.strata, asked.by, asked.reference, order)


def _rates(curves: SurvivalCurves, at: tuple[float, ...]) -> pd.DataFrame:
    """A row per group and year, of the years that the follow-up reaches."""
    longest = max(float(curve.steps["time"].iloc[-1]) for curve in curves.curves)
    within = {years(each, curves.unit): each for each in at if years(each, curves.unit) <= longest}
    table = curves.rates(list(within))
    table.insert(1, "years", table["time"].map(within))
    return table
