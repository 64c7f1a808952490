"""Hazard ratios as a forest: each with its words above it, so that it reads on any width."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.comparison import Comparison
from core.plots import theme
from core.plots.drawing import Drawing
from core.plots.words import lines, wrapped
from core.survival.words import p_text, ratio_text

LINE, MARK = 16, 26


def forest(result: Comparison) -> tuple[Drawing, ...]:
    """The hazard ratios of a comparison against its reference, and per standard deviation; none when there are none."""
    rows = _rows(result)
    known = rows[rows["ratio"].notna()]
    if known.empty:
        return ()
    titles = [f"{wrapped(row.head, 52, 2)}<br>{wrapped(row.words, 52, 3)}" for row in rows.itertuples()]
    heights = [LINE * lines(title) + MARK for title in titles]
    top = np.concatenate([[0], np.cumsum(heights)])
    low, high = min(known["lower"].min(), 0.9), max(known["upper"].max(), 1.1)
    # An interval that reaches very far ends in an arrow instead of flattening the others.
    low, high = max(low, 0.02), min(high, 50.0)
    figure = theme.figure(
        height=int(top[-1]) + 84, margin={"l": 14, "r": 14, "t": 8, "b": 44}, showlegend=False, dragmode=False
    )
    for title, above in zip(titles, top, strict=False):
        figure.add_annotation(
            text=title,
            x=0,
            xref="paper",
            xanchor="left",
            y=above,
            yref="y",
            yanchor="top",
            align="left",
            showarrow=False,
        )
    middle = top[1:] - MARK / 2
    for row, y in zip(rows.itertuples(), middle, strict=True):
        if row.ratio != row.ratio:
            continue
        colour = (
            theme.DIRECTION["higher"] if row.lower > 1 else theme.DIRECTION["lower"] if row.upper < 1 else theme.NEUTRAL
        )
        figure.add_scatter(
            x=[max(row.lower, low), min(row.upper, high)],
            y=[y, y],
            mode="lines",
            line={"color": colour, "width": 2},
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=[min(max(row.ratio, low), high)],
            y=[y],
            mode="markers",
            marker={"symbol": "square", "size": 10, "color": colour},
            hovertext=f"{theme.literal(row.head)}<br>{theme.literal(row.words)}",
            hoverinfo="text",
        )
    ones = [value for y in middle for value in (y - MARK / 2 + 6, y + MARK / 2 - 2, None)]
    line = {"color": theme.NEUTRAL, "dash": "dot", "width": 1}
    figure.add_scatter(x=[1.0] * len(ones), y=ones, mode="lines", line=line, hoverinfo="skip")
    ticks = [tick for tick in (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if low * 0.8 <= tick <= high * 1.25]
    pad = (high / low) ** 0.04
    figure.update_xaxes(
        type="log",
        range=[np.log10(low / pad), np.log10(high * pad)],
        tickvals=ticks,
        ticktext=[f"{tick:g}" for tick in ticks],
        title_text="Hazard ratio (log scale; right of 1: higher hazard)",
        fixedrange=True,
    )
    figure.update_yaxes(visible=False, range=[top[-1], 0], fixedrange=True)
    return (
        Drawing(
            name="hazard_ratios",
            title=f"Hazard ratios: {result.endpoint}",
            figure=figure,
            data=rows.drop(columns="head"),
            caption=_caption(result),
            alt="; ".join(f"{row.head}: {row.words}" for row in rows.itertuples()) + ".",
        ),
    )


def _rows(result: Comparison) -> pd.DataFrame:
    """group, n, n_events, ratio, lower, upper, p, words, head: a row per group, and one per standard deviation."""
    rows = []
    if result.hazard is not None:
        for level in result.hazard.levels:
            reference = level.group == result.hazard.reference
            said = _said(level.estimate, "reference" if reference else level.note)
            rows.append((level.group, level.n, level.n_events, *_numbers(level.estimate, reference), said))
    if result.per_sd is not None:
        each = result.per_sd
        name = f"per standard deviation ({each.sd:.3g}) of {result.grouped_by}"
        rows.append((name, each.n, each.n_events, *_numbers(each.estimate, False), _said(each.estimate, "")))
    frame = pd.DataFrame(rows, columns=["group", "n", "n_events", "ratio", "lower", "upper", "p", "words"])
    return frame.assign(head=[f"{row.group} (n = {row.n}, {row.n_events} events)" for row in frame.itertuples()])


def _numbers(estimate, reference: bool) -> tuple[float, float, float, float]:
    if estimate is not None:
        return estimate.ratio, estimate.lower, estimate.upper, estimate.p
    return (1.0, 1.0, 1.0, np.nan) if reference else (np.nan,) * 4


def _said(estimate, note: str) -> str:
    return note if estimate is None else f"{ratio_text(estimate)}, {p_text(estimate.p)}"


def _caption(result: Comparison) -> str:
    parts = [part for part in (result.hazard, result.per_sd) if part is not None]
    return (
        f"Cox regression ({parts[0].ties} ties), unadjusted, 95 % Wald intervals; n = {parts[0].n}, "
        f"{parts[0].n_events} events. A ratio is an average over time where hazards are not proportional."
    )
