"""The Screen section of Radiogenomics: every feature against every gene, and each pair one click away."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from core.analyses.parameters import Scope
from core.analyses.radiogenomic_result import MUTATIONS, GeneScreen
from core.analyses.radiogenomic_screen import MOST, TOP, RadiogenomicScreening
from core.plots import drawings
from core.plots.families import short_names
from core.plots.words import counted
from pages.ui.clicked_pair import choose, clickable
from pages.ui.frame import Page
from pages.ui.pictures import beside, pictures
from pages.ui.text import plain_text

TABLE, PAIR = "gene_screen_table", ("gene_pair.feature", "gene_pair.gene")
CHOICES = ("over", "features", "setting", "volume", "strata")
SMALL = st.column_config.NumberColumn(format="%.2g")
TWO_DIGITS = st.column_config.NumberColumn(format="%.2f")


def gene_screen(page: Page) -> None:
    """What is screened, what was found, the pictures, one pair, and every pair as a table."""
    analysis = page.analysis("gene_screen")
    if analysis is None:
        return
    with st.container(horizontal=True, key="gene_screen.choices"):
        page.controls("gene_screen", *_choices(page, analysis))
    with st.expander("More choices"):
        page.controls("gene_screen", "adjust", "fewest", "q", "largest", "seed")
    result = page.ask("gene_screen")
    if result is None:
        return
    headline, *rest = result.words
    st.markdown(f"**{plain_text(headline)}**")
    st.markdown("\n".join(f"* {plain_text(sentence)}" for sentence in rest))
    drawn = pictures(page, "gene_screen", result)
    st.caption("Click a cell or a mark to see that pair; point at it to read what it is.")
    clickable(page, drawn["gene_screen_heat_map"], PAIR)
    _pair(page)  # beside both pictures in which it is chosen, on a phone too
    clickable(page, drawn["gene_screen_volcano"], PAIR)
    _table(page, result)
    if "gene_screen_p_values" in drawn:
        page.show(drawn["gene_screen_p_values"])
    _ways(page)


def _choices(page: Page, analysis: RadiogenomicScreening) -> list[str]:
    """The names of the choices without those that leave nothing to choose."""
    declared, values = analysis.parameters(), {"features": analysis.features, "over": analysis.over}
    scope = Scope(page.context, values)
    return [name for name in CHOICES if len(declared[name].among(scope)) > 1]


def _pair(page: Page) -> None:
    """The chosen pair, and how to choose one by the keyboard."""
    st.subheader("One pair")
    with st.container(horizontal=True, key="gene_pair.choices"):
        page.controls("gene_pair", "feature", "gene")
    result = page.ask("gene_pair")
    if result is None:
        return
    if result.note:
        st.info(plain_text(result.note))
    beside(page, drawings(result))


def _table(page: Page, result: GeneScreen) -> None:
    shown = table_of(result)
    all_shown = len(shown) == result.n_tests
    if all_shown:
        which = "Every pair tested"
    elif result.n_found > TOP:
        which = f"The {len(shown):,} pairs found" if result.n_found <= MOST else f"The {MOST:,} pairs of smallest p"
    else:
        which = f"The {len(shown):,} pairs of smallest p"
    page.table(
        shown,
        name=TABLE,
        caption=(
            f"{which}; the CSV holds all {counted(result.n_pairs, 'pair')}, those not tested with the reason. q: "
            f"Benjamini-Hochberg over {counted(result.n_tests, 'test')}. Choose a row to see the pair."
        ),
        hide_index=True,
        height=420,
        column_config={
            "Gene": st.column_config.TextColumn(pinned=True),
            "Feature": st.column_config.TextColumn(width="medium"),
            "Effect": TWO_DIGITS,
            "Rho with volume": TWO_DIGITS,
            "p": SMALL,
            "q": SMALL,
        },
        data=result.all_pairs,
        packed=result.is_large,
        on_select=partial(_obey_table, page, result),
        selection_mode="single-row",
    )


def _ways(page: Page) -> None:
    """What is left when the volume and the centre are adjusted for; worked out when it is asked for."""
    analysis = page.analysis("gene_screen_ways")
    if analysis is None:
        return
    st.subheader("What adjusting does")
    page.controls("gene_screen_ways", "asked")
    found = page.ask("gene_screen_ways") if analysis.asked else None
    if found is None:
        return
    of = [f"The volume is {found.volume}."] * bool(found.volume) + [f"The centre is {found.centre}."] * bool(
        found.centre
    )
    names = {
        "way": "Adjusted for",
        "n_found": "Found",
        "n_left": "Of those unadjusted",
        "n_same": "Same direction",
        "n_tests": "Tests",
        "smallest_q": "Smallest q",
        "n": "Patients",
        "note": "Remark",
    }
    page.table(
        found.table[list(names)].rename(columns=names),
        name="gene_screen_ways",
        caption=(
            f"Found: q < {found.q:g}, Benjamini-Hochberg over the tests of each way. What disappears may be the size "
            "of the tumour or the centre; a way with fewer patients finds less as well. Adjusted tests of mutations "
            f"take at least 8 mutated and 8 wild type. {' '.join(of)}"
        ),
        hide_index=True,
        column_config={"Smallest q": SMALL},
        data=found.table,
    )


def _obey_table(page: Page, result: GeneScreen) -> None:
    rows: list[int] = st.session_state[TABLE].selection.rows
    if rows:
        row = result.found.iloc[rows[0]]
        choose(page, PAIR, (row["feature"], row["gene"]))


def table_of(result: GeneScreen) -> pd.DataFrame:
    """The table as it is read, with short names; the CSV holds every number of every pair."""
    table = result.found
    short = short_names(list(result.screen.features), result.families)
    columns: dict[str, Any] = {"Gene": table["gene"], "Feature": table["feature"].map(short)}
    columns |= {"Effect": table["effect"], "p": table["p"], "q": table["q"], "n": table["n"]}
    if result.over == MUTATIONS:
        columns["Mutated"] = table["n_mutated"]
    if result.volume:
        columns["Rho with volume"] = table["rho_volume"]
    columns |= {"Direction": table["direction"], "Family": table["family"], "Test": table["test"]}
    return pd.DataFrame(columns)
