"""The pictures of the networks, in which a click chooses a feature, and the feature that was chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from core.analyses import choices
from core.analyses.context import Context
from core.analyses.feature_pair import FeaturePair, PartInNetwork
from core.cohort.words import listed
from core.plots import drawings
from core.plots.drawing import Drawing
from core.plots.feature_pair import number
from core.plots.network import marked
from core.plots.words import counted
from pages.ui import session
from pages.ui.frame import Page
from pages.ui.pictures import beside
from pages.ui.text import plain_text

FEATURE = "feature_pair.feature"
NEIGHBOURS = {"feature": "Feature", "family": "Family", "definition": "What it measures", "shared": "In both"}
TWO_DIGITS = st.column_config.NumberColumn(format="%.2f")


def side_by_side(page: Page, found: Mapping[str, Drawing]) -> None:
    """A picture per setting, on a phone below each other; with two settings a click on a feature chooses it."""
    shown = [found[name] for name in ("network_1", "network_2") if name in found]
    if len(shown) < 2:
        beside(page, shown, max(len(shown), 1))
        return
    chosen = _chosen(page.context)
    st.caption("Click a feature to see it under both settings; point at a feature or an edge to read what it is.")
    for place, drawing in zip(st.columns(len(shown)), shown, strict=True):
        # A choice changes both pictures by its ring, and with a changed figure a chart has no selection any more: so
        # the same feature can be clicked again after Back or another choice.
        with place:
            page.show(
                marked(drawing, chosen),
                on_select=lambda name=drawing.name: _obey(page.context, name),
                selection_mode=("points",),
            )


def _chosen(context: Context) -> str:
    """The feature that the view asks for."""
    return context.analysis("feature_pair").feature


def _obey(context: Context, name: str) -> None:
    feature = clicked(st.session_state[name].selection.points)
    if feature:
        session.publish((session.current() or context.view).with_options({FEATURE: feature}))


def clicked(points: Iterable[Mapping[str, Any]]) -> str:
    """The feature among the clicked points; "" when none was hit, as when an edge was clicked."""
    for point in points:
        mark = point.get("customdata")
        mark = mark[0] if isinstance(mark, (list, tuple)) and mark else mark
        if isinstance(mark, str) and mark:
            return mark
    return ""


def feature(page: Page) -> None:
    """The chosen feature under both settings, and how to choose one by the keyboard."""
    st.subheader("One feature under both settings")
    page.controls("feature_pair", "feature")
    if _chosen(page.context) == choices.NONE:
        st.caption("Click a feature in a network, or choose one here.")
        return
    result = page.ask("feature_pair")
    if result is None:
        return
    _what(result)
    beside(page, drawings(result))
    _part(result)
    _neighbours(page, result)


def _what(result: FeaturePair) -> None:
    """What the feature is and how well it agrees, before the pictures."""
    kind = [
        result.family,
        f"filter {result.filter}" if result.filter else "",
        f"IBSI {result.ibsi}" * bool(result.ibsi),
    ]
    st.markdown(f"**{plain_text(result.feature)}** ({plain_text(', '.join(each for each in kind if each))})")
    if result.definition:
        st.markdown(plain_text(result.definition))
    if result.departure:
        st.caption(plain_text(result.departure))
    if result.note:
        st.markdown(f"No agreement can be estimated: {plain_text(result.note)}, n = {result.n:,}.")
        return
    st.markdown(
        f"Concordance {_with_interval(result.ccc, result.ccc_low, result.ccc_high)}, "
        f"ICC {_with_interval(result.icc, result.icc_low, result.icc_high)}, "
        f"Spearman {result.spearman:.2f}, n = {result.n:,}."
    )


def _with_interval(value: float, low: float, high: float) -> str:
    return f"{value:.2f} ({low:.2f} to {high:.2f})" if low == low else f"{value:.2f}"


def _part(result: FeaturePair) -> None:
    """Its part in each network, and whether it follows the volume."""
    lines = [f"{plain_text(part.setting)}: {_standing(part)}." for part in result.parts]
    common = "belongs" if result.in_common else "does not belong"
    lines.append(f"It {common} to the network that patients are compared on.")
    follows = [part for part in result.parts if part.volume_spearman == part.volume_spearman]
    if follows:
        each = [f"{number(round(part.volume_spearman, 2))} under {part.setting} (n = {part.n:,})" for part in follows]
        lines.append(plain_text(f"Rank correlation with the volume {result.volume}: {listed(each, 'and')}."))
    st.markdown("\n".join(f"* {line}" for line in lines))


def _standing(part: PartInNetwork) -> str:
    if part.follows_volume:
        return "left out of the network, because it follows the volume"
    if not part.entered:
        return "left out of the network"
    if not part.edges:
        return "in the network, without an edge"
    return f"strength {part.strength:.2f} over {counted(part.edges, 'edge')}"


def _neighbours(page: Page, result: FeaturePair) -> None:
    if result.neighbours.empty:
        st.caption("No other feature is connected with it under either setting.")
        return
    first, second = (f"Partial correlation, {setting}" for setting in result.settings)
    headings = NEIGHBOURS | {"partial_first": first, "partial_second": second}
    order = ["feature", "partial_first", "partial_second", "shared", "family", "definition"]
    page.table(
        result.neighbours[order].rename(columns=headings),
        name="feature_neighbours",
        caption=f"{counted(len(result.neighbours), 'feature')} connected with {result.feature}; –: no edge.",
        hide_index=True,
        placeholder="–",
        column_config={first: TWO_DIGITS, second: TWO_DIGITS},
        data=result.neighbours,
    )
