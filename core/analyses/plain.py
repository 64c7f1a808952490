"""Results as plain JSON values: fields keep their names, so what a script reads is what the code says."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd


def plain(value: Any) -> Any:
    """The value as dicts, lists, numbers, texts and None; NaN and infinity become None.

    A field of a result whose metadata say `plain=False` is left out: arrays of a million numbers, say, of which the
    result has a table beside.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        shown = [each for each in dataclasses.fields(value) if each.metadata.get("plain", True)]
        return {each.name: plain(getattr(value, each.name)) for each in shown}
    if isinstance(value, pd.DataFrame):
        return [plain(row) for row in _with_index(value).to_dict("records")]
    if isinstance(value, pd.Series):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    return str(value)


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with a named index as its first columns; a plain count is dropped."""
    unnamed = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    frame = frame if unnamed else frame.reset_index()
    return frame.set_axis([str(column) for column in frame.columns], axis=1)
