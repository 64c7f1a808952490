"""A screen of features and genes: the most telling ones, every pair in a volcano, and all p-values together."""

from __future__ import annotations

import numpy as np

from core.analyses.radiogenomic_result import MUTATIONS, GeneScreen
from core.analyses.radiogenomic_words import patients, tried
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.gene_heat_map import heat_map, pair_cells, pair_hover
from core.plots.p_histogram import p_histogram
from core.plots.words import wrapped
from core.radiogenomics.telling import thinned

#: Tests from which their p-values make a histogram, and its bars.
ENOUGH, BARS = 60, 20
#: p below this is drawn there: smaller ones are no longer told apart by a computer.
SMALLEST = 1e-300
#: Cells, across and up, of the grid in which one pair that was not found is drawn each.
ACROSS, UP = 64, 40
#: From so many pairs found on the browser draws them on its graphics processor, and beyond these without names.
MANY, NAMED = 3_000, 20_000


@drawings.register
def _(result: GeneScreen) -> tuple[Drawing, ...]:
    histogram = (_histogram(result),) if result.n_tests >= ENOUGH else ()
    return (heat_map(result), _volcano(result), *histogram)


def _volcano(result: GeneScreen) -> Drawing:
    """Effect against p: all pairs found, and of the others enough to show where they are."""
    screen = result.screen
    row, column = np.nonzero(~np.isnan(screen.p))
    effect, p, q = screen.effect[row, column], screen.p[row, column], screen.q[row, column]
    y = -np.log10(np.maximum(p, SMALLEST))
    called = q < result.q
    rest = np.flatnonzero(~called)
    rest = rest[thinned(effect[rest], y[rest], ACROSS, UP)]
    figure = theme.figure(height=460, margin={"l": 56, "r": 12, "t": 8, "b": 48}, hovermode="closest")
    n_rest = int((~called).sum())
    name = f"q ≥ {result.q:g} ({len(rest):,}{f' of {n_rest:,} drawn' if n_rest > len(rest) else ''})"
    kinds = [(name, rest, {"color": theme.tint(theme.NEUTRAL, 0.5), "size": 5})]
    names = ("higher in mutated", "lower in mutated") if result.over == MUTATIONS else ("rise together", "one falls")
    for name, side, colour in zip(names, (effect > 0, effect <= 0), theme.DIRECTION.values(), strict=True):
        some = np.flatnonzero(called & side)
        kinds.append((f"{name} ({len(some):,})", some, {"color": colour, "size": 6}))
    for name, some, marker in kinds:
        if len(some):
            some = some[np.argsort(-p[some], kind="stable")]  # the strongest on top
            _marks(figure, result, row[some], column[some], (effect[some], y[some]), name, marker)
    shown = np.concatenate([some for _, some, _ in kinds])
    _axes(figure, result, effect, y)
    table = pair_cells(result, row[shown], column[shown]).sort_values("p", kind="stable")
    thin = (
        f" Of the {n_rest:,} others one is drawn per cell of a grid of {ACROSS} by {UP}, that of the smallest p."
        if n_rest > len(rest)
        else ""
    )
    all_found = f"all {result.n_found:,} are drawn" if result.n_found else "there are none"
    unnamed = f" The strongest {NAMED:,} of a colour say what they are." if result.n_found > NAMED else ""
    return Drawing(
        name="gene_screen_volcano",
        title="Every pair, by effect and p",
        figure=figure,
        data=table,
        caption=(
            f"{tried(result)}, n = {patients(result)} per pair; above the dashed line q < {result.q:g} "
            f"(Benjamini-Hochberg over all of them): {all_found}.{thin}{unnamed}"
        ),
        alt=(
            f"Volcano plot of {result.n_tests:,} tests, {screen.effect_name} against p: {result.n_found:,} below "
            f"q = {result.q:g}."
        ),
    )


def _marks(figure, result: GeneScreen, row: np.ndarray, column: np.ndarray, at: tuple, name: str, marker: dict) -> None:
    """The marks of one kind; of very many only the strongest, which come last, say what they are."""
    add = figure.add_scattergl if len(row) > MANY else figure.add_scatter
    marker = {"opacity": 1.0, "line": {"width": 0}} | marker
    hidden = max(0, len(row) - NAMED)
    how = {"mode": "markers", "marker": marker, "unselected": theme.UNSELECTED}
    if hidden:
        add(x=at[0][:hidden], y=at[1][:hidden], hoverinfo="skip", showlegend=False, **how)
    cells = pair_cells(result, row[hidden:], column[hidden:])
    add(
        x=at[0][hidden:],
        y=at[1][hidden:],
        name=name,
        customdata=cells[["feature", "gene"]].to_numpy(),
        hovertext=[pair_hover(result, each) for each in cells.itertuples()],
        hoverinfo="text",
        **how,
    )


def _axes(figure, result: GeneScreen, effect: np.ndarray, y: np.ndarray) -> None:
    """The threshold, no effect, and the axes."""
    # Benjamini-Hochberg draws its line at rank * q / tests; where none is below it, at what the first has to reach.
    line = -np.log10(max(result.n_found, 1) * result.q / result.n_tests)
    width, height = 1.08 * np.abs(effect).max(initial=0.05), 1.1 * max(y.max(initial=0.0), line, 1.0)
    dash = {"color": theme.NEUTRAL, "width": 1, "dash": "dash"}
    figure.add_shape(type="line", x0=-width, x1=width, y0=line, y1=line, line=dash, layer="below")
    figure.add_annotation(
        x=width,
        y=line,
        text=f"q = {result.q:g}",
        xanchor="right",
        yanchor="bottom",
        showarrow=False,
        font={"size": 11},
        borderpad=1,
    )
    figure.update_xaxes(range=[-width, width], title_text=wrapped(result.screen.effect_name, 40))
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100) if height / step <= 6)
    powers = list(range(0, int(height) + 1, step))
    text = ["1" if power == 0 else f"{10.0**-power:g}" if power < 4 else f"10<sup>−{power}</sup>" for power in powers]
    figure.update_yaxes(range=[-0.02 * height, height], tickvals=powers, ticktext=text, title_text="p")


def _histogram(result: GeneScreen) -> Drawing:
    p = result.screen.p
    return p_histogram(
        p[~np.isnan(p)],
        name="gene_screen_p_values",
        of="pairs",
        nothing="no feature went with any gene",
        related="Related features, and related genes,",
    )
