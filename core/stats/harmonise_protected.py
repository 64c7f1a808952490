"""Protected covariates as numbers: levels of categories are those of the training patients, for whoever comes later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import Problem, Refused


@dataclass(frozen=True)
class Protected:
    """`levels` of each category by name, the first of them the reference; a number has None."""

    levels: Mapping[str, tuple[str, ...] | None]

    @classmethod
    def of(cls, table: pd.DataFrame) -> Protected:
        """The levels that training patients have; a pandas categorical keeps its order."""
        return cls({name: _levels(table[name]) for name in table.columns})

    def columns(self, table: pd.DataFrame) -> pd.DataFrame:
        """(n, q) numbers: a number as it is, a category as an indicator of each level but the first; NaN where missing.

        Raises `Refused` for a level that no training patient had: its effect is unknown.
        """
        found: dict[str, np.ndarray] = {}
        for name, levels in self.levels.items():
            values = table[name]
            if levels is None:
                found[str(name)] = pd.to_numeric(values).to_numpy(dtype=float, na_value=np.nan)
                continue
            text = values.astype(object).map(str, na_action="ignore")
            new = sorted(set(text.dropna()) - set(levels))
            if new:
                told = f"No training patient has {name} {', '.join(new)}."
                raise Refused([Problem(told, "covariates", "Leave these patients out, or do not protect it.")])
            for level in levels[1:]:
                found[f"{name}: {level}"] = (text == level).astype(float).where(text.notna()).to_numpy()
        return pd.DataFrame(found, index=table.index)


def _levels(values: pd.Series) -> tuple[str, ...] | None:
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        return None
    known = values.dropna()
    if len(known) and known.map(lambda each: isinstance(each, int | float) and not isinstance(each, bool)).all():
        return None  # a number among columns of mixed kinds, as in an array of objects
    if isinstance(values.dtype, pd.CategoricalDtype):
        return tuple(str(level) for level in values.cat.categories if (values == level).any())
    return tuple(sorted(set(known.map(str))))
