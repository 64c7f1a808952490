"""A comparison of survival read aloud, by rule: which sentences, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.survival.words import (
    DOUBTFUL,
    curves_sentence,
    hazard_sentence,
    means_sentence,
    pairs_sentence,
    per_sd_sentence,
    rank_test_sentence,
    rates_sentence,
    search_sentence,
    trend_sentence,
)

if TYPE_CHECKING:
    from core.analyses.comparison import Comparison


def read_aloud(found: Comparison) -> tuple[str, ...]:
    """The panel in sentences; where hazards do not look proportional, times and rates come before the one ratio."""
    crossing = found.hazard is not None and any(
        level.estimate is not None and level.estimate.ph_p < DOUBTFUL for level in found.hazard.levels
    )
    said = [rank_test_sentence(found.test)] if found.test else []
    said += [search_sentence(found.search, found.grouped_by, found.unit)] if found.search else []
    said += [pairs_sentence(found.pairs, found.adjustment)]
    said += [trend_sentence(found.trend)] if found.trend else []
    ratio = [hazard_sentence(found.hazard, found.event)] if found.hazard else []
    rates = [rates_sentence(rows, _years(at), found.event) for at, rows in found.rates.groupby("years")]
    means = [means_sentence(found.means, found.event)] if found.means and found.hazard else []
    said += [*means, *rates, *ratio] if crossing else [*ratio, *rates]
    said += [per_sd_sentence(found.per_sd, found.grouped_by, found.event)] if found.per_sd else []
    return tuple(sentence for sentence in (*said, curves_sentence(found.curves)) if sentence)


def _years(count: float) -> str:
    return f"{count:g} year{'' if count == 1 else 's'}"
