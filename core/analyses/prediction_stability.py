"""What the models of all training sets have in common, and which programs made them."""

from __future__ import annotations

import platform

import numpy as np
import pandas as pd

from core.analyses.target_table import Labelled
from core.prediction.nested import Learnt, Nested


def versions() -> dict[str, str]:
    """The programs that made a model."""
    from importlib.metadata import version

    return {"python": platform.python_version()} | {name: version(name) for name in ("numpy", "scipy", "scikit-learn")}


def settings(found: Nested) -> pd.DataFrame:
    """How many training sets chose each setting of the classifier."""
    counts = np.bincount(found.settings, minlength=len(found.names))
    return pd.DataFrame({"setting": found.names, "chosen": counts})


def stability(labelled: Labelled, found: Nested, model: Learnt) -> pd.DataFrame:
    """A row per column; the largest first by the last model, then by how often it is used."""
    declared = {each.name: each for each in labelled.features}
    names = list(labelled.x.columns)
    table = pd.DataFrame(
        {
            "feature": names,
            "label": [declared[name].label if name in declared else name for name in names],
            "family": [declared[name].family if name in declared else "covariate" for name in names],
            "inside": found.inside.mean(axis=0),
        }
    )
    weight = model.weights(len(names))
    if weight is None:
        return table.sort_values("inside", ascending=False, kind="stable", ignore_index=True)
    mean = found.weights.mean(axis=0)
    sign = np.sign(found.weights) == np.sign(mean)
    used = np.maximum(found.inside.sum(axis=0), 1)
    table["weight"], table["mean"], table["sd"] = weight, mean, found.weights.std(axis=0)
    table["same_sign"] = np.where(found.inside.any(axis=0), (sign & found.inside).sum(axis=0) / used, np.nan)
    order = np.lexsort([-table["inside"], -np.abs(table["weight"])])
    return table.iloc[order].reset_index(drop=True)
