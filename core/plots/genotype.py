"""Features against a genotype: areas as a forest, every test at once, and average areas as published."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.analyses.genotype_choices import CORRECTED
from core.analyses.genotype_found import GenotypeFound, direction, where_text
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.words import counted, q_text, wrapped
from core.survival.words import p_text

#: Rows of a forest, the first ones of the table; pixels of a line of words and of the marks under it.
ROWS, LINE, MARK = 12, 17, 26
#: Pixels from a square to the ring under it.
BELOW = 9
#: p below this is drawn there.
SMALLEST = 1e-300
HEIGHT = 420


@drawings.register
def _(result: GenotypeFound) -> tuple[Drawing, ...]:
    if not result.table["auc"].notna().any():
        return ()
    if result.mode != CORRECTED:
        return (_published(result),)
    return (_forest(result), _every_test(result))


# ------------------------------------------------------------------------------------------------- forest


def _forest(result: GenotypeFound) -> Drawing:
    rows = result.table[result.table["auc"].notna()].head(ROWS)
    figure = _rows_figure([_name(row) for row in rows.itertuples()])
    _half(figure, len(rows))
    for place, row in enumerate(rows.itertuples()):
        colour = theme.DIRECTION["higher" if row.auc > 0.5 else "lower"] if row.found else theme.NEUTRAL
        y, hover = _middle(place), _hover(result, row)
        if row.lower == row.lower:
            _line(figure, (row.lower, row.upper), y, colour)
        _dot(figure, row.auc, y, colour, "square", hover)
        if row.held_out == row.held_out:
            # Left-out patients are ranked rightly above 0.5; it stands on the side of the feature.
            ring = row.held_out if row.auc > 0.5 else 1 - row.held_out
            _dot(figure, ring, y + BELOW, colour, "circle-open", f"area in left-out patients {row.held_out:.2f}")
    _axis(figure, [*rows["lower"], *rows["upper"], *rows["auc"]], len(rows))
    positive = result.genotype.positive
    figure.update_xaxes(title_text=f"Area under the curve (right of 0.5: higher in {wrapped(positive, 24, 1)})")
    more = f" The first {len(rows)} of {result.n_tests:,}." if result.n_tests > len(rows) else ""
    rings = "" if result.no_held_out else " Rings: the model in left-out patients, without interval."
    return Drawing(
        name="genotype_areas",
        title=f"{result.noun.capitalize()}s against {result.genotype.name}",
        figure=figure,
        data=rows,
        caption=(
            f"Squares: area of the feature, DeLong's 95 % interval; coloured where q < {result.q:g} "
            f"(Benjamini-Hochberg over {counted(result.n_tests, 'test')}).{rings} n = {result.n:,} of "
            f"{result.n_cohort:,}, {result.n_carriers:,} {positive}.{more}"
        ),
        alt=f"Areas under the curve against {result.genotype.name}, the smallest p first: "
        + "; ".join(f"{_name(row)}: {row.auc:.2f}" for row in rows.head(5).itertuples())
        + f". {result.n_found:,} of {result.n_tests:,} have q below {result.q:g}.",
    )


def _name(row) -> str:
    q = f", {q_text(row.q)}" if row.q == row.q else ""
    return f"{where_text(row.label, row.where)}{q}"


def _hover(result: GenotypeFound, row) -> str:
    ratio = "" if row.odds_ratio != row.odds_ratio else _ratio(result, row)
    told = [
        f"<b>{wrapped(where_text(row.label, row.where), 46, 3)}</b>",
        f"area {row.auc:.2f}{_interval(row)}, {theme.literal(direction(result.genotype, row.auc))}",
        ratio,
        f"{p_text(row.p)}, {q_text(row.q)}" if row.p == row.p else "",
        f"area in left-out patients {row.held_out:.2f}" if row.held_out == row.held_out else "",
        f"n = {row.n:,}, {row.n_carriers:,} {theme.literal(result.genotype.positive)}",
        "" if row.state == "estimated" else theme.literal(row.state),
    ]
    return "<br>".join(filter(None, told))


def _interval(row) -> str:
    return "" if row.lower != row.lower else f" ({row.lower:.2f} to {row.upper:.2f})"


def _ratio(result: GenotypeFound, row) -> str:
    return f"odds ratio per SD {row.odds_ratio:.2f} ({row.or_lower:.2f} to {row.or_upper:.2f})"


# ------------------------------------------------------------------------------------------------- rows of words


def _rows_figure(titles: list[str]) -> go.Figure:
    """A line of words and room for marks for each row, from the top down."""
    figure = theme.figure(
        height=(LINE + MARK) * len(titles) + 62,
        margin={"l": 14, "r": 14, "t": 8, "b": 48},
        showlegend=False,
        dragmode=False,
        hovermode="closest",
    )
    for place, title in enumerate(titles):
        figure.add_annotation(
            text=wrapped(title, 62, 1),
            x=0,
            xref="paper",
            xanchor="left",
            y=place * (LINE + MARK),
            yanchor="top",
            showarrow=False,
            font={"size": 11.5},
        )
    return figure


def _middle(place: int) -> float:
    return place * (LINE + MARK) + LINE + 7


def _upright(figure: go.Figure, x: float, rows: int, line: dict) -> None:
    """An upright line beside the marks, which leaves the words free."""
    ends: list[float | None] = []
    for place in range(rows):
        ends += [place * (LINE + MARK) + LINE + 3, (place + 1) * (LINE + MARK) - 2, None]
    figure.add_scatter(x=[x] * len(ends), y=ends, mode="lines", line=line, hoverinfo="skip")


def _half(figure: go.Figure, rows: int) -> None:
    _upright(figure, 0.5, rows, {"color": theme.NEUTRAL, "dash": "dot", "width": 1})


def _line(figure: go.Figure, ends: tuple[float, float], y: float, colour: str) -> None:
    figure.add_scatter(x=list(ends), y=[y, y], mode="lines", line={"color": colour, "width": 2}, hoverinfo="skip")


def _dot(figure: go.Figure, x: float, y: float, colour: str, symbol: str, hover: str) -> None:
    ring = symbol.endswith("open")
    marker = {"symbol": symbol, "size": 8 if ring else 9, "color": colour, "line": {"width": 1.6 if ring else 0}}
    figure.add_scatter(x=[x], y=[y], mode="markers", marker=marker, hovertext=hover, hoverinfo="text")


def _axis(figure: go.Figure, ends: list[float], rows: int) -> None:
    known = np.array(ends, dtype=float)
    known = known[np.isfinite(known)]
    low, high = max(min(known.min(), 0.45) - 0.03, 0.0), min(max(known.max(), 0.55) + 0.03, 1.0)
    bottom = rows * (LINE + MARK)
    figure.update_xaxes(range=[low, high], tickformat=".1f", dtick=0.1, fixedrange=True)
    figure.update_yaxes(visible=False, range=[bottom, 0], fixedrange=True)


# ------------------------------------------------------------------------------------------------- every test


def _every_test(result: GenotypeFound) -> Drawing:
    """All tests: a null shows as a cloud around 0.5 that stays under the line."""
    points = result.table[result.table["p"].notna() & result.table["auc"].notna()]
    y = -np.log10(np.maximum(points["p"].to_numpy(), SMALLEST))
    line = -np.log10(max(int(points["found"].sum()), 1) * result.q / max(result.n_tests, 1))
    figure = theme.figure(height=HEIGHT, margin={"l": 56, "r": 12, "t": 8, "b": 48}, hovermode="closest")
    sides = (
        (f"q ≥ {result.q:g}", ~points["found"], theme.tint(theme.NEUTRAL, 0.6), "circle", 7),
        (f"higher in {result.genotype.positive}", points["found"] & (points["auc"] > 0.5), "higher", "triangle-up", 9),
        (f"lower in {result.genotype.positive}", points["found"] & (points["auc"] <= 0.5), "lower", "triangle-down", 9),
    )
    for name, chosen, colour, symbol, size in sides:
        some = points[chosen]
        if not len(some):
            continue
        figure.add_scatter(
            x=some["auc"],
            y=y[chosen.to_numpy()],
            mode="markers",
            name=f"{wrapped(name, 40, 1)} ({len(some):,})",
            marker={"color": theme.DIRECTION.get(colour, colour), "symbol": symbol, "size": size, "opacity": 1.0},
            unselected={"marker": {"opacity": 1.0}},
            customdata=some[["feature", "where"]].to_numpy().tolist(),
            hovertext=[_hover(result, row) for row in some.itertuples()],
            hoverinfo="text",
        )
    top = max(float(y.max(initial=1.0)), line) * 1.12
    reach = max(float((points["auc"] - 0.5).abs().max()) * 1.12, 0.12)
    dash = {"color": theme.NEUTRAL, "width": 1, "dash": "dash"}
    figure.add_shape(type="line", x0=0.5 - reach, x1=0.5 + reach, y0=line, y1=line, line=dash, layer="below")
    figure.add_annotation(
        x=0.5 + reach, y=line, text=f"q = {result.q:g}", xanchor="right", yanchor="bottom", showarrow=False
    )
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100) if top / step <= 6)
    powers = list(range(0, int(top) + 1, step))
    figure.update_yaxes(
        range=[-0.03 * top, top],
        tickvals=powers,
        ticktext=[f"{10.0**-power:g}" if power < 4 else f"10<sup>−{power}</sup>" for power in powers],
        title_text="p",
        fixedrange=True,
    )
    figure.update_xaxes(range=[0.5 - reach, 0.5 + reach], title_text="Area under the curve", fixedrange=True)
    return Drawing(
        name="genotype_tests",
        title=f"All tests against {result.genotype.name}",
        figure=figure,
        data=points,
        caption=(
            f"Each {result.noun} once: area under the curve against the p of the {result.test}; above the dashed line "
            f"q < {result.q:g} over all {result.n_tests:,}. n = {result.n:,}, {result.n_carriers:,} "
            f"{result.genotype.positive}."
        ),
        alt=f"Scatter of {len(points):,} tests against {result.genotype.name}, area against p; "
        f"{result.n_found:,} lie above the line of q = {result.q:g}.",
    )


# ------------------------------------------------------------------------------------------------- as published


def _published(result: GenotypeFound) -> Drawing:
    known = result.published.dropna(subset=["apparent"])
    rows = known.head(ROWS)
    figure = _rows_figure([f"{row.label}, {row.apparent:.2f}" for row in rows.itertuples()])
    _half(figure, len(rows))
    colour = theme.PALETTE[0]
    for place, row in enumerate(rows.itertuples()):
        y = _middle(place)
        _line(figure, (row.lowest, row.highest), y, colour)
        hover = (
            f"<b>{wrapped(row.label, 46, 2)}</b><br>average area {row.apparent:.2f}, from {row.lowest:.2f} to "
            f"{row.highest:.2f} in {counted(row.n_places, 'place')}<br>of no use: {row.chance:.2f}"
        )
        _dot(figure, row.apparent, y, colour, "square", hover)
    _axis(figure, [*rows["lowest"], *rows["highest"]], len(rows))
    chance = float(known["chance"].mean())
    _upright(figure, chance, len(rows), {"color": theme.PALETTE[1], "dash": "dash", "width": 1.6})
    figure.update_xaxes(title_text="Average area on the patients fitted on")
    more = f" The first {len(rows)} of {len(known)} features." if len(known) > len(rows) else ""
    return Drawing(
        name="genotype_published",
        title=f"Average areas against {result.genotype.name}, as published",
        figure=figure,
        data=rows,
        caption=(
            f"Squares: area of each feature's model on its own patients, averaged over places; lines: from the lowest "
            f"to the highest place, no interval. Dashed: {chance:.2f}, the average of features of no use. Nothing is "
            f"corrected for {counted(len(known), 'feature')}. n = {result.n:,}, {result.n_carriers:,} "
            f"{result.genotype.positive}.{more}"
        ),
        alt=f"Average apparent areas against {result.genotype.name}: "
        + "; ".join(f"{row.label} {row.apparent:.2f}" for row in rows.head(5).itertuples())
        + f". A feature of no use has {chance:.2f}.",
    )
