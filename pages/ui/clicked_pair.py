"""A picture in which a click chooses a pair: of a feature and a gene, or of a feature and a gene set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from core.plots.drawing import Drawing
from pages.ui import session
from pages.ui.frame import Page

OBEYED = "cohortscope.obeyed."


def clickable(page: Page, drawing: Drawing, options: tuple[str, str]) -> None:
    """Draw it; a click makes the two names that its mark carries the values of these options."""
    # Part of the key is how often the chart was obeyed: then its selection is gone with it, and the same mark can be
    # clicked again after Back.
    key = f"{drawing.name}.{st.session_state.get(OBEYED + drawing.name, 0)}"
    obey = partial(_obey, page, key, drawing.name, options)
    page.show(drawing, key=key, on_select=obey, selection_mode=("points",))


def _obey(page: Page, key: str, name: str, options: tuple[str, str]) -> None:
    pair = clicked_pair(st.session_state[key].selection.points)
    if pair is not None:
        st.session_state[OBEYED + name] = st.session_state.get(OBEYED + name, 0) + 1
        choose(page, options, pair)


def clicked_pair(points: Iterable[Mapping[str, Any]]) -> tuple[str, str] | None:
    """The two names of the first clicked mark that has them."""
    for point in points:
        mark = point.get("customdata")
        if isinstance(mark, Mapping):  # Streamlit may hand a row back by place
            mark = [mark[place] for place in sorted(mark)]
        if isinstance(mark, (list, tuple)) and len(mark) >= 2:
            return str(mark[0]), str(mark[1])
    return None


def choose(page: Page, options: tuple[str, str], pair: tuple[str, str]) -> None:
    """Make this the pair of the view."""
    view = session.current() or page.context.view
    session.publish(view.with_options(dict(zip(options, pair, strict=True))))
