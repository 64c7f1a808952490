"""The outlets: the link of a page, a figure with its data and pictures, a table with its data.

SVG and PNG are made in the reader's own browser, from the chart that is already on the page, so the server needs
no browser.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pandas as pd
import streamlit as st

from core.plots.drawing import SYNTHETIC, Drawing
from core.plots.export import safe_csv
from pages.ui.text import plain_text

_HERE = Path(__file__).parent
_STYLE = (_HERE / "share.css").read_text(encoding="utf-8")
_COPY = st.components.v2.component(
    "cohortscope_copy_link", css=_STYLE, js=(_HERE / "copy_link.js").read_text(encoding="utf-8")
)
_PICTURES = st.components.v2.component(
    "cohortscope_pictures", css=_STYLE, js=(_HERE / "pictures.js").read_text(encoding="utf-8")
)

#: The chart's own bar: Plotly's camera is left out by pictures.js, for it would save the page's theme.
CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["zoomIn2d", "zoomOut2d", "autoScale2d"]}


def copy_link(path_and_query: str, *, key: str = "copy_link") -> None:
    """A button that copies the absolute link of this view, and the link itself to read."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}.row"):
        _COPY(key=key, data={"link": path_and_query}, width="content")
        with st.popover("Show link", type="tertiary"):
            st.caption("Whoever opens this link sees the same view, with the same patients and the same numbers.")
            st.code(urljoin(st.context.url or "", path_and_query), language=None, wrap_lines=True)


def show(
    drawing: Drawing,
    *,
    key: str,
    synthetic: bool = False,
    notes: Sequence[str] = (),
    foot: str = "",
    on_select: Callable[[], None] | str = "ignore",
    selection_mode: str | Sequence[str] = ("points", "box", "lasso"),
    heading: bool = True,
) -> Any:
    """Draw a figure under its title, with its caption and its CSV, SVG and PNG one click away.

    Returns what `st.plotly_chart` returns: the selection, when `on_select` asks for one.
    """
    drawing = replace(drawing, foot=foot)
    if synthetic:
        drawing = drawing.stamped(SYNTHETIC)
    with st.container(gap="xsmall", key=f"{key}.figure"):
        if heading and drawing.title:
            st.markdown(f"**{plain_text(drawing.title)}**")
        answer = st.plotly_chart(
            drawing.figure,
            key=key,
            config=CONFIG,
            alt=drawing.alt,
            on_select=on_select,
            selection_mode=selection_mode,
            width="stretch",
        )
        if drawing.caption:
            st.caption(plain_text(drawing.caption))
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{key}.outlets"):
            _csv(drawing.data, drawing.name, key, [drawing.title, drawing.caption, *notes], synthetic)
            data = {"chart": key, "name": drawing.name, "layout": drawing.print_layout()}
            _PICTURES(key=f"{key}.pictures", data=data, width="content")
    return answer


def table(
    frame: pd.DataFrame,
    *,
    name: str,
    key: str = "",
    caption: str = "",
    synthetic: bool = False,
    notes: Sequence[str] = (),
    data: pd.DataFrame | Callable[[], pd.DataFrame] | None = None,
    packed: bool = False,
    **how: Any,
) -> Any:
    """Show a table with its CSV one click away; `data` is what the CSV holds where it is more than what is shown.

    A very large one is given as a function, which is called when the CSV is asked for, and `packed` as .csv.gz.

    `how` goes to `st.dataframe`; returns what that returns.
    """
    key = key or name
    with st.container(gap="xsmall", key=f"{key}.table"):
        answer = st.dataframe(frame, key=key, **({"width": "stretch"} | how))
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{key}.outlets"):
            _csv(frame if data is None else data, name, key, [caption, *notes], synthetic, packed)
            if caption:
                st.caption(plain_text(caption))
    return answer


def _csv(
    frame: pd.DataFrame | Callable[[], pd.DataFrame],
    name: str,
    key: str,
    notes: Sequence[str],
    synthetic: bool,
    packed: bool = False,
) -> None:
    lines = [line for line in dict.fromkeys([SYNTHETIC if synthetic else "", *notes]) if line]
    st.download_button(
        "CSV, packed (gz)" if packed else "CSV",
        # Made when it is asked for, in a thread of its own.
        partial(_file, frame, lines, packed),
        file_name=f"{name}.csv.gz" if packed else f"{name}.csv",
        mime="application/gzip" if packed else "text/csv",
        key=f"{key}.csv",
        on_click="ignore",
        type="tertiary",
        help="The data behind this, as a table",
    )


def _file(frame: pd.DataFrame | Callable[[], pd.DataFrame], lines: Sequence[str], packed: bool) -> bytes:
    made = safe_csv(frame() if callable(frame) else frame, lines)
    return gzip.compress(made, 4, mtime=0) if packed else made
