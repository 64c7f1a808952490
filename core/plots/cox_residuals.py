"""How the effect of each term of a Cox model moves with time: scaled residuals and their smooth, a panel per term."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.cox_modelled import Modelled
from core.plots import theme
from core.plots.drawing import Drawing
from core.plots.words import wrapped
from core.survival.covariates import TIMES
from core.survival.proportional import Residuals
from core.survival.words import DOUBTFUL, p_text

#: Pixels of a panel, and of the axis of time under the last.
PANEL, FOOT = 190, 60
#: Of the residuals this share in the middle decides how far the axis reaches, beside the whole band.
MIDDLE = 0.96


def residuals(result: Modelled) -> tuple[Drawing, ...]:
    """One drawing of all terms; none when no event has a residual."""
    model = result.cox
    found = {name: each for name, each in model.residuals.items() if each.table["residual"].notna().any()}
    if not found:
        return ()
    height = PANEL * len(found) + FOOT
    figure = theme.subplots(rows=len(found), cols=1, shared_xaxes=True, vertical_spacing=min(0.1, 44 / height))
    sds = {row.term: row.sd for row in model.rows if row.sd is not None}
    tests = {term.term: term for term in model.terms}
    frames, outside = [], 0
    for place, (name, each) in enumerate(found.items(), 1):
        scale = sds.get(name) or 1.0
        outside += _panel(figure, each, scale, place)
        term = tests[name]
        p = "not testable" if term.ph_p is None else p_text(term.ph_p)
        figure.add_annotation(
            text=f"<b>{wrapped(name.replace(TIMES, ' × '), 34, 1)}</b> {theme.literal(p)}",
            x=0,
            xref="x domain",
            xanchor="left",
            y=1,
            yref="paper" if place == 1 else f"y{place} domain",  # the topmost is known to be above all plots
            yanchor="bottom",
            showarrow=False,
        )
        smooth = each.smooth.assign(kind="smooth")
        table = each.table.rename(columns={"residual": "value"}).assign(kind="residual")
        part = pd.concat([table, smooth], ignore_index=True)
        frames.append(
            part.assign(term=name, **{column: part[column] * scale for column in ("value", "lower", "upper")})
        )
    _time_axis(figure, next(iter(found.values())).table, result, len(found))
    figure.update_layout(height=height, showlegend=False, margin={"t": 52, "b": 48}, hovermode="closest")
    doubtful = [term.term for term in model.terms if term.ph_p is not None and term.ph_p < DOUBTFUL]
    overall = "" if model.ph_global_p is None else f" All terms together: {p_text(model.ph_global_p)}."
    hidden = f" {outside} residuals lie outside the frames." if outside else ""
    return (
        Drawing(
            name="cox_residuals",
            title="Do effects change over time?",
            figure=figure,
            data=pd.concat(frames, ignore_index=True)[["term", "kind", "time", "moment", "value", "lower", "upper"]],
            caption="A point per event: scaled Schoenfeld residual plus coefficient. Of a number: log hazard ratio per "
            "standard deviation; of a category or curve: the factor on its log hazard ratios. Line: natural cubic "
            "spline (4 df) with 95 % band; dotted: what the model assumes, the same at all times. Time is spaced by "
            f"the fall of the Kaplan-Meier curve. p: {model.proportionality}.{overall} n = {model.n:,}, "
            f"{model.n_events:,} events.{hidden}",
            alt="Residuals over time, a panel per term. "
            + (f"A change over time is shown for {', '.join(doubtful)}." if doubtful else "No change is shown."),
        ),
    )


def _panel(figure, each: Residuals, scale: float, place: int) -> int:
    """Draw one term; gives how many residuals its frame does not show."""
    table, smooth = each.table.dropna(subset=["residual"]), each.smooth
    values = table["residual"] * scale
    figure.add_scatter(
        x=table["moment"],
        y=values,
        mode="markers",
        marker={"size": 4, "color": theme.tint(theme.NEUTRAL, 0.55)},
        customdata=table["time"],
        hovertemplate="%{y:.3g} at %{customdata:.4g}<extra></extra>",
        row=place,
        col=1,
    )
    if len(smooth):
        colour = theme.PALETTE[0]
        figure.add_scatter(
            x=[*smooth["moment"], *smooth["moment"][::-1]],
            y=[*(smooth["upper"] * scale), *(smooth["lower"] * scale)[::-1]],
            fill="toself",
            fillcolor=theme.tint(colour, 0.18),
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            row=place,
            col=1,
        )
        figure.add_scatter(
            x=smooth["moment"],
            y=smooth["value"] * scale,
            mode="lines",
            line={"color": colour, "width": 2.2},
            hoverinfo="skip",
            row=place,
            col=1,
        )
    figure.add_hline(
        y=each.constant * scale, line={"color": theme.NEUTRAL, "dash": "dot", "width": 1.4}, row=place, col=1
    )
    low, high = np.quantile(values, [(1 - MIDDLE) / 2, (1 + MIDDLE) / 2])
    if len(smooth):
        low, high = min(low, smooth["lower"].min() * scale), max(high, smooth["upper"].max() * scale)
    pad = 0.05 * (high - low) or 0.1
    figure.update_yaxes(range=[low - pad, high + pad], nticks=5, row=place, col=1)
    return int(((values < low - pad) | (values > high + pad)).sum())


def _time_axis(figure, table: pd.DataFrame, result: Modelled, rows: int) -> None:
    """Times under an axis on which equal lengths are equal falls of the Kaplan-Meier curve."""
    first = table.drop_duplicates("moment")
    places = np.linspace(table["moment"].min(), table["moment"].max(), 7)
    times = np.interp(places, first["moment"], first["time"])
    since = f" since {result.origin}" if result.origin else ""
    figure.update_xaxes(
        tickvals=places, ticktext=[f"{time:.0f}" if time >= 10 else f"{time:.2g}" for time in times], row=rows, col=1
    )
    figure.update_xaxes(title_text=theme.literal(f"Time{since} ({result.time_unit})"), row=rows, col=1)
