"""A claim about speed or memory, measured here and now: one row, and the helpers that make it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

COLUMNS = ("claim", "baseline", "candidate", "ratio", "goal", "holds")


@dataclass(frozen=True)
class Row:
    """One claim and what was measured: `holds` is None when it could not be measured here, and `note` says why."""

    claim: str
    baseline: str
    candidate: str
    ratio: float | None
    goal: str
    holds: bool | None
    note: str = ""

    def __str__(self) -> str:
        ratio = "-" if self.ratio is None else f"{self.ratio:.3g}x"
        verdict = {True: "yes", False: "NO", None: "not measured"}[self.holds]
        line = " | ".join((self.claim, self.baseline, self.candidate, ratio, self.goal, verdict))
        return f"{line}\n    {self.note}" if self.note else line


class Absent(Exception):
    """What the claim is about is not on this machine; the text says what to do."""


#: A file of this folder offers `CLAIMS`: the claim's words, and what measures it.
Claims = dict[str, Callable[[str], Row]]


def within(claim: str, measured: float, limit: float, unit: str, note: str = "") -> Row:
    """A row for an absolute goal: the baseline is the limit, the ratio is limit / measured."""
    baseline, candidate = f"{limit:g} {unit}", f"{measured:.3g} {unit}"
    return Row(claim, baseline, candidate, limit / measured, f"under {limit:g} {unit}", measured < limit, note)


def faster(claim: str, baseline: float, candidate: float, at_least: float, note: str = "") -> Row:
    """A row for a goal in times: seconds of another way and of ours, measured in turns."""
    ratio = baseline / candidate
    return Row(
        claim, f"{baseline:.3g} s", f"{candidate:.3g} s", ratio, f"at least {at_least:g}x", ratio >= at_least, note
    )


def unmeasured(claim: str, why: str) -> Row:
    """A row for a claim that nothing can be said of here."""
    return Row(claim, "-", "-", None, "-", None, why)


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def in_turns(baseline: Callable[[], object], candidate: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Median seconds of both, measured baseline, candidate, baseline, ... so that both meet the same machine."""
    times = [(seconds(baseline), seconds(candidate)) for _ in range(rounds)]
    return median(first for first, _ in times), median(second for _, second in times)
