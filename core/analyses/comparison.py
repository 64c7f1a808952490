"""Survival compared between groups, everything a Kaplan-Meier panel says, with states where there is no number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.analyses.cautions import cautions
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.store.schema import Endpoint
from core.survival.curves import SurvivalCurves, kaplan_meier
from core.survival.grouping import Grouping
from core.survival.hazard import HazardPerSD, HazardRatio, hazard_per_sd, hazard_ratio
from core.survival.logrank import LogRank, logrank
from core.survival.outcome import Outcome
from core.survival.words import hazard_sentence, logrank_sentence, per_sd_sentence


@dataclass(frozen=True)
class Comparison:
    """One endpoint between groups. Where a part is None, `states` says why under its name.

    `grouped_by` names the marker, `rule` how it was cut; `n_cohort` is the whole cohort, of which `curves.n_excluded`
    have no follow-up and `curves.n_no_group` no group. `words` read the panel aloud. `levels` are all groups that
    there could be, in their order, also those that this cohort has lost: a filter then changes no colour.
    """

    endpoint: str
    grouped_by: str
    rule: str
    n_cohort: int
    curves: SurvivalCurves
    logrank: LogRank | None
    hazard: HazardRatio | None
    per_sd: HazardPerSD | None
    states: dict[str, str]
    words: tuple[str, ...]
    levels: tuple[str, ...] = ()


def compare(
    outcomes: pd.DataFrame,
    endpoint: Endpoint,
    marker: str,
    grouping: Grouping | None,
    values: pd.Series | None = None,
    seed: int = 0,
    progress: Progress = quiet,
    levels: tuple[str, ...] = (),
) -> Comparison:
    """Do the groups differ in time to the endpoint, and by how much?

    `outcomes` has columns time and event, a row per patient; `grouping` labels the same patients (None: one curve),
    `values` is the continuous marker behind it, if there is one, `levels` the groups of the whole study. Raises
    `NotEstimable` when nobody has follow-up.
    """
    outcome = Outcome.of(outcomes["time"], outcomes["event"], endpoint.time_unit, endpoint.origin)
    states: dict[str, str] = {}

    def part(name: str, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except NotEstimable as state:
            states[name] = str(state)
            return None

    label = endpoint.label or endpoint.name
    test = ratio = per_sd = None
    if grouping is None:
        curves = kaplan_meier(outcome)
    else:
        groups = grouping.labels
        curves = kaplan_meier(outcome, groups, grouping.levels)
        test = part("logrank", lambda: logrank(outcome, groups, grouping.levels, seed, progress=progress))
        ratio = part("hazard", lambda: hazard_ratio(outcome, groups, order=grouping.levels))
        if values is not None:
            per_sd = part("per_sd", lambda: hazard_per_sd(outcome, values))
    words = [logrank_sentence(test)] if test else []
    words += [hazard_sentence(ratio, f"an event ({label})")] if ratio else []
    words += [per_sd_sentence(per_sd, marker, f"an event ({label})")] if per_sd else []
    words += cautions(outcomes, marker, grouping, values) if grouping is not None else ()
    rule = grouping.rule if grouping is not None else "All patients together"
    order = tuple(dict.fromkeys([*levels, *(curve.group for curve in curves.curves)]))
    return Comparison(label, marker, rule, len(outcomes), curves, test, ratio, per_sd, states, tuple(words), order)
