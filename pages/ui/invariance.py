"""The Invariance section of the Prediction page: which sets of features tell a class alike in every environment."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.analyses.invariance_result import InvarianceAcross
from core.analyses.left_out_words import value_text
from core.plots import drawings
from core.radiogenomics.invariance_words import fell_sentence
from core.vocabulary import counted
from pages.ui.frame import Page
from pages.ui.pictures import beside
from pages.ui.prediction import left_out, target_choices
from pages.ui.text import plain_text

SMALL = st.column_config.NumberColumn(format="%.2g")
TWO_DIGITS = st.column_config.NumberColumn(format="%.2f")
FIRST = st.column_config.TextColumn(pinned=True)


def choices(page: Page) -> bool:
    """What is told, from what, over which environments, and how features are screened."""
    if page.analysis("target") is None or page.analysis("centres") is None:
        return False
    target_choices(page)
    with st.container(horizontal=True, key="centres.choices.row"):
        page.controls("centres", "environment", "fewest", "small")
    return True


def screen_choices(page: Page) -> None:
    with st.container(horizontal=True, key="invariance.choices.row"):
        page.controls("invariance", "selection", "factor")
    with st.expander("More choices of the screen and the test"), st.container(horizontal=True, key="invariance.more"):
        page.controls("invariance", "most", "alpha", "halves", "seed")


def said(words: tuple[str, ...], notes: tuple[str, ...]) -> None:
    headline, *rest = words
    st.markdown(f"**{plain_text(headline)}**")
    st.markdown("\n".join(f"* {plain_text(sentence)}" for sentence in rest))
    if notes:
        with st.expander("What these numbers rest on"):
            st.markdown("\n".join(f"* {plain_text(note)}" for note in notes))


def invariance(page: Page) -> None:
    """The test on all patients: its words, every set, the residuals of one, every feature."""
    if not choices(page):
        return
    screen_choices(page)
    result = page.ask("invariance")
    if result is None:
        return
    said(result.words, result.notes)
    page.controls("invariance", "residuals")
    beside(page, drawings(result))
    _environments(page, result)
    _variables(page, result)
    _sets(page, result)
    left_out(result.left_out, result.n_cohort)


def _environments(page: Page, result: InvarianceAcross) -> None:
    shown = result.places.rename(
        columns={
            **{"environment": "Environment", "n_positive": "Positive", "gap": "Gap to the others"},
            **{"p": "p alone", "detectable": "Gap mostly seen"},
        }
    )
    told = shown.assign(**{"Gap to the others": shown["Gap to the others"].round(2) + 0.0})  # no minus before nought
    page.table(
        told,
        name="invariance_environments",
        caption=(
            f"n = {result.n:,}. Of the set whose residuals are drawn: mean residual less that of the others; Welch's p "
            f"there, alone; and the gap that would lead to rejection in four of five such studies."
        ),
        hide_index=True,
        height="content",
        column_config={
            "Environment": FIRST,
            "Gap to the others": TWO_DIGITS,
            "p alone": SMALL,
            "Gap mostly seen": TWO_DIGITS,
        },
        data=shown,
    )


def variables_table(result: InvarianceAcross) -> pd.DataFrame:
    """Every screened feature: how often accepted sets hold it, whether it is needed, its interval, and why it falls."""
    found = result.found
    n_accepted = int(found.sets["accepted"].sum())
    rows = [
        {
            "Feature": row.variable,
            "In accepted sets": f"{row.n_accepted} of {n_accepted}",
            "p": row.p,
            "Log odds per SD": value_text((row.lower + row.upper) / 2, None, None)
            if row.lower != row.lower
            else f"{row.lower:.2f} to {row.upper:.2f}".replace("-", "−"),
            "Union": "yes" if row.union else "no",
            "Intersection": "yes" if row.intersection else "no",
            "Why": fell_sentence(found, row.variable),
        }
        for row in found.table.itertuples()
    ]
    columns = ["Feature", "In accepted sets", "p", "Log odds per SD", "Union", "Intersection", "Why"]
    return pd.DataFrame(rows, columns=columns)


def _variables(page: Page, result: InvarianceAcross) -> None:
    st.markdown("**The screened features**")
    page.table(
        variables_table(result),
        name="invariance_features",
        caption=(
            "p: the largest of the sets without the feature, which is at most alpha exactly for those in every "
            "accepted set. Log odds: hull of the accepted sets' intervals (0 where the set does without it)."
        ),
        hide_index=True,
        height="content",
        column_config={"Feature": FIRST, "p": SMALL},
        data=result.found.table.assign(without=["; ".join(names) for names in result.found.table["without"]]),
    )


def _sets(page: Page, result: InvarianceAcross) -> None:
    with st.expander(f"All {counted(len(result.found.sets), 'set')}, and where they fail"):
        table = result.found.sets.sort_values("p_environment", ascending=False, kind="stable")
        table = table.assign(variables=["; ".join(names) or "none" for names in table["variables"]])
        shown = pd.DataFrame(
            {
                "Features": table["variables"],
                "p": table["p"],
                "Accepted": table["accepted"].map({True: "yes", False: "no"}),
                "Worst environment": table["environment"],
                "p there": table["p_environment"],
                "Gap there": table["gap"],
            }
        )
        page.table(
            shown,
            name="invariance_all_sets",
            caption="Gap: more (above 0) or fewer of the positive class there than the model expects, by share.",
            hide_index=True,
            height=360,
            column_config={"Features": FIRST, "p": SMALL, "p there": SMALL, "Gap there": TWO_DIGITS},
            data=table,
        )
