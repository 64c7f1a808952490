"""The most telling features and genes of a screen as a heat map, alike ones beside each other."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.radiogenomic_result import MUTATIONS, GeneScreen
from core.analyses.radiogenomic_words import effect_of, patients, tried
from core.plots.axis_labels import ROW, axis_labels
from core.plots.drawing import Drawing
from core.plots.marked_map import marked_map
from core.plots.words import counted, q_text, wrapped
from core.survival.words import p_text


def heat_map(result: GeneScreen) -> Drawing:
    """Features down, genes across, alike ones beside each other; a dot where the pair was found."""
    screen, rows, columns = result.screen, list(result.rows), list(result.columns)
    effect, q = screen.effect[np.ix_(rows, columns)], screen.q[np.ix_(rows, columns)]
    features, genes = [screen.features[row] for row in rows], [screen.genes[column] for column in columns]
    cells = _grid(result, rows, columns)
    figure = marked_map(
        effect,
        cells,
        found=cells["q"] < result.q,
        keys=["feature", "gene"],
        hover=[pair_hover(result, row) for row in cells.itertuples()],
        across=[wrapped(gene, 14, 1) for gene in genes],
        down=axis_labels(features, result.families),
        scale=screen.effect_name,
        height=130 + ROW * len(rows),
    )
    limit = float(np.nanmax(np.abs(effect), initial=0.0))
    n_dots = int((q < result.q).sum())
    return Drawing(
        name="gene_screen_heat_map",
        title="The most telling features and genes",
        figure=figure,
        data=cells.drop(columns=["x", "y"]),
        caption=(
            f"{screen.effect_name[:1].upper()}{screen.effect_name[1:]}, {_above(result)}; n = {patients(result)}. "
            f"A dot: q < {result.q:g} over all {tried(result)}. {_shown(result, features, genes)} Alike rows and "
            "columns stand beside each other (average linkage of 1 - correlation)."
        ),
        alt=(
            f"Heat map of {counted(len(features), 'feature')} by {counted(len(genes), 'gene')}: {n_dots:,} pairs are "
            f"below q = {result.q:g}; the largest {screen.effect_name} is {limit:.2f} in size."
        ),
    )


def _shown(result: GeneScreen, features: list, genes: list) -> str:
    """The rule by which features and genes are here."""
    tested = result.n_features - len(result.screen.copies)
    if len(features) == tested and len(genes) == result.n_genes:
        return "All features and genes are shown."
    rule = "those with most pairs found" if result.n_found else "those with the smallest p"
    return (
        f"Shown are {len(features):,} of {counted(result.n_features, 'feature')} and {len(genes):,} of "
        f"{counted(result.n_genes, 'gene')}: {rule}, without features that repeat another one."
    )


def _above(result: GeneScreen) -> str:
    if result.over == MUTATIONS:
        return "above 0 (orange) where mutated patients have the higher values"
    return "above 0 (orange) where both rise together"


def _grid(result: GeneScreen, rows: list[int], columns: list[int]) -> pd.DataFrame:
    y, x = np.mgrid[: len(rows), : len(columns)].reshape(2, -1)
    return pair_cells(result, np.array(rows)[y], np.array(columns)[x]).assign(x=x, y=y)


def pair_cells(result: GeneScreen, row: np.ndarray, column: np.ndarray) -> pd.DataFrame:
    """The pairs at these places of the screen: feature, family, gene, effect, p, q, n, and n_mutated of mutations."""
    screen = result.screen
    features = np.array(screen.features, dtype=object)[row]
    cells = {
        "feature": features,
        "family": [result.families.get(name, "") for name in features],
        "gene": np.array(screen.genes, dtype=object)[column],
    }
    cells |= {name: getattr(screen, name)[row, column] for name in ("effect", "p", "q", "n")}
    if screen.n_mutated is not None:
        cells["n_mutated"] = screen.n_mutated[row, column]
    return pd.DataFrame(cells)


def pair_hover(result: GeneScreen, row) -> str:
    """A pair under the pointer: what it is, and its numbers."""
    mutated = f", {row.n_mutated:,} mutated" if result.over == MUTATIONS else ""
    numbers = f"{effect_of(result, row.effect)}<br>{p_text(row.p)}, {q_text(row.q)}" if row.p == row.p else "not tested"
    return f"<b>{wrapped(row.feature, 40)}</b><br>{wrapped(row.gene, 40)}<br>{numbers}<br>n = {row.n:,}{mutated}"
