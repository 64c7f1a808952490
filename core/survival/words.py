"""What a result may say, in one sentence that never says more than the data."""

from __future__ import annotations

from core.survival.hazard import HazardPerSD, HazardRatio, Ratio
from core.survival.logrank import PERMUTATION, LogRank

#: Below this a difference is said to be one.
CLAIMED = 0.05
#: Below this the proportional-hazards test is mentioned beside the ratio.
DOUBTFUL = 0.05


def p_text(p: float) -> str:
    """`p = 0.013`, two significant digits; `p < 0.001` below that."""
    if p < 0.001:
        return "p < 0.001"
    return "p > 0.99" if p > 0.99 else f"p = {p:#.2g}"


def ratio_text(estimate: Ratio, name: str = "HR") -> str:
    """`HR 1.84 (95 % CI 1.20 to 2.81)`, three significant digits."""
    return f"{name} {_three(estimate.ratio)} (95 % CI {_three(estimate.lower)} to {_three(estimate.upper)})"


def logrank_sentence(test: LogRank) -> str:
    """The test's name, p and n; or why there is none."""
    counted = f"n = {test.n}, {test.n_events} events"
    if test.p is None:
        return f"The curves are described without a test ({counted}). {test.note}"
    kind = "log-rank (2-sided, permutation)" if test.method == PERMUTATION else "log-rank (2-sided)"
    said = "differ" if test.p < CLAIMED else "are not shown to differ"
    return f"Survival curves {said}: {kind}, {p_text(test.p)}; {counted}."


def hazard_sentence(result: HazardRatio, event: str = "the event") -> str:
    """One statement per group against the reference.

    A direction is claimed only where the interval excludes 1 and, with several groups, p is below 0.05 after Holm's
    adjustment over them: the more groups, the likelier one interval misses 1 by chance.
    """
    parts, adjusted = [], _holm({each.group: each.estimate.p for each in result.levels if each.estimate is not None})
    for level in result.levels:
        if level.group == result.reference:
            continue
        if level.estimate is None:
            parts.append(f"{level.group} against {result.reference}: {level.note}")
        else:
            where = f"in {level.group} than in {result.reference} (reference)"
            parts.append(_statement(level.estimate, event, where, adjusted[level.group] if len(adjusted) > 1 else None))
    return f"{'; '.join(parts)}; n = {result.n}, {result.n_events} events, unadjusted."


def per_sd_sentence(result: HazardPerSD, marker: str, event: str = "the event") -> str:
    """The same for one standard deviation more of a number."""
    said = _statement(result.estimate, event, f"per standard deviation ({result.sd:.3g}) more of {marker}")
    return f"{said}; n = {result.n}, {result.n_events} events, unadjusted."


def _holm(values: dict[str, float]) -> dict[str, float]:
    """Each p adjusted over all of them, step-down."""
    adjusted, largest = {}, 0.0
    for rank, name in enumerate(sorted(values, key=values.__getitem__)):
        largest = max(largest, min(1.0, values[name] * (len(values) - rank)))
        adjusted[name] = largest
    return adjusted


def _statement(estimate: Ratio, event: str, where: str, adjusted: float | None = None) -> str:
    numbers = f"{ratio_text(estimate)}, {p_text(estimate.p)}"
    if adjusted is not None:
        numbers += f" ({p_text(adjusted)} after Holm over the groups)"
    claimed = adjusted is None or adjusted < CLAIMED
    if estimate.lower > 1 and claimed:
        said = f"The hazard of {event} was higher {where}: {numbers}"
    elif estimate.upper < 1 and claimed:
        said = f"The hazard of {event} was lower {where}: {numbers}"
    else:
        said = f"The hazard of {event} was not shown to be higher or lower {where}: {numbers}"
    if estimate.ph_p < DOUBTFUL:
        doubt = f"hazards may not be proportional, approximate {p_text(estimate.ph_p)}"
        said += f" ({doubt}: the ratio is an average over time)"
    return said


def _three(value: float) -> str:
    return f"{value:.2f}" if 0.1 <= value < 100 else f"{value:.3g}"
