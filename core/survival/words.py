"""What a result may say, in sentences that never say more than the data."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from core.stats.multiplicity import holm
from core.survival.curves import NOT_REACHED, SurvivalCurves
from core.survival.cutpoint import SearchedCut
from core.survival.hazard import HazardPerSD, HazardRatio, Ratio
from core.survival.linear_rank import PERMUTATION, RankTest
from core.survival.pairs import Pair
from core.survival.rmst import RestrictedMeans
from core.survival.trend import LEVEL, Trend
from core.vocabulary import counted, listed

#: With more groups than this, numbers that tables give anyway are not read aloud.
MOST_SPOKEN = 3
#: Below this a difference is said to be one.
CLAIMED = 0.05
#: Below this the proportional-hazards test is mentioned beside the ratio.
DOUBTFUL = 0.05


def p_text(p: float) -> str:
    """`p = 0.013`, two significant digits; `p < 0.001` below that."""
    if p < 0.001:
        return "p < 0.001"
    return "p > 0.99" if p > 0.99 else f"p = {p:#.2g}"


def p_number(p: float | None) -> str:
    """`0.013`, as a column says what it is; "" where there is none."""
    return "" if p is None or p != p else p_text(p).removeprefix("p = ").removeprefix("p ")


def ratio_text(estimate: Ratio, name: str = "HR") -> str:
    """`HR 1.84 (95 % CI 1.20 to 2.81)`, three significant digits."""
    return f"{name} {_three(estimate.ratio)} (95 % CI {_three(estimate.lower)} to {_three(estimate.upper)})"


def time_text(value: float, sign: str = "") -> str:
    """`1,220`, `39.4`, `0.52`: three digits or all whole ones; `sign` "+" writes it always."""
    return f"{value:{sign},.0f}" if abs(value) >= 100 else f"{value:{sign}.3g}"


def named_test(test: RankTest) -> str:
    """`log-rank (2-sided, permutation), p = 0.013`."""
    return f"{test.method} (2-sided{', permutation' if test.p_method == PERMUTATION else ''}), {p_text(test.p)}"


def rank_test_sentence(test: RankTest) -> str:
    """The test's name, p and n; or why there is none."""
    size = f"n = {test.n}, {counted(test.n_events, 'event')}"
    if test.p is None:
        return f"The curves are described without a test ({size}). {test.note}"
    said = "differ" if test.p < CLAIMED else "are not shown to differ"
    return f"Survival curves {said}: {named_test(test)}; {size}."


def pairs_sentence(pairs: Sequence[Pair], adjustment: str) -> str:
    """Which pairs differ once all pairs that were tested are counted; "" when none was tested."""
    tested = [pair for pair in pairs if pair.p_adjusted is not None]
    if not tested:
        return ""
    family = f"after {adjustment}'s adjustment" if adjustment == "Holm" else f"after the {adjustment} adjustment"
    over = f"{family} over the {len(tested)} pairs" if len(tested) > 1 else "in the one pair that can be tested"
    apart = [pair for pair in tested if pair.p_adjusted < CLAIMED]
    if not apart:
        least = min(tested, key=lambda pair: pair.p_adjusted)
        return f"No pair of groups is shown to differ {over} (smallest {p_text(least.p_adjusted)})."
    named = "; ".join(f"{pair.first} and {pair.second} ({p_text(pair.p_adjusted)})" for pair in apart)
    return f"Pairs that differ {over}: {named}."


def trend_sentence(trend: Trend) -> str:
    """Whether the hazard follows the order of the groups."""
    order = " < ".join(group.group for group in trend.groups)
    how = f"test for trend ({order}), {p_text(trend.p)}"
    if trend.p >= CLAIMED or trend.direction == LEVEL:
        return f"The hazard is not shown to rise or fall over the ordered groups: {how}."
    return f"The {trend.direction.replace('score', 'order of the groups')}: {how}."


def hazard_sentence(result: HazardRatio, event: str = "the event") -> str:
    """One statement per group against the reference.

    A direction is claimed only where the interval excludes 1 and, with several groups, p is below 0.05 after Holm's
    adjustment over them: the more groups, the likelier one interval misses 1 by chance.
    """
    estimated = [each for each in result.levels if each.estimate is not None]
    adjusted = holm([each.estimate.p for each in estimated]).tolist()
    said, unsure = [], []
    for level, p in zip(estimated, adjusted, strict=True):
        verdict = _verdict(level.estimate, p)
        numbers = _numbers(level.estimate, p if len(estimated) > 1 else None)
        if verdict:
            said.append(
                f"patients in the {level.group} group had a {verdict} hazard of {event} than those in the "
                f"{result.reference} group (reference), {numbers}"
            )
        else:
            unsure.append((level.group, numbers))
    if unsure:
        alone = len(unsure) == 1
        names = f"group {unsure[0][0]}" if alone else f"groups {listed([name for name, _ in unsure], 'and')}"
        numbers = "; ".join(text if alone else f"{name}: {text}" for name, text in unsure)
        numbers = f", {numbers}" if len(result.levels) <= MOST_SPOKEN else ""
        reference = f"{result.reference} (reference)"
        said.append(f"the hazard of {event} was not shown to differ between {names} and {reference}{numbers}")
    lost = [each for each in result.levels if each.estimate is None and each.group != result.reference]
    said += [f"{each.group} against {result.reference}: {each.note}" for each in lost]
    text = "; ".join(said)
    how = f"stratified by {result.within}" if result.within else "unadjusted"
    return f"{text[:1].upper()}{text[1:]}; n = {result.n}, {counted(result.n_events, 'event')}, {how}."


def per_sd_sentence(result: HazardPerSD, marker: str, event: str = "the event") -> str:
    """The same for one standard deviation more of a number."""
    verdict = _verdict(result.estimate, result.estimate.p)
    where = f"per standard deviation ({result.sd:.3g}) more of {marker}"
    said = f"had a {verdict} hazard of {event}" if verdict else f"were not shown to have another hazard of {event}"
    return (
        f"As a continuous marker: patients {said} {where}, {_numbers(result.estimate)}; n = {result.n}, "
        f"{counted(result.n_events, 'event')}, unadjusted."
    )


def search_sentence(search: SearchedCut, marker: str, unit: str = "") -> str:
    """The cut, its interval and the p that is left when the search is paid for."""
    unit = f" {unit}" if unit else ""
    moves = (
        f"95 % of {search.n_resamples} resamples put it between {search.cut_low:.4g} and {search.cut_high:.4g}"
        if search.cut_low is not None
        else "resamples found no cut often enough to say how far it moves"
    )
    said = "differs" if search.p_corrected < CLAIMED else "is not shown to differ"
    return (
        f"The cut of {marker} at {search.cut:.4g}{unit} was searched among {len(search.curve)} values ({moves}). "
        f"Survival {said} across it: log-rank corrected for the search by {search.permutations:,} permutations, "
        f"{p_text(search.p_corrected)}; n = {search.n}, {counted(search.n_events, 'event')}."
    )


def means_sentence(means: RestrictedMeans, event: str = "the event") -> str:
    """Event-free time up to the limit, group by group against the first; "" where they are many."""
    parts = []
    if len(means.groups) > MOST_SPOKEN:
        return ""
    for each in means.differences:
        size = f"{time_text(abs(each.difference))} {means.unit} {'more' if each.difference >= 0 else 'less'}"
        where = f"the {each.group} group was free of {event} for {size} than the {each.reference} group"
        if each.p is None:
            parts.append(f"{where} ({each.note[0].lower()}{each.note[1:].rstrip('.')})")
            continue
        p = p_text(each.p_holm) + (" after Holm" if len(means.differences) > 1 else "")
        shown = "" if each.p_holm < CLAIMED else ", which may be chance"
        parts.append(
            f"{where} (95 % CI of the difference {time_text(each.lower)} to {time_text(each.upper)}, {p}{shown})"
        )
    return f"Within the first {means.until:.4g} {means.unit} on average {'; '.join(parts)}." if parts else ""


def rates_sentence(rates: pd.DataFrame, label: str, event: str = "the event") -> str:
    """Who is still free of the event at a time; `rates` are the rows of one time, as `SurvivalCurves.rates` gives.

    Groups in which nobody is at risk any more are left out.

    With many groups the lowest and the highest alone are told.
    """
    alone = len(rates) == 1
    rates = rates[rates["survival"].notna()].sort_values("survival", kind="stable")
    many = len(rates) > MOST_SPOKEN and rates["survival"].iloc[0] < rates["survival"].iloc[-1]
    rates = rates.iloc[[0, -1]] if many else rates.sort_index()
    parts = [
        (
            f"{_percent(row.survival)} (95 % CI {_percent(row.lower)} to {_percent(row.upper)})"
            if row.survival < 1
            else "100 % (no event by then)"
        )
        + ("" if alone else f" in {row.group}")
        for row in rates.itertuples()
    ]
    range_ = "lowest and highest, " if many else ""
    return f"At {label}, free of {event}: {range_}{', '.join(parts)}." if parts else ""


def curves_sentence(curves: SurvivalCurves) -> str:
    """Medians and follow-up, where the groups are few enough to be read aloud."""
    if len(curves.curves) > MOST_SPOKEN:
        return ""
    alone = len(curves.curves) == 1
    medians = "; ".join(c.median_text if alone else f"{c.group} {c.median_text}" for c in curves.curves)
    if all(c.median_text == NOT_REACHED for c in curves.curves):
        medians = NOT_REACHED + ("" if alone else " in any group")
    follow = [NOT_REACHED if c.follow_up_median is None else f"{c.follow_up_median:.4g}" for c in curves.curves]
    if not alone:
        follow = [f"{text} in {c.group}" for text, c in zip(follow, curves.curves, strict=True)]
    return (
        f"Median time to the event: {medians}. Median follow-up (reverse Kaplan-Meier, {curves.unit}): "
        f"{'; '.join(follow)}."
    )


def _verdict(estimate: Ratio, p: float) -> str:
    """`higher`, `lower`, or nothing where the data do not show it."""
    if p < CLAIMED and estimate.lower > 1:
        return "higher"
    return "lower" if p < CLAIMED and estimate.upper < 1 else ""


def _numbers(estimate: Ratio, adjusted: float | None = None) -> str:
    text = f"{ratio_text(estimate)}, {p_text(estimate.p)}"
    if adjusted is not None:
        text += f" ({p_text(adjusted)} after Holm over the groups)"
    if estimate.ph_p < DOUBTFUL:
        text += f" (hazards may not be proportional, {p_text(estimate.ph_p)}: the ratio is an average over time)"
    return text


def _percent(share: float) -> str:
    return "–" if share != share else f"{100 * share:.0f} %"


def _three(value: float) -> str:
    return f"{value:.2f}" if 0.1 <= value < 100 else f"{value:.3g}"
