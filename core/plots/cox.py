"""A model of several covariates: its forest, its curves, and the ridge fit's ratios, penalty and path."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.cox_modelled import Modelled
from core.analyses.cox_tables import REFERENCE, ratio_rows
from core.plots import drawings, theme
from core.plots.cox_residuals import residuals
from core.plots.drawing import Drawing
from core.plots.forest import Mark, Row, forest_figure
from core.plots.words import wrapped
from core.survival.covariates import TIMES
from core.survival.cox_result import CoxTerm, SplineCurve
from core.survival.hazard import Ratio
from core.survival.words import CLAIMED, p_text, ratio_text

#: Bars of the values under a curve.
BINS = 24
#: Lines of a path that are named; the others are grey.
NAMED = 8
CURVES = (0.2, 0.5, 1, 2, 5, 10, 20, 50)


@drawings.register
def _(result: Modelled) -> tuple[Drawing, ...]:
    if result.ridge is not None:
        return (_forest(result), _choice(result), _path(result))
    return (_forest(result), *_curves(result), *residuals(result))


# ------------------------------------------------------------------------------------------------- forest


def _forest(result: Modelled) -> Drawing:
    rows = ratio_rows(result)
    shown, said = [], []
    terms = {term.term: term for term in (result.cox or result.ridge).terms}
    for name, group in rows.groupby("term", sort=False):
        shown.append(Row((_heading(terms[name], result),), bold=True))
        for row in group.itertuples():
            words = _words(row)
            alone = row.ratio_alone == row.ratio_alone and row.kind != REFERENCE
            marks = [Mark(row.ratio, row.lower, row.upper)]
            marks += [Mark(row.ratio_alone, row.lower_alone, row.upper_alone, hollow=True)] if alone else []
            shown.append(Row(words, tuple(marks)))
            said.append(f"{name}, {': '.join(words)}")
    return Drawing(
        name="cox_forest",
        title=f"{'Shrunken hazard ratios' if result.ridge else 'Hazard ratios'}: {result.endpoint}",
        figure=forest_figure(shown),
        data=rows,
        caption=_caption(result, rows),
        alt=f"Forest of hazard ratios. {'; '.join(said)}.",
    )


def _heading(term, result: Modelled) -> str:
    name = term.term.replace(TIMES, " × ")
    if not isinstance(term, CoxTerm) or term.lr_p is None:
        return name
    what = "interaction, " if TIMES in term.term and len(term.parts) > 1 else ""
    return f"{name} ({what}{p_text(term.lr_p)}, {term.dof} df)"


def _words(row) -> tuple[str, ...]:
    head = f"{row.level} (n = {row.n:,}, {row.n_events:,} events)"
    if row.kind == REFERENCE:
        return head, "1 (reference)"
    if row.lower != row.lower:
        return head, f"shrunken HR {row.ratio:.3g}"
    p = "" if row.p != row.p else f", {p_text(row.p)}"
    said = f"{ratio_text(row)}{p}"
    if row.ratio_alone != row.ratio_alone:
        return head, said
    alone = ratio_text(Ratio(row.ratio_alone, row.lower_alone, row.upper_alone, row.p_alone, np.nan), "alone HR")
    return head, said, alone if row.p_alone != row.p_alone else f"{alone}, {p_text(row.p_alone)}"


def _caption(result: Modelled, rows: pd.DataFrame) -> str:
    model = result.cox or result.ridge
    counted = f"n = {model.n:,} of {result.n_cohort:,}, {model.n_events:,} events"
    strata = f", within {model.n_strata} strata of {result.strata}" if result.strata else ""
    if result.ridge is not None:
        return (
            f"Ridge-penalised Cox regression ({model.ties} ties){strata}, penalty {model.penalty:.3g}; {counted}. "
            f"{model.no_interval}"
        )
    alone = rows["ratio_alone"].notna().any()
    marks = " Squares: adjusted for all the others; circles: the covariate alone on the same patients." if alone else ""
    return (
        f"Cox regression ({model.ties} ties){strata}, 95 % Wald intervals; an arrow: the interval goes on. "
        f"p at a covariate: likelihood-ratio test. {counted}.{marks} A ratio is an average over time where hazards are "
        "not proportional."
    )


# ------------------------------------------------------------------------------------------------- curves


def _curves(result: Modelled) -> tuple[Drawing, ...]:
    return tuple(_curve(result, each, place) for place, each in enumerate(result.cox.curves, 1))


def _curve(result: Modelled, curve: SplineCurve, place: int) -> Drawing:
    table, unit = curve.table, result.units.get(curve.term, "")
    figure = theme.figure(height=400, showlegend=False, hovermode="x unified")
    colour = theme.PALETTE[0]
    figure.add_scatter(
        x=[*table["value"], *table["value"][::-1]],
        y=[*table["upper"], *table["lower"][::-1]],
        fill="toself",
        fillcolor=theme.tint(colour, 0.18),
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=table["value"],
        y=table["ratio"],
        mode="lines",
        line={"color": colour, "width": 2.4},
        hovertemplate="HR %{y:.3g}<extra></extra>",
    )
    low, high = table["value"].iloc[0], table["value"].iloc[-1]
    inside = curve.values[(curve.values >= low) & (curve.values <= high)]
    counts, edges = np.histogram(inside, BINS, (low, high))
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        yaxis="y2",
        marker={"color": theme.tint(theme.NEUTRAL, 0.55), "line": {"width": 0}},
        hovertemplate="%{y} patients<extra></extra>",
    )
    figure.add_hline(y=1, line={"color": theme.NEUTRAL, "dash": "dot", "width": 1})
    figure.add_vline(x=curve.reference, line={"color": theme.NEUTRAL, "dash": "dot", "width": 1})
    bottom, top = max(table["lower"].min(), 0.05), min(table["upper"].max(), 50)
    figure.update_layout(
        xaxis={"title": {"text": wrapped(f"{curve.term} ({unit})" if unit else curve.term, 44)}, "anchor": "y2"},
        yaxis={
            "type": "log",
            "range": [np.log10(min(bottom, 0.8)) - 0.03, np.log10(max(top, 1.25)) + 0.03],
            "domain": [0.2, 1],
            "title": {"text": "Hazard ratio"},
            **_ticks(min(bottom, 0.8), max(top, 1.25)),
        },
        yaxis2={"domain": [0, 0.16], "anchor": "x", "title": {"text": "n"}, "nticks": 3, "showgrid": False},
    )
    term = next(each for each in result.cox.terms if each.term == curve.term)
    knots = ", ".join(f"{knot:.3g}" for knot in curve.knots)
    bend = "bends" if curve.nonlinear_p < CLAIMED else "is not shown to bend"
    return Drawing(
        name=f"cox_curve_{place}",
        title=f"Hazard ratio over {curve.term}",
        figure=figure,
        data=table,
        caption=f"Against the median, {curve.reference:.4g}{f' {unit}' if unit else ''} (dotted), adjusted for the "
        f"other covariates; 95 % band at each value by itself; 5th to 95th percentile of {len(curve.values):,} "
        f"patients, whose values are below. Restricted cubic spline with knots at {knots}. "
        f"The curve {bend}, {p_text(curve.nonlinear_p)} on {curve.nonlinear_dof} df; as a whole {p_text(term.lr_p)}; "
        f"n = {result.n:,}, {result.n_events:,} events.",
        alt=f"Curve of the hazard ratio over {curve.term}, from {table['ratio'].iloc[0]:.2f} at {low:.3g} over 1 at "
        f"{curve.reference:.3g} to {table['ratio'].iloc[-1]:.2f} at {high:.3g}; it {bend}.",
    )


def _ticks(low: float, high: float) -> dict:
    shown = [tick for tick in (0.05, 0.1, *CURVES) if low * 0.95 <= tick <= high * 1.05]
    return {"tickvals": shown, "ticktext": [f"{tick:g}" for tick in shown]}


# ------------------------------------------------------------------------------------------------- ridge


def _choice(result: Modelled) -> Drawing:
    """The cross-validated likelihood over the penalties, against that without any covariate."""
    model = result.ridge
    gain = model.curve["cross_validated"] - model.null
    figure = theme.figure(height=340, showlegend=False)
    figure.add_scatter(
        x=model.curve["penalty"],
        y=gain,
        mode="lines+markers",
        line={"color": theme.PALETTE[0]},
        customdata=model.curve["dof"],
        hovertemplate="penalty %{x:.3g}, gain %{y:.3g}, %{customdata:.1f} df<extra></extra>",
    )
    figure.add_hline(y=0, line={"color": theme.NEUTRAL, "dash": "dot", "width": 1})
    figure.add_vline(x=model.penalty, line={"color": theme.PALETTE[1], "dash": "dash", "width": 1.4})
    figure.update_xaxes(type="log", title_text="Penalty (log scale; right: more shrinkage)", exponentformat="none")
    figure.update_yaxes(title_text="Log likelihood gained")
    best = float(gain.max())
    return Drawing(
        name="cox_ridge_penalty",
        title="Which penalty predicts best",
        figure=figure,
        data=model.curve.assign(gain=gain),
        caption=f"Cross-validated log partial likelihood ({model.folds} folds, seed {model.seed}) less that without "
        f"covariates, which is 0. Chosen (dashed): {model.penalty:.3g}, which gains {best:.3g} with {model.dof:.1f} "
        f"effective degrees of freedom. The penalty is on half the squared log hazard ratios per standard deviation.",
        alt=f"Curve of the cross-validated likelihood over penalties from {model.curve['penalty'].iloc[0]:g} to "
        f"{model.curve['penalty'].iloc[-1]:g}; highest at {model.penalty:.3g}.",
    )


def _path(result: Modelled) -> Drawing:
    """How each coefficient shrinks as the penalty grows."""
    model = result.ridge
    figure = theme.figure(height=420)
    lines = dict(list(model.path.groupby(["term", "level"], sort=False)))
    last = {key: abs(part["coefficient"].iloc[0]) for key, part in lines.items()}
    named = sorted(last, key=lambda key: -last[key])[:NAMED]
    colours = theme.colours(named)
    for key in sorted(lines, key=lambda key: key in named):
        part, name = lines[key], wrapped(": ".join(filter(None, key)), 30, 1)
        figure.add_scatter(
            x=part["penalty"],
            y=part["coefficient"],
            mode="lines",
            name=name,
            showlegend=key in named,
            line={"color": colours.get(key, theme.GREY), "width": 2 if key in named else 1.2},
            hovertemplate=f"{name}<br>%{{y:.3g}} at penalty %{{x:.3g}}<extra></extra>",
        )
    figure.add_vline(x=model.penalty, line={"color": theme.NEUTRAL, "dash": "dash", "width": 1.4})
    figure.update_xaxes(type="log", title_text="Penalty (log scale; right: more shrinkage)", exponentformat="none")
    figure.update_yaxes(title_text="Log hazard ratio per SD")
    more = f" The {len(named)} with the largest are named." if len(lines) > len(named) else ""
    return Drawing(
        name="cox_ridge_path",
        title="How the ratios shrink",
        figure=figure,
        data=model.path,
        caption="Log hazard ratio per standard deviation of each column of the model; dashed: the penalty chosen."
        f"{more} n = {model.n:,}, {model.n_events:,} events.",
        alt=f"Lines of {len(lines)} coefficients that go to zero as the penalty grows.",
    )
