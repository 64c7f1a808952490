"""What the distance of two patients is made of, in a picture."""

from __future__ import annotations

import streamlit as st

from core.plots import drawings
from pages.ui.frame import Page


def moves(page: Page) -> None:
    """Two patients, by cluster and rank from its centroid, and the mass that moves between them."""
    with st.container(horizontal=True, key="moves.who"):
        page.controls("moves")
    result = page.ask("moves")
    if result is None:
        return
    (drawing,) = drawings(result)
    page.show(drawing)
    with st.expander("Every move as a table"):
        names = {"from_feature": "From", "to_feature": "To", "mass": "Mass", "length": "Length", "work": "Work"}
        page.table(
            result.edges.rename(columns=names),
            name="moves_table",
            caption=f"{len(result.edges)} edges carry mass; work is mass times length.",
            hide_index=True,
        )
