"""Who the patients are: a linked chart per attribute, and the patient flow."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.charts import Chart, Charts
from core.analyses.flow import Flow
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.words import counted, lines, percent, wrapped

SOLID, PALE = theme.PALETTE[0], theme.tint(theme.PALETTE[0], 0.3)
UNKNOWN, UNKNOWN_PALE = "#8F979E", theme.tint("#8F979E", 0.35)
NOT_RECORDED = "not recorded"
#: Bars of one category; the rest is counted in words.
MOST_BARS = 15
#: Pixels of a bar with one line of label, of each further line, and of the label that made-up data carry.
ROW, LINE, LABEL = 26, 13, 22


@drawings.register
def _(result: Charts) -> tuple[Drawing, ...]:
    return tuple(_numbers(chart) if chart.kind == "number" else _categories(chart) for chart in result.charts)


def _categories(chart: Chart) -> Drawing:
    """A bar per level with n and share of all; every bar carries its value (None: not recorded) as `customdata`."""
    rows = chart.table
    note = ""
    if len(rows) > MOST_BARS:
        shown = rows.nlargest(MOST_BARS, "n").index
        rest = rows.drop(shown)
        rows = rows.loc[sorted(shown)]
        note = f" {len(rest)} rarer values ({counted(int(rest['n'].sum()), 'patient')} in all) are not drawn."
    rows = rows.assign(missing=False)
    if chart.n_missing or (chart.missing_chosen and not chart.table["chosen"].all()):
        last = {"value": None, "n": chart.n_missing, "chosen": chart.missing_chosen, "missing": True}
        rows = pd.concat([rows.astype({"value": object}), pd.DataFrame([last])], ignore_index=True)
    rows = rows.reset_index(drop=True)
    share = rows["n"] / max(chart.n, 1)
    names = [
        NOT_RECORDED if missing else str(value) for value, missing in zip(rows["value"], rows["missing"], strict=True)
    ]
    labels = [wrapped(name, 17) for name in names]
    heights = [ROW + LINE * (lines(label) - 1) for label in labels]
    middle = np.cumsum(heights) - np.array(heights) / 2
    figure = theme.figure(
        height=int(sum(heights)) + 14 + LABEL, margin={"l": 8, "r": 84, "t": 4, "b": 6}, dragmode=False
    )
    figure.add_bar(
        x=rows["n"],
        y=middle,
        width=18,
        orientation="h",
        marker={"color": _colours(rows), "line": {"width": 0}},
        text=[f"{n:,} · {percent(part)}" for n, part in zip(rows["n"], share, strict=True)],
        textposition="outside",
        constraintext="none",
        textfont={"size": 12},
        cliponaxis=False,
        customdata=[
            [None if missing else value] for value, missing in zip(rows["value"], rows["missing"], strict=True)
        ],
        hovertext=[f"{theme.literal(name)}: {n:,} of {chart.n:,}" for name, n in zip(names, rows["n"], strict=True)],
        hoverinfo="text",
    )
    figure.update_xaxes(visible=False, fixedrange=True, range=[0, max(rows["n"].max(), 1)])
    figure.update_yaxes(
        tickvals=middle,
        ticktext=labels,
        range=[sum(heights), 0],
        fixedrange=True,
        ticks="",
        showgrid=False,
        showline=False,
    )
    data = pd.DataFrame({"value": names, "n": rows["n"], "share": share, "chosen": rows["chosen"]})
    said = ", ".join(f"{name} {n}" for name, n in zip(names, rows["n"], strict=True))
    return Drawing(
        name=f"chart_{chart.attribute}",
        title=chart.label,
        figure=figure,
        data=data,
        caption=f"n = {chart.n:,}; shares are of all of them.{note}{_own(rows)}",
        alt=f"Bars of {chart.label} among {chart.n} patients: {said}.",
    )


def _numbers(chart: Chart) -> Drawing:
    """A histogram; every bar carries the values it holds, [low, high] with both ends, as `customdata`."""
    table = chart.table
    unit = f" ({chart.unit})" if chart.unit else ""
    rows = pd.DataFrame({"low": table["low"], "high": table["high"], "n": table["n"], "chosen": table["chosen"]})
    rows = rows.assign(missing=False)
    ticks, texts, step = [], [], 1.0
    if len(rows):
        starts = rows["low"].to_numpy(float)
        step = float(starts[1] - starts[0]) if len(starts) > 1 else max(float(rows["high"][0] - starts[0]), 1.0)
        ticks, texts = _ticks(starts, step)
    middle = [low + step / 2 for low in rows["low"]]
    width = [step * 0.94] * len(rows)
    if chart.n_missing:
        last = {"low": np.nan, "high": np.nan, "n": chart.n_missing, "chosen": chart.missing_chosen, "missing": True}
        rows = pd.concat([rows, pd.DataFrame([last])], ignore_index=True)
        middle.append((middle[-1] if middle else 0.0) + 3 * step)
        width.append(2 * step)
        ticks, texts = [*ticks, middle[-1]], [*texts, "not<br>recorded"]
    figure = theme.figure(
        height=190 + LABEL,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        selectdirection="h",
    )
    spans = [
        NOT_RECORDED if gone else f"{low:.6g} to {high:.6g}{' ' + chart.unit if chart.unit else ''}"
        for low, high, gone in zip(rows["low"], rows["high"], rows["missing"], strict=True)
    ]
    figure.add_bar(
        x=middle,
        y=rows["n"],
        width=width,
        marker={"color": _colours(rows), "line": {"width": 0}},
        customdata=[
            [None, None] if gone else [low, high]
            for low, high, gone in zip(rows["low"], rows["high"], rows["missing"], strict=True)
        ],
        hovertext=[f"{span}: {n:,} of {chart.n:,}" for span, n in zip(spans, rows["n"], strict=True)],
        hoverinfo="text",
    )
    figure.update_xaxes(tickvals=ticks, ticktext=texts, fixedrange=True)
    figure.update_yaxes(rangemode="tozero", nticks=4, fixedrange=True, tickformat="d")
    data = rows.drop(columns="missing").assign(value=spans)[["value", "low", "high", "n", "chosen"]]
    return Drawing(
        name=f"chart_{chart.attribute}",
        title=f"{chart.label}{unit}",
        figure=figure,
        data=data,
        caption=f"n = {chart.n:,}, {chart.n_missing:,} of them not recorded.{_own(rows)}",
        alt=f"Histogram of {chart.label}{unit} of {chart.n} patients, {chart.n_missing} of them without a value.",
    )


def _colours(rows: pd.DataFrame) -> list[str]:
    """Solid where the cohort has them; what its filter on this attribute leaves out is pale."""
    return [
        (UNKNOWN if chosen else UNKNOWN_PALE) if missing else (SOLID if chosen else PALE)
        for chosen, missing in zip(rows["chosen"], rows["missing"], strict=True)
    ]


def _own(rows: pd.DataFrame) -> str:
    return "" if rows["chosen"].all() else " Pale bars are left out by the filter on this attribute."


def _ticks(starts: np.ndarray, step: float) -> tuple[list[float], list[str]]:
    """The lower ends of every few bins: enough to read the axis, few enough for a narrow chart."""
    every = max(1, int(np.ceil(len(starts) / 5)))
    chosen = [float(start) for start in starts[::every]]
    shown = [0.0 if abs(start) < step * 1e-9 else start for start in chosen]
    return chosen, [f"{start:.6g}" for start in shown]


@drawings.register
def _(result: Flow) -> tuple[Drawing, ...]:
    """A bar per part of the cohort under its sentence: who is left, and pale who was left out by it."""
    steps = result.steps
    titles = [wrapped(part, 46, 3) for part in steps["part"]]
    heights = [22 + 15 * lines(title) + 18 for title in titles]
    top = np.concatenate([[0], np.cumsum(heights)])
    middle = top[1:] - 20
    figure = theme.figure(
        height=int(top[-1]) + 16 + LABEL,
        margin={"l": 8, "r": 124, "t": 8, "b": 8},
        barmode="stack",
        showlegend=False,
        dragmode=False,
    )
    for column, colour in (("n", SOLID), ("left_out", PALE)):
        figure.add_bar(
            x=steps[column],
            y=middle,
            width=18,
            orientation="h",
            marker={"color": colour, "line": {"width": 0}},
            hoverinfo="skip",
        )
    for title, high, centre, n, left_out in zip(titles, top, middle, steps["n"], steps["left_out"], strict=False):
        gone = f", {left_out:,} left out" if left_out else ""
        figure.add_annotation(
            text=title,
            x=0,
            xref="x",
            y=high + 4,
            yref="y",
            xanchor="left",
            yanchor="top",
            align="left",
            showarrow=False,
        )
        figure.add_annotation(
            text=f"<b>{n:,}</b>{gone}", x=n + left_out, y=centre, xanchor="left", xshift=6, showarrow=False
        )
    figure.update_xaxes(visible=False, fixedrange=True, range=[0, max(result.n_study, 1)])
    figure.update_yaxes(visible=False, fixedrange=True, range=[top[-1], 0])
    said = "; ".join(f"{row.part}: {row.n}" for row in steps.itertuples())
    return (
        Drawing(
            name="patient_flow",
            title="Patient flow",
            figure=figure,
            data=steps,
            caption=f"{result.n:,} of {counted(result.n_study, 'patient')} remain; parts are applied downwards.",
            alt=f"Patients after each part of the cohort: {said}.",
        ),
    )
