"""One feature for many alike: the one that goes most with the others of its family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.stats.ranks import average_ranks


def representatives(features: pd.DataFrame, families: Mapping[str, str]) -> list[str]:
    """For each family the feature with the largest mean |Spearman| with the others of it, in the order of the columns.

    features (n, p) numbers, NaN where missing (they stand at the mean rank); families: family of each column, "" for
    none, which counts as one. Constant features stand for nobody. No gene is looked at, so what is tested afterwards is
    not chosen by its answer.
    """
    ranks = average_ranks(features.to_numpy(float).T)[0]
    known = ranks > 0
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    centred = np.where(known, ranks - ranks.sum(axis=1, keepdims=True) / count, 0.0)
    length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    unit = np.divide(centred, length, out=np.zeros_like(centred), where=length > 0)
    groups: dict[str, list[int]] = {}
    for place, name in enumerate(features.columns):
        if length[place] > 0:
            groups.setdefault(families.get(name, ""), []).append(place)
    chosen = []
    for places in groups.values():
        alike = np.abs(unit[places] @ unit[places].T).sum(axis=1)
        # Equal but for the last digit is equal: the first of them.
        chosen.append(places[int(np.argmax(alike >= alike.max() * (1 - 1e-9)))])
    return [features.columns[place] for place in sorted(chosen)]
