"""Whose time to which event is looked at: one choice for every question of the Survival page."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.leakage import endpoint_leakage
from core.analyses.parameters import Choice, Number, options, parameter
from core.compute import quiet
from core.store.schema import Endpoint
from core.survival.units import converted
from core.survival.window import window

NO_ENDPOINT = "This study has no time to an event, so survival cannot be compared."
#: Beyond this no follow-up goes, in any unit.
LONGEST = 100_000
UNITS = options("months", "years", "days", "weeks")


def readable_unit(endpoint: Endpoint) -> str:
    """The unit in which readers expect times: months, unless the study gives years."""
    return endpoint.time_unit if endpoint.time_unit in ("months", "years") else "months"


def in_unit(outcomes: pd.DataFrame, endpoint: Endpoint, unit: str) -> tuple[pd.DataFrame, Endpoint]:
    """Outcomes and endpoint with every time in `unit`."""
    time = converted(outcomes["time"], endpoint.time_unit, unit)
    return outcomes.assign(time=time), replace(endpoint, time_unit=unit)


def _unit(scope) -> str:
    return readable_unit(scope.context.catalogue.endpoints[scope.values["endpoint"]])


@dataclass(frozen=True)
class Followed:
    """The outcomes of the cohort as every analysis of the page takes them.

    endpoint  its `time_unit` is the unit of every time; `origin` says what time is counted from, the landmark included
    outcomes  index patient_id (the whole cohort, n_cohort), columns time and event; NaN for patients who are left out
    left_out  patient_id, reason: a row per such patient
    cautions  what makes the question itself doubtful: the filter may know how the follow-up ended
    """

    endpoint: Endpoint
    outcomes: pd.DataFrame
    left_out: pd.DataFrame
    landmark: float
    until: float
    n_cohort: int
    n: int
    n_events: int
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FollowUp(Analysis):
    name = "follow_up"
    title = "Follow-up"
    question = "Whose time to which event is looked at?"
    method = (
        "One row per patient. A landmark leaves out patients whose follow-up ended by then and counts time from it; a "
        "limit censors everybody still free of the event at that time. Patients left out are counted, with the reason."
    )
    sources = ("Anderson, Cain and Gelber 1983, doi:10.1200/JCO.1983.1.11.710",)
    pages = ("Survival",)
    rank = 5

    endpoint: str = parameter(
        Choice(
            "Endpoint",
            "The event whose time is compared.",
            options=choices.endpoints,
            nothing=NO_ENDPOINT,
            remedy="Choose another study, or import pairs of columns such as os_days and os_event.",
        )
    )
    unit: str = parameter(
        Choice(
            "Time in",
            "The unit of every time on the page: the axis, medians, limits. A year has 12 months or 365.2425 days.",
            options=UNITS,
            default=_unit,
        )
    )
    landmark: float = parameter(
        Number(
            "Landmark (0: none)",
            "Time starts anew here, in the unit chosen; patients whose follow-up ended by then are left out. Use "
            "it when groups are made of something that happened after time zero.",
            low=0,
            high=LONGEST,
            step=1,
            default=0,
        )
    )
    until: float = parameter(
        Number(
            "Follow-up until (0: all)",
            "Later events do not count: everybody still free of the event is censored then. In the unit chosen, from "
            "the landmark on.",
            low=0,
            high=LONGEST,
            step=1,
            default=0,
        )
    )

    def read(self, context):
        store, endpoint = context.store, context.catalogue.endpoints[self.endpoint]
        told = endpoint_leakage(store, context.cohort, self.endpoint, endpoint.label or endpoint.name)
        return store.outcomes(context.cohort, self.endpoint), endpoint, told

    def __call__(self, data, progress=quiet):
        *followed, told = data
        outcomes, endpoint = in_unit(*followed, self.unit)
        shown, reasons = window(outcomes, self.landmark, self.until)
        if self.landmark > 0:
            start = f"{self.landmark:g} {endpoint.time_unit} after {endpoint.origin or 'the start of follow-up'}"
            endpoint = replace(endpoint, origin=start)
        return Followed(
            endpoint=endpoint,
            outcomes=shown,
            left_out=reasons.rename_axis("patient_id").reset_index(),
            landmark=self.landmark,
            until=self.until,
            n_cohort=len(outcomes),
            n=int(shown["time"].notna().sum()),
            n_events=int(shown["event"].sum()),
            cautions=told,
        )
