"""What a reader waits for in a real browser: the first plot after a cold start, and a page redrawn after a filter."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median, quantiles

from benchmarks.browsing import WATCH, browser
from benchmarks.claim import Row, within
from benchmarks.studies import demo_library, library_with, scratch
from tests.browser.walk import Visitor, serving

PLOT = "[data-testid=stPlotlyChart] .main-svg"
COLD_STARTS, CHANGES = 3, 20


def cold_start(claim: str) -> Row:
    """Seconds from `streamlit run app.py` to the first plot of the Cohort page, by a link to it."""
    store = demo_library().folder
    taken, ready = [], []
    with browser() as chromium:
        for _ in range(COLD_STARTS):
            begun = time.perf_counter()
            with serving(store, scratch() / "server.log") as address:
                ready.append(time.perf_counter() - begun)
                reader = Visitor(chromium, address)
                reader.page.goto(f"{address}/Cohort?v=1&study=demo", wait_until="commit")
                reader.page.wait_for_selector(PLOT, timeout=60_000)
                taken.append(time.perf_counter() - begun)
                reader.context.close()
    return within(claim, median(taken), 5, "s", f"of which {median(ready):.3g} s until the server answers")


def filter_change(link: str, limit: float) -> Callable[[str], Row]:
    """Seconds from the key that sends a new cohort to the last change on the page; each cohort is a new one."""

    def measured(claim: str) -> Row:
        store = library_with("hn_tcia").folder
        taken = []
        with browser() as chromium, serving(store, scratch() / "server.log") as address:
            reader = Visitor(chromium, address)
            page = reader.open(link)
            page.evaluate(WATCH)
            field = page.get_by_role("textbox", name="As an expression")
            for i in range(CHANGES + 1):
                field.fill(f"age >= {40 + i}")
                field.press("Control+Enter")
                page.get_by_text(f"at least {40 + i}").first.wait_for()
                reader.settled()
                page.wait_for_timeout(300)  # for what is drawn after the page has come to rest
                taken.append(page.evaluate("(window.changed - window.pressed) / 1000"))
            reader.context.close()
        p95 = quantiles(taken[1:], n=20, method="inclusive")[-1]  # the first one loads what later ones share
        return within(claim, p95, limit, "s", f"p95 of {CHANGES}; median {median(taken[1:]):.3g} s")

    return measured


CLAIMS = {
    "cold start to the first plot of the demo study in a browser": cold_start,
    "filter change to the redrawn Cohort page of hn_tcia": filter_change("Cohort?v=1&study=hn_tcia", 0.7),
    "the same, Survival by HPV status": filter_change("Survival?study=hn_tcia&survival.attribute=hpv_status", 0.7),
    "the same, the Model section with 200 resamples": filter_change("Survival?study=hn_tcia&section=Model", 3),
}
