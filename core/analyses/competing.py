"""How often each of several events comes first, where any one of them rules out the others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from core.analyses.base import Analysis
from core.analyses.events import event_words
from core.analyses.follow_up import LONGEST, in_unit
from core.analyses.incidence import CompetingEvents, Course, incidences
from core.analyses.incidence_words import cautions, read_aloud
from core.analyses.ledger import Entry
from core.analyses.marker import NUMBER, SEARCHED, Marker, grouping, marker
from core.analyses.parameters import Choice, Number, Option, parameter
from core.compute import quiet
from core.errors import NotEstimable
from core.store.schema import Endpoint
from core.survival.grouping import Grouping
from core.survival.units import converted

#: How many months a patient last seen free of an event counts as free of it: the time between two or three visits.
GRACE = 6
NOTHING = "This study declares no competing events."
REMEDY = (
    'Name them in study.toml and import it again: under [endpoints.lrc], for example, competing = ["dm", "os"]. They '
    "are other endpoints of the study, with the same unit and origin of time."
)


def _declaring(scope) -> tuple[Option, ...]:
    """The endpoints that others compete with."""
    known = scope.context.catalogue.endpoints.values()
    return tuple(Option(each.name, each.label or each.name) for each in known if each.competing)


def _of_the_page(scope) -> str | None:
    return scope.context.view.option("follow_up.endpoint")


@dataclass(frozen=True)
class Asked:
    """What is read: the endpoint and those that compete with it, their outcomes in one unit, and the groups.

    landmark, until  in that unit
    """

    endpoints: tuple[Endpoint, ...]
    outcomes: tuple[pd.DataFrame, ...]
    landmark: float
    until: float
    marker: Marker
    cut: str | None
    value: float | None
    seed: int


@dataclass(frozen=True, kw_only=True)
class Competing(Analysis):
    name = "competing"
    title = "Competing events"
    question = "How often does each of several events come first, when any one of them rules out the others?"
    method = (
        "Cumulative incidence of each event as the first (Aalen-Johansen) with log-log bands; 1 - Kaplan-Meier is "
        "given only to show by how much it overstates. Gray's test (rho = 0) for each event, adjusted by Holm over the "
        "events tested, by permutation where a group has fewer than 10 patients or 5 such events. The first "
        "recorded event counts; at equal times that of the endpoint named first. Follow-up ends where one of the "
        "endpoints was last looked for, for the living and the dead alike; a patient counts as free of it for half a "
        "year more, unless another length is chosen. Cause-specific hazard ratios from Cox regression, unadjusted."
    )
    sources = (
        "Aalen and Johansen 1978, https://www.jstor.org/stable/4615704",
        "Gray 1988, doi:10.1214/aos/1176350951",
        "Putter, Fiocco and Geskus 2007, doi:10.1002/sim.2712",
    )
    pages = ("Survival",)
    rank = 50

    endpoint: str = parameter(
        Choice(
            "Event of interest",
            "An endpoint of which the study says which others compete with it.",
            options=_declaring,
            default=_of_the_page,
            nothing=NOTHING,
            remedy=REMEDY,
        )
    )
    grace: float = parameter(
        Number(
            "Counts as free after the last look",
            "A patient last seen free of an event counts as free of it for this much longer, as far as any of the "
            "endpoints was still followed; a later event of another kind is not counted, because it need not be the "
            "first. 0 assumes nothing; a large number assumes that what was not recorded did not happen.",
            low=0,
            high=LONGEST,
            step=1,
            unit="months",
            default=GRACE,
        )
    )

    def needs(self, context):
        # The groups are those that the page compares, so their choices belong in the link.
        return (context.analysis("follow_up"), context.analysis("survival"))

    def read(self, context):
        known = context.catalogue.endpoints
        page, groups = context.analysis("follow_up"), context.analysis("survival")
        names = (self.endpoint, *known[self.endpoint].competing)
        pairs = [in_unit(context.store.outcomes(context.cohort, name), known[name], page.unit) for name in names]
        outcomes, endpoints = zip(*pairs, strict=True)
        chosen = marker(context, groups, outcomes[0].index)
        return Asked(endpoints, outcomes, page.landmark, page.until, chosen, groups.cut, groups.value, groups.seed)

    def __call__(self, data: Asked, progress=quiet) -> CompetingEvents:
        main = data.endpoints[0]
        since = f"{data.landmark:g} {main.time_unit} after {main.origin or 'the start of follow-up'}"
        course = Course(
            outcomes=dict(zip(_events(data.endpoints), data.outcomes, strict=True)),
            unit=main.time_unit,
            origin=since if data.landmark > 0 else main.origin,
            landmark=data.landmark,
            until=data.until,
        )
        grace = converted(self.grace, "months", main.time_unit)
        groups = _grouping(data)
        result = incidences(course, grace, data.marker.name, groups, data.marker.levels, data.seed, progress)
        return replace(result, endpoint=main.label, words=read_aloud(result), cautions=cautions(result))

    def tests(self, context, result):
        if not len(result.tests):
            return ()
        groups = result.incidence.risk_table["group"].nunique()
        who, how = (context.view.study, str(context.cohort)), "Gray's tests of competing events"
        known = context.catalogue.endpoints
        asked = [known[name] for name in (self.endpoint, *known[self.endpoint].competing)]
        labels = {event: each.label or each.name for event, each in zip(result.events, asked, strict=True)}
        return tuple(
            Entry(*who, labels[row.event], (result.grouped_by,), how, 1, int(row.n_events), groups - 1)
            for row in result.tests.itertuples()
        )


def _events(endpoints: tuple[Endpoint, ...]) -> tuple[str, ...]:
    """What happens at each endpoint, told apart by the label where two say the same."""
    words = [event_words(each) for each in endpoints]
    return tuple(
        f"{word} ({each.label or each.name})" if words.count(word) > 1 else word
        for word, each in zip(words, endpoints, strict=True)
    )


def _grouping(data: Asked) -> Grouping | None:
    if data.marker.kind == NUMBER and data.cut == SEARCHED:
        raise NotEstimable(
            "The cut of a number was searched for the largest difference in survival, so its groups cannot be compared "
            "here without counting the search.",
            "Cut at the median, the tertiles or a given value.",
        )
    return grouping(data.marker, data.cut, data.value)
