"""One feature under two settings: one value against the other, and their difference against their mean."""

from __future__ import annotations

import numpy as np

from core.analyses.feature_pair import FeaturePair
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.families import OTHER, family_colours
from core.plots.words import counted, wrapped

HEIGHT = 400
MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}


@drawings.register
def _(result: FeaturePair) -> tuple[Drawing, ...]:
    return (_scatter(result), _bland_altman(result))


def number(value: float, scale: float = 0.0) -> str:
    """Four significant digits, thousands as such, with a true minus sign; what is nothing beside `scale` is 0."""
    if abs(value) <= 1e-9 * scale:
        return "0"
    return f"{value:{',.0f' if 1e4 <= abs(value) < 1e9 else '.4g'}}".replace("-", "−")


def _unit(result: FeaturePair) -> str:
    return f" ({result.unit})" if result.unit else " (z-score)" if result.scale != "raw" else ""


def _who(result: FeaturePair) -> str:
    lost = (
        f" {counted(result.n_not_both, 'patient')} measured under both settings but without one of the values "
        f"{'is' if result.n_not_both == 1 else 'are'} left out."
        if result.n_not_both
        else ""
    )
    return f"n = {counted(result.n, 'patient')} with both values.{lost}"


def _dots(result: FeaturePair, x: str, y: str) -> dict:
    """A dot per patient with both values under the pointer."""
    first, second = result.settings
    colour = family_colours([result.family])[result.family or OTHER]
    return {
        "x": result.values[x],
        "y": result.values[y],
        "mode": "markers",
        "marker": {"color": theme.tint(colour, 0.7), "size": 8, "line": {"width": 1, "color": colour}},
        "name": "patients",
        "hovertext": [
            f"<b>{theme.literal(row.patient)}</b><br>{theme.literal(first)} {number(row.first)}<br>"
            f"{theme.literal(second)} {number(row.second)}<br>difference {number(row.difference)}"
            for row in result.values.itertuples()
        ],
        "hoverinfo": "text",
    }


def _scatter(result: FeaturePair) -> Drawing:
    """The second setting against the first, with the line on which both are the same."""
    first, second = result.settings
    both = result.values[["first", "second"]].to_numpy()
    low, high = float(both.min()), float(both.max())
    room = 0.05 * (high - low) or abs(high) * 0.1 or 1.0
    ends = [low - room, high + room]
    figure = theme.figure(height=HEIGHT, margin=MARGIN, showlegend=False, dragmode=False)
    figure.add_scatter(
        x=ends, y=ends, mode="lines", line={"color": theme.NEUTRAL, "dash": "dot", "width": 1.5}, hoverinfo="skip"
    )
    figure.add_scatter(**_dots(result, "first", "second"))
    # The range is the same on both axes, so that the dotted line runs from corner to corner.
    figure.update_xaxes(title=wrapped(f"under {first}{_unit(result)}", 46), range=ends, showgrid=True)
    figure.update_yaxes(title=wrapped(f"under {second}{_unit(result)}", 46), range=ends)
    agree = (
        result.note
        or f"CCC {result.ccc:.3f} ({result.ccc_low:.3f} to {result.ccc_high:.3f}), Spearman {result.spearman:.3f}"
    )
    return Drawing(
        name="feature_scatter",
        title=f"{result.label}: {second} against {first}",
        figure=figure,
        data=result.values[["patient", "first", "second"]],
        caption=f"{_who(result)} On the dotted line both values are the same. {_sentence(agree)}{_scaled(result)}",
        alt=f"Scatter plot of {result.label}, {second} against {first}, {result.n} patients. {_sentence(agree)}",
    )


def _bland_altman(result: FeaturePair) -> Drawing:
    """The difference against the mean, with the mean difference and the limits of agreement."""
    first, second = result.settings
    width = result.limit_high - result.limit_low
    figure = theme.figure(height=HEIGHT, margin=MARGIN | {"r": 70}, showlegend=False, dragmode=False)
    figure.add_hline(y=0, line={"color": theme.NEUTRAL, "dash": "dot", "width": 1.5})
    if not result.identical:
        figure.add_hrect(y0=result.limit_low, y1=result.limit_high, fillcolor=theme.tint("#0072B2", 0.08), line_width=0)
        for value, what, dash in (
            (result.limit_high, "upper limit", "dash"),
            (result.bias, "mean", "solid"),
            (result.limit_low, "lower limit", "dash"),
        ):
            figure.add_hline(y=value, line={"color": "#0072B2", "dash": dash, "width": 1.8})
            figure.add_annotation(
                x=1,
                xref="paper",
                y=value,
                xanchor="left",
                xshift=4,
                align="left",
                showarrow=False,
                text=f"{what}<br>{number(value, width)}",
                font={"size": 11},
            )
    figure.add_scatter(**_dots(result, "mean", "difference"))
    spread = np.array([*result.values["difference"], result.limit_low, result.limit_high, 0.0])
    room = 0.08 * (spread.max() - spread.min()) or 1.0
    figure.update_yaxes(
        title=wrapped(f"{second} minus {first}{_unit(result)}", 46), range=[spread.min() - room, spread.max() + room]
    )
    figure.update_xaxes(title=wrapped(f"mean of both{_unit(result)}", 46))
    said = (
        "Every patient has the same value under both, as the shape of one copied contour has: this says nothing of "
        "reproducibility."
        if result.identical
        else f"Mean difference {number(result.bias, width)} (95 % interval {number(result.bias_low)} to "
        f"{number(result.bias_high)}); limits of agreement {number(result.limit_low)} to {number(result.limit_high)}, "
        "between which 95 % of normally distributed differences lie."
    )
    return Drawing(
        name="feature_bland_altman",
        title="Difference against mean (Bland-Altman)",
        figure=figure,
        data=result.values[["patient", "mean", "difference"]],
        caption=f"{_who(result)} {said}",
        alt=f"Bland-Altman plot of {result.label} for {result.n} patients, {second} minus {first}. {said}",
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _scaled(result: FeaturePair) -> str:
    if result.scale == "raw":
        return ""
    return (
        " Values were z-scored before they came here: where that was done per setting, a shift or stretch between the "
        "settings cannot be seen."
    )
