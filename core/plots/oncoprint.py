"""The OncoPrint: genes by patients, with attributes above and true denominators at the right."""

from __future__ import annotations

from itertools import groupby

import pandas as pd

from core.analyses.mutations import OncoPrint
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.levels import level_colours
from core.plots.words import percent, wrapped
from core.store.schema import MUTATED, NOT_PROFILED, WILD_TYPE

#: Classes of mutations as cancer genomics portals group them, with what their names begin with (MAF).
CLASSES = {
    "truncating": (
        "#724C00",
        ("nonsense", "frame_shift", "splice", "translation_start", "nonstop", "stop", "frameshift"),
    ),
    "missense": ("#009E73", ("missense",)),
    "in frame": ("#E69F00", ("in_frame", "inframe")),
    "class not given": ("#CC79A7", ("mut", "altered")),
    "other": ("#56B4E9", ()),
    "several classes": ("#0072B2", ()),
}
LIGHT = "rgba(128,128,128,0.18)"
CLEAR = "rgba(0,0,0,0)"
#: Pixels of a row, and of a line of the legend below.
ROW, LINE = 22, 19


def mutation_class(names: str) -> str:
    """The class of the mutations of one patient in one gene, from their names joined by commas."""
    found = {_class_of(name.strip()) for name in names.split(",")}
    return found.pop() if len(found) == 1 else "several classes"


def _class_of(name: str) -> str:
    begins = name.lower().replace(" ", "_") or "mutated"
    return next((kind for kind, (_, starts) in CLASSES.items() if starts and begins.startswith(starts)), "other")


@drawings.register
def _(result: OncoPrint) -> tuple[Drawing, ...]:
    genes, patients = result.order.genes, list(result.order.patients)
    cells = pd.DataFrame(
        {gene: _cells(result.status[gene], result.kinds[gene]) for gene in genes}, index=result.status.index
    )
    tracks = list(result.tracks.columns)
    figure = theme.figure(
        height=ROW * (len(genes) + len(tracks)) + 10 * bool(tracks) + 110 + _room_below(result),
        margin={"l": 8, "r": 96, "t": 8, "b": 8},
        dragmode=False,
        hovermode="closest",
    )
    place = {("track", name): i for i, name in enumerate(tracks)}
    place |= {("gene", gene): len(tracks) + 0.5 * bool(tracks) + i for i, gene in enumerate(genes)}
    for name in tracks:
        _track(figure, result, name, place["track", name], patients)
    _genes(figure, cells, [place["gene", gene] for gene in genes], patients)
    _lines_where_not_profiled(figure, cells, [place["gene", gene] for gene in genes])
    _axes(figure, result, place, cells)
    data = cells.join(result.tracks, rsuffix=" (attribute)").rename_axis("patient_id").reset_index()
    n, altered = result.order.n, result.order.n_altered
    return (
        Drawing(
            name="oncoprint",
            title="OncoPrint",
            figure=figure,
            data=data,
            caption=f"One column per patient: n = {n:,} profiled for at least one of the {len(genes)} genes, "
            f"{altered:,} with a mutation in one of them. Right: mutated of profiled. Line: not profiled for the gene.",
            alt=f"{len(genes)} genes by {n} patients; {altered} have a mutation. "
            + ", ".join(f"{gene} {_share(cells[gene])[1]}" for gene in genes[:6])
            + ".",
        ),
    )


def _room_below(result: OncoPrint) -> int:
    """Pixels of the legend of the attributes: a title and a line per level."""
    present = [result.tracks[name].dropna().nunique() for name in result.tracks]
    return LINE * (max(present) + 1) + 14 if any(present) else 0


def _cells(status: pd.Series, kinds: pd.Series) -> list[str]:
    return [mutation_class(kind) if state == MUTATED else state for state, kind in zip(status, kinds, strict=True)]


def _share(column: pd.Series) -> tuple[str, str]:
    """`57/133` and `43 %` of one gene."""
    profiled = int((column != NOT_PROFILED).sum())
    mutated = int((~column.isin([NOT_PROFILED, WILD_TYPE])).sum())
    return f"{mutated}/{profiled}", percent(mutated / profiled) if profiled else "–"


def _strip(figure, rows: list[list[int]], places: list[float], colours: list[str], hover: list[list[str]]) -> None:
    """Coloured cells: `rows` of numbers into `colours`."""
    last = max(len(colours) - 1, 1)
    scale = [[end / len(colours), colour] for i, colour in enumerate(colours) for end in (i, i + 1)]
    figure.add_heatmap(
        z=rows,
        y=places,
        zmin=-0.5,
        zmax=last + 0.5 if len(colours) > 1 else 0.5,
        colorscale=scale,
        showscale=False,
        xgap=1 if len(rows[0]) <= 60 else 0,
        ygap=4,
        hovertext=hover,
        hoverinfo="text",
    )


def _track(figure, result: OncoPrint, name: str, place: float, patients: list[str]) -> None:
    levels = list(result.levels[name])
    colours = level_colours(levels)
    values = result.tracks[name]
    code = {level: i for i, level in enumerate(levels)}
    rows = [[code.get(value, len(levels)) for value in values]]
    label = theme.literal(result.labels[name])
    said = ["not recorded" if value is None or value != value else theme.literal(value) for value in values]
    hover = [[f"{theme.literal(p)}<br>{label}: {text}" for p, text in zip(patients, said, strict=True)]]
    _strip(figure, rows, [place], [*colours.values(), CLEAR], hover)
    present = set(values.dropna())
    for level in (level for level in levels if level in present):
        _key(figure, theme.literal(level), colours[level], "legend2", name, label)


def _genes(figure, cells: pd.DataFrame, places: list[float], patients: list[str]) -> None:
    colours = {kind: colour for kind, (colour, _) in CLASSES.items()} | {WILD_TYPE: LIGHT, NOT_PROFILED: CLEAR}
    code = {kind: i for i, kind in enumerate(colours)}
    rows = [[code[cell] for cell in cells[gene]] for gene in cells]
    hover = [
        [f"{theme.literal(p)}<br>{theme.literal(gene)}: {cell}" for p, cell in zip(patients, cells[gene], strict=True)]
        for gene in cells
    ]
    # Rows stand at even distances, so one heatmap holds them all.
    _strip(figure, rows, places, list(colours.values()), hover)
    present = set(cells.to_numpy().ravel())
    for kind in (kind for kind in (*CLASSES, WILD_TYPE) if kind in present):
        _key(figure, kind, colours[kind], "legend", None, "")


def _lines_where_not_profiled(figure, cells: pd.DataFrame, places: list[float]) -> None:
    x: list[float | None] = []
    y: list[float | None] = []
    for gene, place in zip(cells, places, strict=True):
        start = 0
        for state, run in groupby(cells[gene]):
            length = len(list(run))
            if state == NOT_PROFILED:
                x += [start - 0.5, start + length - 0.5, None]
                y += [place, place, None]
            start += length
    if x:
        line = {"color": theme.NEUTRAL, "width": 1.2}
        figure.add_scatter(x=x, y=y, mode="lines", line=line, name=NOT_PROFILED, hoverinfo="skip", legend="legend")


def _key(figure, name: str, colour: str, legend: str, group: str | None, title: str) -> None:
    """An entry of a legend; a heatmap has none of its own."""
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        marker={"symbol": "square", "size": 11, "color": colour},
        name=name,
        legend=legend,
        legendgroup=group,
        legendgrouptitle={"text": title} if title else None,
        showlegend=True,
        hoverinfo="skip",
    )


def _axes(figure, result: OncoPrint, place: dict, cells: pd.DataFrame) -> None:
    names = [wrapped(result.labels[name] if kind == "track" else name, 16, 1) for kind, name in place]
    bottom = max(place.values()) + 0.6
    figure.update_yaxes(
        tickvals=list(place.values()),
        ticktext=names,
        range=[bottom, -0.6],
        ticks="",
        showgrid=False,
        showline=False,
        fixedrange=True,
    )
    figure.update_xaxes(visible=False, range=[-0.5, len(cells) - 0.5], fixedrange=True)
    for gene in cells:
        count, share = _share(cells[gene])
        figure.add_annotation(
            text=f"{share} <span style='opacity:0.75'>{count}</span>",
            x=1,
            xref="paper",
            y=place["gene", gene],
            xanchor="left",
            xshift=6,
            showarrow=False,
            font={"size": 12},
        )
    figure.update_layout(
        legend={"itemclick": False, "itemdoubleclick": False, "tracegroupgap": 4},
        legend2={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": -0.01,
            "yanchor": "top",
            "itemclick": False,
            "itemdoubleclick": False,
            "font": {"size": 12},
            "tracegroupgap": 4,
            "bgcolor": CLEAR,
        },
    )
