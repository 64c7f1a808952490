"""The Screen section: every feature or gene against the endpoint, and from each of them on to its curve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.analyses.parameters import Scope
from core.analyses.survival_screen import SurvivalScreening
from core.analyses.survival_screen_result import EXPRESSION, MUTATIONS, FeatureScreen
from core.plots import drawings
from core.plots.families import short_names
from core.plots.words import counted
from pages.ui import session
from pages.ui.frame import Page
from pages.ui.network_click import clicked
from pages.ui.text import plain_text

CHOSEN, TABLE, VOLCANO = "survival_screen.chosen", "survival_screen_table", "survival_screen_volcano"
CHOICES = ("over", "features", "setting", "adjust", "volume", "volume_by", "strata")
SMALL = st.column_config.NumberColumn(format="%.2g")
TWO_DIGITS = st.column_config.NumberColumn(format="%.2f")


def screen(page: Page) -> None:
    """What is screened, what was found, and every feature in a picture and a table."""
    analysis = page.analysis("survival_screen")
    if analysis is None:
        return
    with st.container(horizontal=True, key="survival_screen.choices"):
        page.controls("follow_up", "endpoint")
        page.controls("survival_screen", *_choices(page, analysis))
    result = page.ask("survival_screen")
    if result is not None:
        page.exploratory("survival_screen", result)
        _found(page, result)
    with st.expander("More choices"):
        page.controls("survival_screen", "q", "fewest")
        page.controls("follow_up", "landmark", "until")


def _choices(page: Page, analysis: SurvivalScreening) -> list[str]:
    """The names of the choices without those that leave nothing to choose: a single setting, a study without volume."""
    scope = Scope(page.context, {"over": analysis.over, "features": analysis.features})
    declared = analysis.parameters()
    single = [
        name for name in ("setting", "volume") if getattr(analysis, name) and len(declared[name].among(scope)) < 2
    ]
    return [name for name in CHOICES if name not in single]


def _found(page: Page, result: FeatureScreen) -> None:
    headline, *rest = result.words
    st.markdown(f"**{plain_text(headline)}**")
    st.markdown("\n".join(f"* {plain_text(sentence)}" for sentence in rest))
    drawn = drawings(result)
    for drawing in drawn[:1]:
        st.caption(f"Click a {result.noun} to see its curve; point at it to read what it is.")
        page.show(drawing, on_select=lambda: _obey_picture(page, result), selection_mode=("points",))
    _by_keyboard(page, result)
    _table(page, result)
    for drawing in drawn[1:]:
        page.show(drawing)
    _left_out(page, result)


def curve_of(result: FeatureScreen, feature: str) -> Mapping[str, str | None]:
    """The options of the curves of one feature or gene of a screen."""
    if result.over == MUTATIONS:
        return {"survival.split": "gene", "survival.gene": feature}
    if result.over == EXPRESSION:
        return {"survival.split": "expression", "survival.expression": feature}
    return {
        "survival.split": "feature",
        "survival.features": result.feature_set,
        "survival.setting": result.setting,
        "survival.feature": feature,
    }


def _open(page: Page, result: FeatureScreen, feature: str) -> None:
    """Show the curves of this feature, for the same patients and endpoint."""
    view = session.current() or page.context.view
    session.publish(view.with_options(curve_of(result, feature)).with_section(""))


def _obey_picture(page: Page, result: FeatureScreen) -> None:
    feature = clicked(st.session_state[VOLCANO].selection.points)
    if feature:
        _open(page, result, feature)


def _obey_table(page: Page, result: FeatureScreen) -> None:
    rows: list[int] = st.session_state[TABLE].selection.rows
    if rows:
        _open(page, result, result.table["feature"].iloc[rows[0]])


def _by_keyboard(page: Page, result: FeatureScreen) -> None:
    """The same without a mouse."""
    names = list(result.table["feature"])
    with st.container(horizontal=True, vertical_alignment="bottom", key="survival_screen.open"):
        feature = st.selectbox(
            result.noun.capitalize(), names, key=CHOSEN, help="In the order of p; type to look for a name."
        )
        st.button("Open the curve", key="survival_screen.go", on_click=_open, args=(page, result, feature))


def _table(page: Page, result: FeatureScreen) -> None:
    shown = table_of(result)
    ratio = next(name for name in shown if name.startswith("HR"))
    page.table(
        shown,
        name=TABLE,
        caption=(
            f"{counted(result.n_features, result.noun)}, {counted(result.n_tests, 'test')}. HR {result.per}; p: "
            f"likelihood ratio; q: Benjamini-Hochberg over all tests; intervals: Wald. Choose a row to see its curve."
        ),
        hide_index=True,
        height=420,
        column_config={
            shown.columns[0]: st.column_config.TextColumn(pinned=True),
            ratio: TWO_DIGITS,
            "p": SMALL,
            "q": SMALL,
            "Rho with volume": TWO_DIGITS,
        },
        data=result.table,
        on_select=lambda: _obey_table(page, result),
        selection_mode="single-row",
    )


def table_of(result: FeatureScreen) -> pd.DataFrame:
    """The table as it is read, with short names; the CSV holds every number."""
    table = result.table
    known = table["hazard_ratio"].notna()
    interval = [f"{low:.2f} to {high:.2f}" for low, high in zip(table["lower"], table["upper"], strict=True)]
    short = short_names(list(table["feature"]), dict(zip(table["feature"], table["family"], strict=True)))
    columns: dict[str, Any] = {result.noun.capitalize(): table["feature"].map(short)}
    if result.over == MUTATIONS:
        columns |= {"Mutated": table["n_mutated"], "Events among them": table["n_mutated_events"]}
    columns |= {
        "HR" if result.over == MUTATIONS else "HR per SD": table["hazard_ratio"],
        "95 % CI": pd.Series(interval, index=table.index).where(known, ""),
        "p": table["lr_p"],
        "q": table["q"],
        "n": table["n"],
        "Events": table["n_events"],
    }
    if result.volume:
        columns["Rho with volume"] = table["rho_volume"]
    columns |= {
        heading: table[name]
        for heading, name in (("Family", "family"), ("What it measures", "definition"))
        if table[name].any()
    }
    return pd.DataFrame(columns | {"Remark": [_remark(row) for row in table.itertuples()]})


def _remark(row) -> str:
    state = "" if row.state == "estimated" else row.state
    copy = f"the same as {row.copy_of}" if row.copy_of else ""
    return "; ".join(each for each in (state, copy, row.caution) if each)


def _left_out(page: Page, result: FeatureScreen) -> None:
    if result.left_out.empty:
        return
    told = ", ".join(f"{row.n:,} {row.reason}" for row in result.left_out.itertuples())
    st.caption(plain_text(f"In no model, of {counted(result.n_cohort, 'patient')}: {told}."))
