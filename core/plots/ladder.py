"""The ladder of models: how well each ranks patients left out, what each step adds, areas over time, calibration."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.ladder import AddedValue
from core.analyses.ladder_words import signed, within
from core.plots import drawings, theme
from core.plots.dots import Dot, DotRow, dots_figure
from core.plots.drawing import Drawing
from core.plots.words import wrapped
from core.survival.ladder import Step
from core.survival.out_of_bag import Estimate
from core.survival.words import p_text
from core.vocabulary import counted

HARRELL, UNO = "Harrell's c", "Uno's c"


@drawings.register
def _(result: AddedValue) -> tuple[Drawing, ...]:
    shown = (_rungs(result), _steps(result), _areas(result), _calibration(result))
    return tuple(each for each in shown if each is not None)


def _counted(result: AddedValue) -> str:
    return f"n = {result.n:,} of {result.n_cohort:,}, {counted(result.n_events, 'event')}"


def _ends(estimate: Estimate) -> tuple[float, float, float]:
    return tuple(np.nan if each is None else each for each in (estimate.value, estimate.lower, estimate.upper))


def _rungs(result: AddedValue) -> Drawing:
    rows, table = [], []
    for rung in result.ladder.rungs:
        head = f"{rung.name} ({counted(rung.n_coefficients, 'coefficient')})"
        if rung.left_out is None or rung.left_out.harrell.value is None:
            why = "not fitted" if rung.state else "too few samples with a fit"
            rows.append(DotRow((head, why), ()))
            continue
        measured = {HARRELL: rung.left_out.harrell, UNO: rung.left_out.uno}
        words = (f"c {within(rung.left_out.harrell)}", f"its own patients {rung.harrell:.3f}")
        rows.append(DotRow((head, *words), tuple(Dot(name, *_ends(each)) for name, each in measured.items())))
        table += [(rung.name, name, *_ends(each)) for name, each in measured.items()]
    return Drawing(
        name="ladder_c",
        title=f"How well each model ranks patients left out: {result.endpoint}",
        figure=dots_figure(rows, "c-index in patients left out", 0.5),
        data=pd.DataFrame(table, columns=["model", "measure", "value", "lower", "upper"]),
        caption=f"{_counted(result)}; the same patients in every model. Mean and 95 % interval over "
        f"{counted(result.ladder.samples, 'bootstrap sample')}, of the patients that the sample left out; Uno's c up "
        f"to {result.ladder.until:.4g} {result.time_unit}. Dotted: 0.5, no better than chance.",
        alt="c-index of each model. " + "; ".join(": ".join(row.words) for row in rows) + ".",
    )


def _steps(result: AddedValue) -> Drawing | None:
    rows, table = [], []
    for step in result.ladder.steps:
        if step.gain is None or step.gain.harrell.value is None:
            continue
        measured = {HARRELL: step.gain.harrell, UNO: step.gain.uno}
        head = f"{step.added} added to {step.below}"
        words = (head, signed(step.gain.harrell), _tested(step))
        rows.append(DotRow(words, tuple(Dot(name, *_ends(each)) for name, each in measured.items())))
        table += [
            (step.name, step.below, name, *_ends(each), step.p, step.p_adjusted) for name, each in measured.items()
        ]
    if not rows:
        return None
    return Drawing(
        name="ladder_gain",
        title="What each block adds in patients left out",
        figure=dots_figure(rows, "Difference in c-index", 0.0, "+.3f"),
        data=pd.DataFrame(
            table, columns=["model", "below", "measure", "difference", "lower", "upper", "lr_p", "lr_p_holm"]
        ),
        caption=f"{_counted(result)}. Differences within each bootstrap sample: mean and 95 % interval; "
        "right of the dotted line the larger model ranks better. LR: likelihood-ratio test, Holm over the steps.",
        alt="Differences in c-index. " + "; ".join(": ".join(row.words) for row in rows) + ".",
    )


def _tested(step: Step) -> str:
    if step.p is None:
        return "no test: chosen by the outcome"
    return f"LR {p_text(step.p)} (Holm {p_text(step.p_adjusted)})"


def _areas(result: AddedValue) -> Drawing | None:
    rungs = [rung for rung in result.ladder.rungs if rung.left_out is not None and rung.left_out.areas]
    if not rungs:
        return None
    rows = []
    figure = theme.figure(height=420, hovermode="closest", margin={"l": 8, "r": 12, "t": 8, "b": 12})
    width = min(np.diff(result.years), default=1.0) * 0.05
    for place, rung in enumerate(rungs):
        colour, symbol, dash = theme.PALETTE[place], theme.SYMBOLS[place], theme.DASHES[place]
        ends = np.array([_ends(each) for each in rung.left_out.areas])
        rows += [(rung.name, year, *end) for year, end in zip(result.years, ends.tolist(), strict=True)]
        figure.add_scatter(
            x=np.array(result.years) + width * (place - (len(rungs) - 1) / 2),
            y=ends[:, 0],
            mode="lines+markers",
            name=theme.literal(rung.name),
            line={"color": colour, "dash": dash, "width": 2},
            marker={"color": colour, "symbol": symbol, "size": 9},
            error_y={
                "array": ends[:, 2] - ends[:, 0],
                "arrayminus": ends[:, 0] - ends[:, 1],
                "color": theme.tint(colour, 0.6),
                "thickness": 1.4,
                "width": 3,
            },
            hovertemplate=f"{theme.literal(rung.name)} %{{y:.2f}}<extra></extra>",
        )
    figure.add_hline(y=0.5, line={"color": theme.NEUTRAL, "dash": "dot", "width": 1})
    table = pd.DataFrame(rows, columns=["model", "years", "area", "lower", "upper"])
    if not table["area"].notna().any():
        return None
    figure.update_layout(
        xaxis={"title": {"text": "Years"}, "tickvals": list(result.years), "fixedrange": True},
        yaxis={"title": {"text": "Area under the ROC curve"}, "fixedrange": True, "tickformat": ".1f"},
    )
    beyond = (
        f" Beyond the follow-up: {', '.join(f'{each:g}' for each in result.beyond)} years." if result.beyond else ""
    )
    return Drawing(
        name="ladder_areas",
        title="Time-dependent area under the ROC curve in patients left out",
        figure=figure,
        data=table,
        caption=f"{_counted(result)}. Events by each time against patients free of it then, weighted for censoring; "
        f"mean and 95 % interval over the bootstrap samples.{beyond}",
        alt="Areas by time. "
        + "; ".join(f"{row.model}, {row.years:g} years: {row.area:.2f}" for row in table.itertuples())
        + ".",
    )


def _calibration(result: AddedValue) -> Drawing | None:
    if not result.calibration:
        return None
    names = list(result.calibration)
    shown = list(dict.fromkeys([names[0], names[-1]]))
    figure = theme.figure(height=440, hovermode="closest", margin={"l": 8, "r": 12, "t": 8, "b": 12})
    rows = []
    for place, name in enumerate(shown):
        groups = result.calibration[name].groups
        colour, symbol = theme.PALETTE[place], theme.SYMBOLS[place]
        rows += [
            (name, number, each.n, each.n_events, each.predicted, each.observed, each.lower, each.upper)
            for number, each in enumerate(groups, 1)
        ]
        figure.add_scatter(
            x=[each.predicted for each in groups],
            y=[each.observed for each in groups],
            mode="markers",
            name=wrapped(name, 40, 1),
            marker={"color": colour, "symbol": symbol, "size": 10},
            error_y={
                "array": [each.upper - each.observed for each in groups],
                "arrayminus": [each.observed - each.lower for each in groups],
                "color": colour,
                "thickness": 1.6,
                "width": 4,
            },
            customdata=[(each.n, each.n_events) for each in groups],
            hovertemplate="predicted %{x:.0%}, observed %{y:.0%}<br>n = %{customdata[0]}, %{customdata[1]} events"
            "<extra></extra>",
        )
    line = {"color": theme.NEUTRAL, "dash": "dot", "width": 1}
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=line, showlegend=False, hoverinfo="skip")
    percent = {"range": [0, 1.02], "tickformat": ".0%", "fixedrange": True}
    figure.update_layout(
        showlegend=True,
        xaxis=percent | {"title": {"text": f"Predicted risk by {result.horizon:g} years"}},
        yaxis=percent | {"title": {"text": "Observed risk"}},
    )
    table = pd.DataFrame(rows, columns=["model", "group", "n", "n_events", "predicted", "observed", "lower", "upper"])
    all_ = result.calibration[names[-1]]
    return Drawing(
        name="ladder_calibration",
        title=f"Predicted against observed risk by {result.horizon:g} years",
        figure=figure,
        data=table,
        caption=f"{_counted(result)}, {all_.n_events:,} of them by then. Each patient's risk comes from the model of "
        f"the other {result.folds - 1} of {result.folds} folds; groups of similar risk, observed by Kaplan-Meier with "
        "95 % intervals. On the dotted line predictions come true.",
        alt="Calibration. "
        + "; ".join(
            f"{row.model}, group {row.group}: predicted {row.predicted:.0%}, observed {row.observed:.0%}"
            for row in table.itertuples()
        )
        + ".",
    )
