"""The drawings of a result by name, made once for all readers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.plots import drawings
from core.plots.drawing import Drawing
from pages.ui.frame import Page


def pictures(page: Page, name: str, result: Any) -> dict[str, Drawing]:
    """The drawings of the result of the named analysis; those that take long are remembered with it."""
    context = page.context
    key = f"drawings {context.analysis(name).key(context)}"
    return {each.name: each for each in context.memo(key, lambda: drawings(result))}


def beside(page: Page, shown: Sequence[Drawing], columns: int = 2) -> None:
    """Drawings beside each other; on a phone below each other."""
    for start in range(0, len(shown), columns):
        for place, drawing in zip(st.columns(columns), shown[start : start + columns], strict=False):
            with place:
                page.show(drawing)
