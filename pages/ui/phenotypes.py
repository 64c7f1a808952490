"""The Phenotypes section of Radiogenomics: groups of patients against their genes, and other patients after them."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from core.analyses.phenotype_result import PhenotypeScreen
from core.plots import drawings
from core.plots.drawing import Drawing
from core.plots.words import counted
from core.radiogenomics.phenotypes import MUTATION
from pages.ui import session
from pages.ui.frame import Page
from pages.ui.pictures import beside
from pages.ui.text import plain_text

TABLE = "phenotypes_table"
#: Rows of the table on the page; the CSV holds all.
MOST = 2_000
SMALL = st.column_config.NumberColumn(format="%.2g")
TWO_DIGITS = st.column_config.NumberColumn(format="%.2f")


def phenotypes(page: Page) -> None:
    """Which groups, what sets them apart, and what of it holds in other patients."""
    analysis = page.analysis("phenotypes")
    if analysis is None:
        return
    with st.container(horizontal=True, key="phenotypes.choices"):
        page.controls("phenotypes", "groups", "on", "adjustment")
    with st.expander("More choices"):
        page.controls("phenotypes", "kinds", "q", "fewest", "smallest", "seed")
    result = page.ask("phenotypes")
    if result is None:
        return
    headline, *rest = result.words
    st.markdown(f"**{plain_text(headline)}**")
    st.markdown("\n".join(f"* {plain_text(sentence)}" for sentence in rest))
    drawn = {each.name: each for each in drawings(result)}
    beside(page, [drawn[name] for name in ("phenotypes_mutations", "phenotypes_expression") if name in drawn])
    _table(page, result)
    _item(page)
    _second(page, result, drawn.get("phenotypes_replication"))


def _item(page: Page) -> None:
    """One of them, patient by patient."""
    st.subheader("One of them")
    page.controls("phenotype_item", "item")
    found = page.ask("phenotype_item")
    if found is not None:
        beside(page, drawings(found))


def _second(page: Page, result: PhenotypeScreen, drawing: Drawing | None) -> None:
    """What became of the findings in other patients."""
    st.subheader("In other patients")
    if not result.second_words:
        st.caption("Choose under “Tried on” who they are: the other patients of this study, or another study.")
        return
    headline, *rest = result.second_words
    st.markdown(f"**{plain_text(headline)}**")
    if rest:
        st.markdown("\n".join(f"* {plain_text(sentence)}" for sentence in rest))
    if drawing is not None:
        page.show(drawing)
    if result.carried is not None and result.carried.n_carried:
        _carried_table(page, result)


def _carried_table(page: Page, result: PhenotypeScreen) -> None:
    each = result.carried
    by = "Holm" if each.adjustment == "Holm" else "BH"
    names = {
        "item": "What",
        "verdict": "Verdict",
        "effect": "Effect here",
        "effect_new": "Effect there",
        "highest": "Highest here",
        "highest_new": "Highest there",
        "q": "q here",
        "p_new": "p there",
        "adjusted": f"p after {by}",
        "n_new": "n there",
        "direction": "Direction",
        "kind": "Kind",
        "effect_name": "Effect is",
        "reason": "Why not",
    }
    page.table(
        each.table[list(names)].rename(columns=names),
        name="phenotypes_carried",
        caption=(
            f"{counted(each.n_carried, 'finding')} carried over. Direction: 1 where the groups lean the same way, -1 "
            "the opposite way."
        ),
        hide_index=True,
        column_config={
            "What": st.column_config.TextColumn(pinned=True),
            **dict.fromkeys(("Effect here", "Effect there", "Direction"), TWO_DIGITS),
            **dict.fromkeys(("q here", "p there", f"p after {by}"), SMALL),
        },
        data=each.table,
    )


def _table(page: Page, result: PhenotypeScreen) -> None:
    shown = table_of(result).head(MOST)
    cut = "" if len(shown) == len(result.table) else f" The first {MOST:,} are shown; the CSV holds all."
    page.table(
        shown,
        name=TABLE,
        caption=(
            f"{counted(result.tests.n_tests, 'test')}; q: Benjamini-Hochberg over all of them. Of mutations each group "
            f"shows mutated / profiled, of the others the mean z score (patients).{cut} Choose a row to see it."
        ),
        hide_index=True,
        height=380,
        column_config={
            "What": st.column_config.TextColumn(pinned=True),
            "Effect": TWO_DIGITS,
            "p": SMALL,
            "q": SMALL,
        },
        data=result.table,
        on_select=partial(_obey_table, page, result),
        selection_mode="single-row",
    )


def _obey_table(page: Page, result: PhenotypeScreen) -> None:
    rows: list[int] = st.session_state[TABLE].selection.rows
    if rows:
        row = result.table.iloc[rows[0]]
        view = session.current() or page.context.view
        session.publish(view.with_options({"phenotype_item.item": f"{row['kind']}: {row['item']}"}))


def table_of(result: PhenotypeScreen) -> pd.DataFrame:
    """The table as it is read: a column per group, with counts."""
    table = result.table
    columns = {"What": table["item"], "Kind": table["kind"], "p": table["p"], "q": table["q"], "n": table["n"]}
    columns |= {"Effect": table["effect"], "Highest in": table["highest"]}
    for group in result.tests.groups:
        columns[group] = [_cell(row, group) for _, row in table.iterrows()]
    return pd.DataFrame(columns | {"Effect is": table["effect_name"], "Test": table["test"]})


def _cell(row: pd.Series, group: str) -> str:
    n = row[f"{group}: n"]
    if not n:
        return "–"
    if row["kind"] == MUTATION:
        return f"{row[f'{group}: mutated']} / {n}"
    return f"{round(row[f'{group}: value'], 2) + 0.0:.2f} ({n})".replace("-", "−")
