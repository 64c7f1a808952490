"""Which features and genes of a screen tell most, and in which order do alike ones stand beside each other?"""

from __future__ import annotations

import numpy as np

from core.radiogenomics.screened import RadiogenomicScreen


def telling(screen: RadiogenomicScreen, q: float, rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """The places of at most `rows` features and `columns` genes to look at, those that tell most.

    Genes with most pairs below `q` first, equal ones by their smallest p; then features by the same, counted over
    those genes alone. Features that repeat another one are left out, and what has no test. Returned in the order of the
    screen.
    """
    tested = ~np.isnan(screen.p)
    repeated = {screen.features.index(copy) for copy, _ in screen.copies}
    of_features = tested.any(axis=1)
    of_features[list(repeated)] = False
    genes = _first(screen, q, of_features, tested.any(axis=0), columns, axis=0)
    features = _first(screen, q, of_features, np.isin(np.arange(tested.shape[1]), genes), rows, axis=1)
    return features, genes


def _first(screen: RadiogenomicScreen, q: float, rows: np.ndarray, columns: np.ndarray, most: int, axis: int):
    """The places along the other axis of the `most` with most pairs below q, then with the smallest p."""
    among = np.ix_(rows, columns)
    found = (screen.q[among] < q).sum(axis=axis)
    smallest = np.where(np.isnan(screen.p[among]), 1.0, screen.p[among]).min(axis=axis, initial=1.0)
    places = np.flatnonzero(columns if axis == 0 else rows)
    return np.sort(places[np.lexsort((places, smallest, -found))[:most]])


def side_by_side(effects: np.ndarray) -> np.ndarray:
    """An order of rows in which alike ones are neighbours: (rows, columns) effects, NaN where there is none.

    Average linkage of 1 - correlation over the columns, its branches turned so that neighbours are closest.
    Bar-Joseph and others 2001, doi:10.1093/bioinformatics/17.suppl_1.S22.
    """
    if len(effects) < 3:
        return np.arange(len(effects))
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
    from scipy.spatial.distance import squareform

    rows = np.nan_to_num(effects)
    rows = rows - rows.mean(axis=1, keepdims=True) if effects.shape[1] > 2 else rows
    length = np.sqrt((rows**2).sum(axis=1))
    unit = np.divide(rows, length[:, None], out=np.zeros_like(rows), where=length[:, None] > 0)
    apart = np.clip(1 - unit @ unit.T, 0.0, 2.0)
    np.fill_diagonal(apart, 0.0)
    apart = squareform((apart + apart.T) / 2, checks=False)
    return leaves_list(optimal_leaf_ordering(linkage(apart, "average"), apart))


def thinned(x: np.ndarray, y: np.ndarray, across: int, up: int) -> np.ndarray:
    """Places of points that keep the shape of a cloud: of each cell of a grid the highest point, in their order.

    x, y (n,); the grid has `across` by `up` cells over the range of the points.
    """
    if not len(x):
        return np.zeros(0, dtype=int)

    def cell(values: np.ndarray, count: int) -> np.ndarray:
        low, high = values.min(), values.max()
        return np.minimum(((values - low) / ((high - low) or 1.0) * count).astype(int), count - 1)

    cells = cell(x, across) * up + cell(y, up)
    order = np.lexsort((-y, cells))
    first = np.ones(len(order), dtype=bool)
    first[1:] = cells[order][1:] != cells[order][:-1]
    return np.sort(order[first])
