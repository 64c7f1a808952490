"""What a screen of features and genes is given: checked, turned into rows, and in blocks of the same patients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from core.errors import NotEstimable, Problem, Refused
from core.stats.alike import CLOSE, copies
from core.stats.ranks import average_ranks, patterns


class Given:
    """What was given, as rows: x (p, n), y (g, n), of the patients who have all that is adjusted for."""

    def __init__(
        self,
        features: pd.DataFrame,
        genes: pd.DataFrame,
        adjust: pd.DataFrame | None,
        strata: Sequence | None,
        mutations: bool,
    ):
        if not features.index.equals(genes.index):
            raise ValueError("features and genes must have the same patients in the same order")
        x, y, others = _numbers(features, "features"), _numbers(genes, "genes"), np.empty((0, len(features)))
        if adjust is not None:
            if not adjust.index.equals(features.index):
                raise ValueError("features and adjust must have the same patients in the same order")
            others = _numbers(adjust, "adjust")
        codes = np.zeros(len(features), dtype=int) if strata is None else pd.factorize(np.asarray(strata))[0]
        if len(codes) != len(features):
            raise ValueError(f"there are {len(codes)} strata for {len(features)} patients; give one for each")
        known = np.isfinite(others).all(axis=0) & (codes >= 0)
        if not len(x) or not len(y):
            raise NotEstimable(f"There are no {'genes' if len(x) else 'features'} to screen.", "Choose at least one.")
        if not known.any():
            raise NotEstimable("No patient has all that is adjusted for.", "Adjust for less or widen the cohort.")
        self.features, self.genes = tuple(map(str, features.columns)), tuple(map(str, genes.columns))
        self.adjust = () if adjust is None else tuple(map(str, adjust.columns))
        self.all_y, self.mutations = y, mutations
        self.x, self.y, self.others, self.codes = x[:, known], y[:, known], others[:, known].T, codes[known]
        self.n_patients, self.n_strata = len(features), len(np.unique(codes[known]))
        self.is_adjusted = bool(self.adjust) or strata is not None
        # Mann-Whitney leaves out whom a feature lacks by itself, so its blocks are those of the genes alone.
        everybody = [(np.ones(self.x.shape[1], dtype=bool), np.arange(len(self.x)))]
        self._of_features = list(patterns(self.x)) if self.is_adjusted or not mutations else everybody
        self._of_genes = list(patterns(self.y))
        self.n_blocks = len(self._of_features) * len(self._of_genes)

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Who is in it (n,) bool, which features and which genes: both known for the same patients."""
        for profiled, genes in self._of_genes:
            for known, features in self._of_features:
                yield known & profiled, features, genes

    def copies(self, effect: np.ndarray) -> tuple[tuple[str, str], ...]:
        """Features in the order of an earlier one: looked for among those whose effects (p, g) differ by sign only."""
        tested = ~np.isnan(effect)
        size = np.where(tested, np.abs(effect), 0.0).sum(axis=1)
        level = np.where(tested.any(axis=1), size, np.nan)
        found: dict[int, int] = {}
        order = np.argsort(level, kind="stable")
        near = np.flatnonzero(np.diff(level[order]) <= CLOSE * np.maximum(1.0, level[order][1:]))
        rows = np.unique(order[np.union1d(near, near + 1)])
        if len(rows):
            ranked = np.full((self.x.shape[1], len(rows)), np.nan)
            for place, row in enumerate(rows):
                known = np.isfinite(self.x[row])
                ranked[known, place] = average_ranks(self.x[row][None, known])[0][0]
            found = {int(rows[one]): int(rows[first]) for one, first in copies(ranked, level[rows]).items()}
        return tuple((self.features[one], self.features[first]) for one, first in sorted(found.items()))


def _numbers(frame: pd.DataFrame, where: str) -> np.ndarray:
    """(columns, n) floats, missing and infinite ones NaN."""
    odd = [
        str(name)
        for name, kind in zip(frame.columns, frame.dtypes, strict=True)
        if not (pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_complex_dtype(kind))
    ]
    if odd:
        raise Refused([Problem(f"'{name}' holds no numbers.", where, "Code it as numbers first.") for name in odd])
    values = np.ascontiguousarray(frame.to_numpy(dtype=float, na_value=np.nan).T)
    return np.where(np.isfinite(values), values, np.nan)
