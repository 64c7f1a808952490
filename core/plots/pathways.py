"""Gene sets against features as a heat map, and the running sum of one set in the ranking that one feature gives."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.pathway_pair import PathwayPair
from core.analyses.pathway_result import PathwayScreen
from core.analyses.pathway_words import tests
from core.plots import drawings, theme
from core.plots.axis_labels import ROW, axis_labels
from core.plots.drawing import Drawing
from core.plots.marked_map import marked_map
from core.plots.words import counted, q_text, wrapped
from core.radiogenomics.enrichment import GENES
from core.survival.words import p_text

#: Rows and columns that are drawn: of more, those of the smallest p.
MOST = 60


@drawings.register
def _(result: PathwayScreen) -> tuple[Drawing, ...]:
    return (_heat_map(result),)


@drawings.register
def _(result: PathwayPair) -> tuple[Drawing, ...]:
    return (_running_sum(result),)


def _heat_map(result: PathwayScreen) -> Drawing:
    """Gene sets down, features across; a dot where the pair was found."""
    found = result.enrichment
    across, down = _kept(found.p, result.rows, 1), _kept(found.p, result.columns, 0)
    y, x = np.mgrid[: len(down), : len(across)].reshape(2, -1)
    row, column = np.array(across)[x], np.array(down)[y]
    cells = pd.DataFrame(
        {
            "feature": np.array(found.features, dtype=object)[row],
            "set": np.array(found.sets, dtype=object)[column],
            "x": x,
            "y": y,
            **{name: getattr(found, name)[row, column] for name in ("es", "nes", "p", "q")},
            "n": found.n[row],
        }
    )
    figure = marked_map(
        found.nes[np.ix_(across, down)].T,
        cells,
        found=cells["q"] < result.q,
        keys=["feature", "set"],
        hover=[_hover(each) for each in cells.itertuples()],
        across=axis_labels([found.features[place] for place in across], result.families),
        down=[wrapped(found.sets[place].replace("_", " "), 24, 2) for place in down],
        scale="normalised enrichment score",
        height=240 + ROW * len(down),
    )
    left = len(result.rows) - len(across), len(result.columns) - len(down)
    hidden = f" {left[0]:,} features and {left[1]:,} gene sets of larger p are in the table alone." if any(left) else ""
    return Drawing(
        name="pathways_heat_map",
        title="Gene sets and features",
        figure=figure,
        data=cells.drop(columns=["x", "y"]),
        caption=(
            "Above 0 (orange) where the genes of the set rise with the feature; of chance it is 1 in size on average. "
            "A dot: q < "
            f"{result.q:g} over all {tests(result)}, by exchanging {found.null}, {found.permutations:,} permutations."
            f"{hidden}"
        ),
        alt=(
            f"Heat map of {counted(len(down), 'gene set')} by {counted(len(across), 'feature')}: {result.n_found:,} "
            f"below q = {result.q:g}."
        ),
    )


def _kept(p: np.ndarray, places: tuple[int, ...], axis: int) -> list[int]:
    """At most `MOST` of the places, in their order: those of the smallest p along the axis."""
    if len(places) <= MOST:
        return list(places)
    smallest = np.nanmin(np.where(np.isnan(p), 2.0, p), axis=axis)[list(places)]
    return [places[one] for one in np.sort(np.argsort(smallest, kind="stable")[:MOST])]


def _hover(row) -> str:
    return (
        f"<b>{wrapped(row.set.replace('_', ' '), 40)}</b><br>{wrapped(row.feature, 40)}<br>normalised score "
        f"{row.nes:.2f}<br>{p_text(row.p)}, {q_text(row.q)}<br>n = {row.n:,}"
    ).replace(" -", " −")


def _running_sum(result: PathwayPair) -> Drawing:
    """The running sum down the ranking, and a stroke for each gene of the set."""
    ranking = result.ranking
    place = np.arange(1, len(ranking) + 1)
    figure = theme.figure(height=380, margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False)
    low, high = min(0.0, ranking["running_sum"].min()), max(0.0, ranking["running_sum"].max())
    figure.add_scatter(
        x=np.append(0, place),
        y=np.append(0.0, ranking["running_sum"]),
        mode="lines",
        line={"color": theme.PALETTE[0], "width": 2},
        name="running sum",
        hoverinfo="skip",
    )
    stroke = low - 0.08 * (high - low or 1.0)
    for leading, name, colour in (
        (True, "leading edge", theme.DIRECTION["higher" if result.es > 0 else "lower"]),
        (False, "other genes of the set", theme.NEUTRAL),
    ):
        some = ranking[ranking["member"] & (ranking["leading"] == leading)]
        figure.add_scatter(
            x=some.index + 1,
            y=[stroke] * len(some),
            mode="markers",
            marker={"symbol": "line-ns", "size": 14, "line": {"width": 1.5, "color": colour}},
            name=f"{name} ({len(some)})",
            hovertext=[
                f"<b>{theme.literal(row.gene)}</b><br>rank correlation {row.score:.2f}<br>place {row.Index + 1:,} of "
                f"{len(ranking):,}".replace(" -", " −")
                for row in some.itertuples()
            ],
            hoverinfo="text",
        )
    dash = {"color": theme.NEUTRAL, "width": 1, "dash": "dot"}
    figure.add_shape(type="line", x0=0, x1=len(ranking), y0=0, y1=0, line=dash, layer="below")
    figure.update_xaxes(title=wrapped(f"all {len(ranking):,} genes, by their correlation with the feature", 40))
    figure.update_yaxes(title="running sum", range=[stroke - 0.06 * (high - low or 1.0), high + 0.05])
    edge = ", ".join(ranking.loc[ranking["leading"], "gene"].head(12))
    how = "genes (as usually published)" if result.null == GENES else "patients"
    numbers = (
        f"Enrichment score {result.es:.2f}, normalised {result.nes:.2f}, {p_text(result.p)}, {q_text(result.q)} over "
        f"{result.n_tests:,} tests, by exchanging {how} {result.permutations:,} times; {result.present:,} of "
        f"{result.size:,} genes of the set measured, n = {result.n:,}."
    ).replace(" -", " −")
    return Drawing(
        name="pathway_pair",
        title=f"{result.set} in the genes ranked by {result.feature}",
        figure=figure,
        data=ranking,
        caption=f"{numbers} First of the leading edge: {edge}.",
        alt=f"Running sum of {result.set} in the genes ranked by {result.feature}. {numbers}",
    )
