"""A screen as a volcano (how large, how sure, one mark per feature), and the p-values of all its tests together."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses.survival_screen_result import FOLLOWS, MUTATIONS, FeatureScreen
from core.analyses.survival_screen_words import inside
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.network_words import put
from core.plots.p_histogram import p_histogram
from core.plots.survival_screen_names import WIDE, names_to_draw
from core.plots.words import counted, q_text
from core.survival.hazard import Ratio
from core.survival.words import p_text, ratio_text

HEIGHT = 500
#: A ratio this many times farther out than nearly all others stands at the edge instead of flattening them.
FAR, NEARLY_ALL = 2.0, 0.98
#: Ticks that a ratio axis may have, the finest first, and the room that one takes on a phone.
TICKS = (
    (0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.15, 1.2),
    (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.4, 1.6, 2),
    (0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.6, 2, 2.5),
    (0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.4, 2, 3, 5, 10),
    (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100),
    tuple(10.0**power for power in range(-12, 13, 2)),
)
TICK_ROOM = 26
#: p below this is drawn there: smaller ones are no longer told apart by a computer.
SMALLEST = 1e-300
#: Tests from which their p-values make a histogram, and its bars.
ENOUGH, BARS = 60, 20
#: Signs in a line under the pointer: a phone shows about so many.
LINE = 46
SIGN = {"higher": "triangle-up", "lower": "triangle-down"}


@drawings.register
def _(result: FeatureScreen) -> tuple[Drawing, ...]:
    if not result.n_tests:
        return ()
    return (_volcano(result), *((_histogram(result),) if result.n_tests >= ENOUGH else ()))


@dataclass(frozen=True)
class _Scale:
    """Where things stand: x is the decadic logarithm of the ratio, up to `edge`; y that of 1/p, up to `top`."""

    edge: float
    top: float
    line: float

    @classmethod
    def of(cls, result: FeatureScreen, x: np.ndarray, y: np.ndarray) -> _Scale:
        far = np.abs(x)
        edge = max(min(far.max(), FAR * np.quantile(far, NEARLY_ALL)), np.log10(1.15))
        # Benjamini-Hochberg draws its line at rank * q / tests; where none is below it, at what the first has to reach.
        line = -np.log10(max(int(result.table["found"].sum()), 1) * result.q / result.n_tests)
        return cls(edge, max(y.max(), line, 1.0), line)


def _volcano(result: FeatureScreen) -> Drawing:
    points = result.table[result.table["hazard_ratio"].notna()].reset_index(drop=True)
    x = np.log10(points["hazard_ratio"].to_numpy())
    y = -np.log10(np.maximum(points["lr_p"].to_numpy(), SMALLEST))
    scale = _Scale.of(result, x, y)
    points = points.assign(x=np.clip(x, -scale.edge, scale.edge), y=y)
    figure = theme.figure(height=HEIGHT, margin={"l": 56, "r": 12, "t": 8, "b": 48}, hovermode="closest")
    for name, some, marker in _kinds(result, points):
        # The first stands on top, and a copy under what it repeats.
        some = some[::-1].sort_values("copy_of", ascending=False, key=lambda names: names != "", kind="stable")
        figure.add_scatter(
            x=some["x"],
            y=some["y"],
            mode="markers",
            marker={"opacity": 1.0} | marker,
            unselected=theme.UNSELECTED,
            name=f"{name} ({len(some):,})",
            customdata=[[feature] for feature in some["feature"]],
            hovertext=[_hover(result, row) for row in some.itertuples()],
            hoverinfo="text",
        )
    _lines(figure, result, scale)
    _names(figure, result, points, scale)
    outside = int((np.abs(x) > scale.edge + 1e-12).sum())
    return Drawing(
        name="survival_screen_volcano",
        title=f"Each {result.noun} against {inside(result.endpoint)}",
        figure=figure,
        data=points.drop(columns=["x", "y", "definition"]),
        caption=_caption(result, outside),
        alt=_alt(result),
    )


def _kinds(result: FeatureScreen, points: pd.DataFrame):
    """What looks alike: name, rows, marker. What is found has colour and direction, hollow if it follows the volume."""
    found = points["found"]
    yield (
        f"q ≥ {result.q:g}",
        points[~found],
        {"color": theme.tint(theme.NEUTRAL, 0.55), "size": 6, "symbol": "circle", "line": {"width": 0}},
    )
    follows = points["rho_volume"].abs() >= FOLLOWS
    for direction, side in (("higher", points["coefficient"] > 0), ("lower", points["coefficient"] <= 0)):
        colour = theme.DIRECTION[direction]
        for name, rows, ending in (
            (f"{direction} hazard", ~follows, ""),
            (f"{direction}, follows the volume", follows, "-open"),
        ):
            some = points[found & side & rows]
            if len(some):
                line = {"width": 1.5 if ending else 0, "color": colour}
                yield name, some, {"color": colour, "size": 9, "symbol": SIGN[direction] + ending, "line": line}


def _lines(figure, result: FeatureScreen, scale: _Scale) -> None:
    """The threshold, no effect, and the axes."""
    width, height = 1.08 * scale.edge, 1.1 * scale.top
    dash = {"color": theme.NEUTRAL, "width": 1, "dash": "dash"}
    figure.add_shape(type="line", x0=-width, x1=width, y0=scale.line, y1=scale.line, line=dash, layer="below")
    dot = {"color": theme.NEUTRAL, "width": 1, "dash": "dot"}
    figure.add_shape(type="line", x0=0, x1=0, y0=0, y1=height, line=dot, layer="below")
    figure.add_annotation(
        x=width,
        y=scale.line,
        text=f"q = {result.q:g}",
        xanchor="right",
        yanchor="bottom",
        showarrow=False,
        font={"size": 11},
        borderpad=1,
    )
    ticks = _ticks(width)
    figure.update_xaxes(
        range=[-width, width],
        tickvals=[float(np.log10(tick)) for tick in ticks],
        ticktext=[f"{tick:g}" for tick in ticks],
        title_text=_x_title(result),
    )
    powers = _powers(height)
    figure.update_yaxes(
        range=[-0.02 * height, height],
        tickvals=powers,
        ticktext=[
            "1" if power == 0 else f"{10.0**-power:g}" if power < 4 else f"10<sup>−{power}</sup>" for power in powers
        ],
        title_text="p (likelihood ratio)",
    )


def _ticks(width: float) -> list[float]:
    """The finest ticks within `width` decades on either side of 1 that a phone has room for."""
    for ticks in TICKS:
        shown = [tick for tick in ticks if abs(np.log10(tick)) <= width]
        gaps = np.diff(np.log10(shown)) * WIDE / (2 * width)
        if len(gaps) and gaps.min() >= TICK_ROOM:
            return shown
    return [1.0]


def _x_title(result: FeatureScreen) -> str:
    if result.over == MUTATIONS:
        return "Hazard ratio, mutated / wild type (log scale)"
    return "Hazard ratio per SD (log scale)"


def _powers(height: float) -> list[int]:
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100) if height / step <= 6)
    return list(range(0, int(height) + 1, step))


def _names(figure, result: FeatureScreen, points: pd.DataFrame, scale: _Scale) -> None:
    """The first few by name, where there is room even on a phone."""
    frame = (-1.08 * scale.edge, 1.08 * scale.edge, -0.022 * scale.top, 1.1 * scale.top)
    for name in names_to_draw(points, frame, scale.line, few=not result.n_found):
        put(figure, name)


def _hover(result: FeatureScreen, row) -> str:
    """What the feature is, and everything that its model says."""
    kind = " · ".join(each for each in (row.family, f"IBSI {row.ibsi}" * bool(row.ibsi)) if each)
    ratio = ratio_text(Ratio(row.hazard_ratio, row.lower, row.upper, row.wald_p, 1.0))
    lines = [
        f"<b>{_broken(row.feature)}</b>",
        theme.literal(kind),
        f"<i>{_broken(row.definition)}</i>" if row.definition else "",
        ratio,
        f"{p_text(row.lr_p)}, {q_text(row.q)}",
        f"n = {row.n:,}, {row.n_events:,} events",
        f"{row.n_mutated:,} mutated, {row.n_mutated_events:,} events among them" if result.over == MUTATIONS else "",
        f"Spearman with the volume {row.rho_volume:.2f}".replace("-", "−") if row.rho_volume == row.rho_volume else "",
        f"the same as {_broken(row.copy_of)}" if row.copy_of else "",
        _broken(row.caution) if row.caution else "",
    ]
    return "<br>".join(line for line in lines if line)


def _broken(text: str) -> str:
    return "<br>".join(theme.literal(line) for line in textwrap.wrap(str(text), LINE)) or " "


def _caption(result: FeatureScreen, outside: int) -> str:
    without = result.n_not_estimable + result.n_not_tested
    said = [
        f"{counted(result.n_tests, 'Cox model')} ({result.ties} ties), "
        + (f"adjusted for {', '.join(result.adjust)}" if result.adjust else "unadjusted")
        + (f", stratified by {result.strata}" if result.n_strata > 1 else ""),
        f"n = {result.n:,} of {result.n_cohort:,}, {result.n_events:,} events",
        f"p by likelihood ratio; above the dashed line q < {result.q:g} (Benjamini-Hochberg over all of them)",
    ]
    if without:
        said.append(f"{counted(without, result.noun)} without a number not drawn")
    if outside:
        said.append(f"{counted(outside, 'ratio')} beyond the axis at its edge")
    return f"{'; '.join(said)}."


def _alt(result: FeatureScreen) -> str:
    hits = result.table[result.table["found"]].head(5)
    told = "; ".join(
        f"{row.feature}: hazard ratio {row.hazard_ratio:.2f}, {q_text(row.q)}" for row in hits.itertuples()
    )
    return (
        f"Volcano plot of {result.n_tests:,} tests, hazard ratio against p. Below q = {result.q:g}: "
        f"{int(result.table['found'].sum()):,}. {told or 'None stands out'}."
    )


def _histogram(result: FeatureScreen) -> Drawing:
    return p_histogram(
        result.table["lr_p"].dropna().to_numpy(),
        name="survival_screen_p_values",
        of=f"{result.noun.split()[-1]}s",
        nothing=f"nothing went with {inside(result.endpoint)}",
        related="Related features",
    )
