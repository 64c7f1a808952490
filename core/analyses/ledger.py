"""How many tests of survival were tried, and what makes a comparison exploratory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from core.stats.per_coefficient import RULE
from core.vocabulary import counted, listed

#: By these rules a comparison is said to be exploratory: more endpoints, more markers, fewer events per variable.
MOST_ENDPOINTS, MOST_MARKERS, FEWEST_PER_VARIABLE = 1, 10, RULE


@dataclass(frozen=True, order=True)
class Entry:
    """One comparison that was looked at: of which patients, what, and how many p-values it showed.

    how       in what way: test, cut, model; the same comparison made in another way is another entry
    markers   names of what was compared: one, or all the features of a screen
    searched  whether a cut was searched; given_cut: whether the reader named it
    n_events, n_variables  of the model or the groups (groups less one)
    """

    study: str
    cohort: str
    endpoint: str
    markers: tuple[str, ...]
    how: str
    n_tests: int
    n_events: int
    n_variables: int
    searched: bool = False
    given_cut: bool = False


@dataclass(frozen=True)
class Ledger:
    """Everything that was tried on one study, each comparison once."""

    entries: tuple[Entry, ...] = ()

    def with_entries(self, more: Iterable[Entry]) -> Ledger:
        return Ledger(tuple(dict.fromkeys([*self.entries, *more])))

    def of(self, study: str) -> Ledger:
        """What was tried on this study."""
        return Ledger(tuple(each for each in self.entries if each.study == study))

    @property
    def n_tests(self) -> int:
        return sum(each.n_tests for each in self.entries)

    @property
    def endpoints(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.endpoint for each in self.entries))

    @property
    def markers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for each in self.entries for name in each.markers))

    def sentence(self) -> str:
        """The count as every export prints it."""
        if not self.entries:
            return "Tests of survival tried on this study in this session: none."
        cohorts = len({each.cohort for each in self.entries})
        return (
            f"Tests of survival tried on this study in this session: {counted(self.n_tests, 'p-value')} in "
            f"{counted(len(self.entries), 'comparison')} ({counted(len(self.endpoints), 'endpoint')}, "
            f"{counted(len(self.markers), 'marker')}, {counted(cohorts, 'cohort')})."
        )

    def table(self) -> pd.DataFrame:
        """A row per comparison, in the order in which they were looked at."""
        return pd.DataFrame(
            [
                (
                    each.endpoint,
                    each.markers[0] if len(each.markers) == 1 else counted(len(each.markers), "marker"),
                    each.how,
                    each.cohort or "all patients",
                    each.n_events,
                    each.n_tests,
                )
                for each in self.entries
            ],
            columns=["Endpoint", "Marker", "How", "Cohort", "Events", "p-values"],
        )


def exploratory(ledger: Ledger, shown: Sequence[Entry]) -> str:
    """Why what is shown is exploratory, in one sentence; "" when by the rules it is not."""
    reasons = []
    if any(each.searched for each in shown):
        reasons.append("the cut was searched")
    elif _searched_before(ledger, shown):
        reasons.append("a cut of the same marker was searched before in this session")
    if len(ledger.endpoints) > MOST_ENDPOINTS:
        reasons.append(f"{len(ledger.endpoints)} endpoints were tried")
    if len(ledger.markers) > MOST_MARKERS:
        reasons.append(f"{len(ledger.markers):,} markers were tried")
    few = [each for each in shown if each.n_variables and each.n_events < FEWEST_PER_VARIABLE * each.n_variables]
    if few:
        least = min(few, key=lambda each: each.n_events / each.n_variables)
        reasons.append(
            f"there are {counted(least.n_events, 'event')} for {counted(least.n_variables, 'variable')}, fewer than "
            f"{FEWEST_PER_VARIABLE} each"
        )
    return f"Exploratory: {listed(reasons, 'and')}. Confirm it in other patients." if reasons else ""


def _searched_before(ledger: Ledger, shown: Sequence[Entry]) -> bool:
    """Whether a cut that the reader named may be one that a search has found: its plain p would be the search's."""
    named = {(each.endpoint, name) for each in shown if each.given_cut for name in each.markers}
    return any((each.endpoint, name) in named for each in ledger.entries if each.searched for name in each.markers)
