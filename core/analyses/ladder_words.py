"""The ladder of models read aloud, by rule: what each block is shown to add, and what it is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.survival.calibrated import Calibrated
from core.survival.ladder import Ladder, Rung, Step
from core.survival.out_of_bag import Estimate
from core.survival.words import CLAIMED, p_text
from core.vocabulary import counted, listed

if TYPE_CHECKING:
    from core.analyses.blocks_result import BlocksOf

#: More names than this are only counted.
NAMED = 4


def ladder_words(
    found: Ladder, data: BlocksOf, event: str, horizon: float, calibration: Mapping[str, Calibrated]
) -> tuple[str, ...]:
    """The sentences, the most important first. A block is said to add where its likelihood-ratio p stays below 0.05
    after Holm's adjustment, or, without a test, where the whole interval of the difference in c lies above 0.
    """
    said = [_step(step, data) for step in found.steps if step.gain is not None]
    base, *others = found.rungs
    said.append(_rung(base, event))
    said += [f"{_capital(rung.name)} has no fit. {rung.state}" for rung in others if rung.state]
    said += [_chosen(name, shares, found) for name, shares in found.chosen.items() if shares]
    said += [_calibration(found, calibration, horizon)]
    said.append(
        f"All models have the same {counted(found.n, 'patient')} with {counted(found.n_events, 'event')}, of "
        f"{data.n_cohort:,} in the cohort: {_lost(data)}."
    )
    return tuple(sentence for sentence in said if sentence)


def signed(estimate: Estimate) -> str:
    """`+0.021 (95 % CI -0.012 to 0.063)`."""
    return f"{estimate.value:+.3f} (95 % CI {estimate.lower:+.3f} to {estimate.upper:+.3f})"


def within(estimate: Estimate) -> str:
    """`0.683 (95 % CI 0.591 to 0.764)`."""
    return f"{estimate.value:.3f} (95 % CI {estimate.lower:.3f} to {estimate.upper:.3f})"


def _step(step: Step, data: BlocksOf) -> str:
    columns = [str(name) for name in data.tables[step.added].columns]
    of = "" if data.signature and step.added == "radiomic" else f" ({_some(columns)})"
    gain = step.gain.harrell
    shown = step.p_adjusted < CLAIMED if step.p_adjusted is not None else gain.lower is not None and gain.lower > 0
    verdict = "adds" if shown else "is not shown to add"
    said = f"{_capital(step.added)}{of} {verdict} to {step.below}: "
    if step.p is not None:
        said += f"likelihood-ratio test on {step.dof} df, {p_text(step.p)} ({p_text(step.p_adjusted)} by Holm); "
    else:
        said += "no test, for columns were chosen by looking at the outcome; "
    if gain.value is None:
        return f"{said}too few bootstrap samples allowed a fit to say how c changes."
    return f"{said}in patients left out c changes by {signed(gain)}."


def _rung(rung: Rung, event: str) -> str:
    if rung.left_out is None or rung.left_out.harrell.value is None:
        return f"{_capital(rung.name)} alone ranks its own patients with c = {rung.harrell:.3f} for {event}."
    return (
        f"{_capital(rung.name)} alone ranks patients left out with c = {within(rung.left_out.harrell)} for {event}, "
        f"and its own patients with {rung.harrell:.3f}."
    )


def _chosen(name: str, shares, found: Ladder) -> str:
    first = [f"{feature} ({share:.0%})" for feature, share in shares[:3]]
    return (
        f"The {name} signature chose most often {listed(first, 'and')} of the bootstrap samples; "
        f"{counted(len(shares), 'feature')} at least once."
    )


def _calibration(found: Ladder, calibration: Mapping[str, Calibrated], horizon: float) -> str:
    parts = [
        f"{name} {each.slope:.2f} ({each.slope_lower:.2f} to {each.slope_upper:.2f})"
        for name, each in calibration.items()
        if each.slope is not None
    ]
    return f"Calibration slope out of fold (1 where differences come true): {'; '.join(parts)}." if parts else ""


def _lost(data: BlocksOf) -> str:
    rows = [f"{row.n:,} have {row.block}" for row in data.counts.itertuples()][:-1]
    return ", ".join(rows)


def _some(names: list[str]) -> str:
    return listed(names, "and") if len(names) <= NAMED else f"{len(names)} columns"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
