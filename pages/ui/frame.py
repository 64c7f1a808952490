"""Open a page: find out what the address asks for, refuse what cannot be honoured, and draw what every page has.

Each page file calls `open_page` first. There is no frame in `app.py`: a deep link on a fresh server runs the page
alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import streamlit as st

from core.analyses.base import Analysis
from core.analyses.context import Context
from core.analyses.ledger import Ledger, exploratory
from core.analyses.opening import SHORT, checked, opened, page_link
from core.analyses.provenance import SYNTHETIC, export_notes, is_synthetic, notices
from core.errors import CohortscopeError, NotEstimable, Refused
from core.plots import drawings
from core.store.first_start import DEMO, ensure_demo, has_demo
from core.view import View, unlink
from pages.ui import cache, cohort_bar, session, share
from pages.ui.controls import controls
from pages.ui.text import plain_text

#: Icon of the browser tab (one that no other host is asked for), and of the door to the home page.
TAB_ICON, HOME_ICON = "🔬", ":material/home:"
PAGES = {
    "Cohort": ("pages/1_Cohort.py", ":material/groups:"),
    "Features": ("pages/2_Features.py", ":material/bar_chart:"),
    "Survival": ("pages/3_Survival.py", ":material/trending_down:"),
    "Reproducibility": ("pages/4_Reproducibility.py", ":material/hub:"),
    "Clusters": ("pages/5_Clusters.py", ":material/bubble_chart:"),
    "Replication": ("pages/6_Replication.py", ":material/repeat:"),
    "Radiogenomics": ("pages/7_Radiogenomics.py", ":material/genetics:"),
    "Prediction": ("pages/8_Prediction.py", ":material/online_prediction:"),
    "Gene_masking": ("pages/9_Gene_masking.py", ":material/filter_alt:"),
    "Radiotherapy": ("pages/10_Radiotherapy.py", ":material/radiology:"),
    "Checklist": ("pages/11_Checklist.py", ":material/checklist:"),
    "Studies": ("pages/12_Studies.py", ":material/library_books:"),
}


#: Streamlit leaves a hand's breadth above the first line.
STYLE = "<style>[data-testid=stMainBlockContainer]{padding-top:3.5rem;padding-bottom:3rem}</style>"


@dataclass(frozen=True)
class Page:
    """An opened page: ask it for results and have them drawn."""

    name: str
    context: Context

    def analysis(self, name: str) -> Analysis | None:
        """The analysis with this view's options; None, after saying why, when this study cannot feed it."""
        try:
            return self.context.analysis(name)
        except NotEstimable as state:
            state_of(state)
            return None

    def controls(self, name: str, *names: str) -> None:
        """The controls of an analysis, or only of the parameters named."""
        analysis = self.analysis(name)
        if analysis is not None:
            controls(self.context, analysis, names or None)

    def ask(self, name: str) -> Any:
        """The result of an analysis; None, after saying why, when these data cannot answer it."""
        analysis = self.analysis(name)
        if analysis is None:
            return None
        bar = _Bar(analysis.title)
        self.context.progress = bar
        try:
            result = self.context.result(analysis)
        except NotEstimable as state:
            state_of(state)
            return None
        except Refused as refused:  # values that no calculation takes: what is wrong with them, and how to mend it
            for problem in refused.problems:
                st.info(plain_text(problem))
            return None
        finally:
            bar.close()
        session.count(analysis.tests(self.context, result))
        return result

    def draw(self, name: str) -> Any:
        """Ask for a result and show its drawings; returns the result, or None after saying why there is none."""
        result = self.ask(name)
        for drawing in drawings(result):
            self.show(drawing)
        return result

    def show(self, drawing, key: str = "", **how: Any) -> Any:
        """Draw a figure with its outlets, labelled and with this view's notes."""
        said = {"synthetic": self.synthetic, "notes": self.notes, "foot": self.ledger.sentence()}
        return share.show(drawing, key=key or drawing.name, **said, **how)

    def table(self, frame, name: str, **how: Any) -> Any:
        """Show a table with its CSV outlet."""
        return share.table(frame, name=name, synthetic=self.synthetic, notes=self.notes, **how)

    def exploratory(self, name: str, result: Any) -> None:
        """Say why what this analysis shows is exploratory, where the rules say that it is."""
        said = exploratory(self.ledger, self.context.analysis(name).tests(self.context, result))
        if said:
            st.warning(plain_text(said))

    def tried(self) -> None:
        """The tests of survival that this tab has shown of this study, as they stand in every export."""
        ledger = self.ledger
        with st.expander(f"Tests tried in this session: {ledger.n_tests:,}"):
            st.caption(
                f"{ledger.sentence()} The count starts anew when the tab is loaded again; a link does not carry it."
            )
            if ledger.entries:
                st.dataframe(ledger.table(), hide_index=True, width="stretch", height="content", key="tests_tried")

    def filters(self) -> None:
        """The controls of the cohort, at the side."""
        with st.sidebar:
            cohort_bar.filters(self.context)

    @cached_property
    def synthetic(self) -> bool:
        """Whether the page must say that its data are made up."""
        return is_synthetic(self.name, self.context)

    @property
    def ledger(self) -> Ledger:
        """The tests of survival that this tab has shown of the study, those of this page so far included."""
        return session.ledger(self.context.view.study)

    @property
    def notes(self) -> list[str]:
        """What every export says: where it comes from, and how many tests were tried."""
        return [*self._origin, self.ledger.sentence()]

    @cached_property
    def _origin(self) -> list[str]:
        return export_notes(self.name, self.context)


def open_page(name: str, *, with_cohort: bool = True, filters: bool = True) -> Page:
    """The page that the address bar, or this tab's view, asks for; stops here when that cannot be honoured.

    A page whose first figure is quick says `filters=False` and calls `page.filters()` at its end: then the figure is
    on its way before the controls at the side.
    """
    st.set_page_config(page_title=f"{spoken(name)} · Cohortscope", page_icon=TAB_ICON, layout="wide")
    navigation()
    start()
    page = Page(name, _asked(name))
    context = page.context
    badge = f" :orange-badge[{SYNTHETIC}]" if page.synthetic else ""
    st.markdown(f"### {spoken(name)}{badge}")
    _study(context)
    if with_cohort:
        if filters:
            page.filters()
        cohort_bar.sentence(context)
    for notice in notices(context):
        st.info(plain_text(notice))
    address = page_link(name, context)
    session.publish(context.view)
    session.write_address(name, unlink(address)[1])
    share.copy_link(address)
    cache.warmed()
    return page


def spoken(name: str) -> str:
    """The name of a page as it is read: a link writes Gene_masking, as its file is called."""
    return name.replace("_", " ")


def navigation() -> None:
    """The doors at the top of the side."""
    st.html(STYLE)
    with st.sidebar:
        st.page_link("app.py", label="Cohortscope", icon=HOME_ICON)
        for name, (path, icon) in PAGES.items():
            st.page_link(path, label=spoken(name), icon=icon)
        st.divider()


def start() -> None:
    """Build the demonstration studies at the first start, with a bar; a store that cannot be written stops here."""
    library = cache.library()
    if has_demo(library):
        return
    place = st.empty()
    bar = place.progress(0.0, "First start: making the demonstration studies")
    try:
        ensure_demo(library, lambda share, text="": bar.progress(min(share, 1.0), f"First start: {text}"))
    except CohortscopeError as error:
        if not library.studies():
            st.error(plain_text(error))
            st.stop()
    place.empty()


def _asked(name: str) -> Context:
    library, memo = cache.library(), cache.remembered()
    pairs = session.address()
    view = session.current() or View(DEMO)
    try:
        if session.is_news(name, pairs):
            return _dated(opened(pairs, library, memo))
        return _dated(checked(Context(view if session.came_from(name) else view.with_section(""), library, memo)))
    except CohortscopeError as error:
        refusal(error)


def _dated(context: Context) -> Context:
    """The context whose view says which edition it was first shown from: an import must not change the numbers of an
    open page without a word.
    """
    view = context.view
    if view.study not in dict(view.editions):
        first = (view.study, context.store.fingerprint[:SHORT])
        context.view = replace(view, editions=tuple(sorted((*view.editions, first))))
    return context


def refusal(error: CohortscopeError) -> None:
    """Every problem of a link in one list, and a way on; nothing of the link is shown."""
    st.error("This link cannot be shown as it is, so nothing is shown in its place.")
    problems = error.problems if isinstance(error, Refused) else (error,)
    st.markdown("\n".join(f"* {plain_text(problem)}" for problem in problems))
    st.page_link("app.py", label="Start from the list of studies", icon=HOME_ICON)
    st.button("Open the demonstration study", on_click=_afresh)
    st.stop()


def _afresh() -> None:
    st.query_params.clear()
    session.publish(View(DEMO))


def _study(context: Context) -> None:
    """Which study: changing it starts with all its patients, for filters and options are a study's own."""
    names = {entry.id: entry.name for entry in context.library.studies()}
    st.session_state["study"] = context.view.study
    with st.sidebar:
        st.selectbox("Study", list(names), key="study", format_func=names.get, on_change=_other_study, args=(context,))


def _other_study(context: Context) -> None:
    session.publish(context.view.with_study(st.session_state["study"]))


def state_of(state: NotEstimable) -> None:
    """A named state where a number would be, with what to do."""
    st.info(f"{plain_text(state.reason)} {plain_text(state.remedy)}".strip())


class _Bar:
    """Progress of long work. Each call is also a point where the reader's next click ends it."""

    PATIENCE, PACE = 0.4, 0.1

    def __init__(self, title: str):
        self._title, self._place, self._bar = title, None, None
        self._begun = self._last = time.monotonic()

    def __call__(self, share: float, text: str = "") -> None:
        now = time.monotonic()
        if now - self._begun < self.PATIENCE or now - self._last < self.PACE:
            return
        self._last = now
        if self._bar is None:
            self._place = st.empty()
            self._bar = self._place.progress(0.0)
        self._bar.progress(min(max(share, 0.0), 1.0), f"{self._title}: {text}" if text else self._title)

    def close(self) -> None:
        if self._place is not None:
            self._place.empty()
