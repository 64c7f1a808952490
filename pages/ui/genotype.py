"""The Genotype section of Radiogenomics: features and differences of paired regions against a genotype."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pandas as pd
import streamlit as st

from core.analyses.genotype import Genotype
from core.analyses.genotype_choices import CORRECTED, PUBLISHED
from core.analyses.genotype_found import AS_PUBLISHED, WITHOUT_INTERVAL, GenotypeFound
from core.analyses.genotype_overview import GenotypeOverview
from core.analyses.parameters import Scope
from core.plots import drawings
from core.plots.drawing import Drawing
from core.plots.words import counted
from pages.ui import session
from pages.ui.frame import Page
from pages.ui.genotype_survival import genotype_survival
from pages.ui.pictures import pictures
from pages.ui.text import plain_text

TABLE, TESTS, OBEYED = "genotype_table", "genotype_tests", "cohortscope.obeyed.genotype_tests"
CHOICES = ("genotype", "coding", "over", "paired", "features", "setting", "mode")
MORE = ("where", "adjust", "q", "folds", "repeats", "seed")
SMALL = st.column_config.NumberColumn(format="%.2g")
TWO_DIGITS = st.column_config.NumberColumn(format="%.2f")


def genotype(page: Page) -> None:
    """What is compared, what was found, one feature, all genotypes, features together, and survival by both."""
    analysis = page.analysis("genotype")
    if analysis is None:
        return
    with st.container(horizontal=True, key="genotype.choices"):
        page.controls("genotype", *_choices(page, analysis))
    with st.expander("More choices: places, adjustment, folds and seed"):
        page.controls("genotype", *MORE)
    result = page.ask("genotype")
    if result is None:
        return
    _words(result)
    drawn = pictures(page, "genotype", result)
    left, right = st.columns(2, gap="large")
    for place, drawing in zip((left, right), drawn.values(), strict=False):
        with place:
            _show(page, drawing)
    _table(page, result)
    left, right = st.columns(2, gap="large")
    with left:
        _feature(page)
    with right:
        _overview(page, analysis)
        _together(page)
    genotype_survival(page)


def _choices(page: Page, analysis: Genotype) -> list[str]:
    """The names of the choices without those that leave nothing to choose."""
    values = {"over": analysis.over, "features": analysis.features, "genotype": analysis.genotype}
    scope, declared = Scope(page.context, values), analysis.parameters()
    few = ("over", "paired", "features", "setting")
    single = [name for name in few if getattr(analysis, name) and len(declared[name].among(scope)) < 2]
    return [name for name in CHOICES if name not in single]


def _words(result: GenotypeFound) -> None:
    headline, *rest = result.words
    st.markdown(f"**{plain_text(headline)}**")
    st.markdown("\n".join(f"* {plain_text(sentence)}" for sentence in rest))
    if result.mode == PUBLISHED:
        st.warning(plain_text(AS_PUBLISHED))
    elif not result.no_held_out:
        st.caption(plain_text(WITHOUT_INTERVAL))


def _show(page: Page, drawing: Drawing) -> None:
    """A figure; a click on a mark of all tests shows that feature."""
    if drawing.name != TESTS:
        page.show(drawing)
        return
    # Part of the key is how often the figure was obeyed: then its selection is gone with it.
    key = f"{drawing.name}.{st.session_state.get(OBEYED, 0)}"
    page.show(drawing, key=key, on_select=partial(_clicked, page, key), selection_mode=("points",))


def _clicked(page: Page, key: str) -> None:
    marks = [point.get("customdata") for point in st.session_state[key].selection.points]
    marks = [list(mark.values()) if isinstance(mark, Mapping) else list(mark) for mark in marks if mark]
    if marks:
        st.session_state[OBEYED] = st.session_state.get(OBEYED, 0) + 1
        _choose(page, *marks[0][:2])


def _choose(page: Page, feature: str, where: str | None) -> None:
    """Show this feature, below and in the survival of both."""
    view = session.current() or page.context.view
    session.publish(view.with_options({"genotype_feature.feature": feature, "genotype_feature.where": where}))


def _feature(page: Page) -> None:
    """The chosen feature, or the strongest."""
    with st.container(horizontal=True, key="genotype.feature"):
        page.controls("genotype_feature")
    result = page.ask("genotype_feature")
    for drawing in drawings(result):
        page.show(drawing)


def _table(page: Page, result: GenotypeFound) -> None:
    corrected = result.mode == CORRECTED
    shown = table_of(result)
    adjusted = f", adjusted for {', '.join(result.adjust)}" if result.adjust else ""
    caption = (
        f"{counted(result.n_columns, result.noun)} of {result.of}; {counted(result.n_tests, 'test')}. "
        f"p: {result.test}; q: Benjamini-Hochberg over all tests. Odds ratio {result.per}{adjusted}. Areas are "
        "unadjusted, those of left-out patients are of the whole model. Choose a row to see it."
    )
    if not corrected:
        told = "Of no use: the average area of features that tell nothing."
        caption = f"{counted(len(shown), 'feature')} of {result.of}. {told}"
    page.table(
        shown,
        name=TABLE,
        caption=caption,
        hide_index=True,
        height=420,
        column_config={"Feature": st.column_config.TextColumn(pinned=True), "p": SMALL, "q": SMALL}
        | dict.fromkeys(("Area, left-out", "Average area", "Lowest", "Highest", "Of no use"), TWO_DIGITS),
        data=result.table if corrected else result.published,
        on_select=lambda: _obey(page, result),
        selection_mode="single-row",
    )


def _obey(page: Page, result: GenotypeFound) -> None:
    rows: list[int] = st.session_state[TABLE].selection.rows
    if rows:
        row = (result.table if result.mode == CORRECTED else result.published).iloc[rows[0]]
        _choose(page, row["feature"], row.get("where"))


def table_of(result: GenotypeFound) -> pd.DataFrame:
    """The table as it is read; the CSV holds every number."""
    if result.mode != CORRECTED:
        found = result.published
        columns = {"label": "Feature", "family": "Family", "apparent": "Average area", "lowest": "Lowest"}
        columns |= {"highest": "Highest", "chance": "Of no use", "n_places": "Places"}
        return found[list(columns)].set_axis(list(columns.values()), axis=1)
    table = result.table
    places = {"Place": table["where"]} if table["where"].ne("patient").any() else {}
    return pd.DataFrame(
        {
            "Feature": table["label"],
            **places,
            "Area (95 % CI)": _spans(table, "auc", "lower", "upper"),
            "Odds ratio per SD (95 % CI)": _spans(table, "odds_ratio", "or_lower", "or_upper"),
            "p": table["p"],
            "q": table["q"],
            "Area, left-out": table["held_out"],
            "n": table["n"],
            result.genotype.positive.capitalize(): table["n_carriers"],
            "Family": table["family"],
            "Remark": table["state"].where(table["state"] != "estimated", ""),
        }
    )


def _spans(table: pd.DataFrame, *names: str) -> list[str]:
    return [
        "" if value != value else f"{value:.2f}" if low != low else f"{value:.2f} ({low:.2f} to {high:.2f})"
        for value, low, high in zip(*(table[name] for name in names), strict=True)
    ]


def _overview(page: Page, analysis: Genotype) -> None:
    """Every genotype of the study, where it has more than one."""
    if len(analysis.parameters()["genotype"].among(Scope(page.context, {}))) < 2:
        return
    result = page.ask("genotype_overview")
    if result is None:
        return
    st.subheader("All genotypes")
    page.table(
        overview_of(result),
        name="genotype_overview",
        caption=(
            f"The same {result.noun}s and adjustment for each; {counted(result.n_tests, 'test')} in all. Found: q < "
            f"{result.q:g} over the tests of that genotype. Smallest q: over its own tests; of the genotype: Benjamini-"
            "Hochberg over the genotypes. Detectable: the area that is found in 4 of 5 such cohorts."
        ),
        hide_index=True,
        height="content",
        column_config={"Genotype": st.column_config.TextColumn(pinned=True)}
        | dict.fromkeys(("Smallest q", "q of the genotype"), SMALL)
        | {"Detectable": TWO_DIGITS},
        data=result.table,
    )


def overview_of(result: GenotypeOverview) -> pd.DataFrame:
    """The table of all genotypes as it is read."""
    table = result.table
    counts = {
        heading: ["" if count != count else f"{count:,.0f}" for count in table[name].astype(float)]
        for heading, name in (("n", "n"), ("With it", "n_carriers"), ("Tests", "n_tests"), ("Found", "n_found"))
    }
    strongest = [
        "" if name != name or not name else f"{name}, {where}"
        for name, where in zip(table["strongest"], table["direction"], strict=True)
    ]
    return pd.DataFrame(
        {
            "Genotype": table["name"],
            **counts,
            "Smallest q": table["q"],
            "q of the genotype": table["q_genotype"],
            "Strongest": strongest,
            "Area (95 % CI)": _spans(table.astype({"auc": float, "lower": float, "upper": float}), *AREA),
            "Detectable": table["detectable"],
            "Remark": table["state"],
        }
    )


AREA = ("auc", "lower", "upper")


def _together(page: Page) -> None:
    """The ridge model of a family, on request."""
    st.subheader("Features together")
    analysis = page.analysis("genotype_family")
    if analysis is None:
        return
    page.controls("genotype_family", "asked")
    if not analysis.asked:
        return
    with st.container(horizontal=True, key="genotype.family"):
        page.controls("genotype_family", "family", "where", "folds", "repeats", "seed")
    result = page.ask("genotype_family")
    if result is None:
        return
    headline, *rest = result.words
    st.markdown(f"**{plain_text(headline)}**")
    st.markdown("\n".join(f"* {plain_text(sentence)}" for sentence in rest))
    found = result.found
    with st.expander("Weights of the features and penalties chosen"):
        page.table(
            found.weights.set_axis(["Feature", "Weight per SD"], axis=1),
            name="genotype_weights",
            caption=(
                f"Mean coefficient over {counted(found.folds * found.repeats, 'fit')}; shrunken, no interval or p. "
                "Inverse penalties chosen: "
                + ", ".join(f"{row.C:g} ({row.n} times)" for row in found.penalties.itertuples())
                + f". {counted(found.n_imputed, 'missing value')} filled in with medians of the patients fitted on."
            ),
            hide_index=True,
            height=300,
            column_config={"Weight per SD": SMALL},
        )
