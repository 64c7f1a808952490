"""What a reader's hands do on a page: choose, click a bar, follow a door, take the link and the tables."""

from __future__ import annotations

import io
import re
import time
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pandas as pd
from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as WaitedInVain

from tests.browser.walk import Visitor

PAGES = (
    "Cohort",
    "Features",
    "Survival",
    "Reproducibility",
    "Clusters",
    "Replication",
    "Radiogenomics",
    "Prediction",
    "Gene_masking",
    "Radiotherapy",
    "Checklist",
    "Studies",
)


def sidebar(reader: Visitor) -> Locator:
    return reader.page.get_by_test_id("stSidebar")


def main(reader: Visitor) -> Locator:
    return reader.page.get_by_test_id("stMain")


def pick(reader: Visitor, place: Locator, label: str, *options: str, settle: bool = True) -> None:
    """Choose options in a select box or, one after the other, in a box for several."""
    for option in options:
        _choose(reader.page, place.get_by_role("combobox", name=label, exact=True), option)
        reader.page.keyboard.press("Escape")
        if settle:
            reader.settled()


def _choose(page: Page, box: Locator, option: str) -> None:
    """Open the list and click the option; a list that the page closes by still moving is opened again, as a hand does.

    Streamlit marks an option that is cut off by its label alone, so the text is what is looked for.
    """
    for last in (False, False, True):
        _unfold(page, box)
        try:
            return page.get_by_role("option", name=option).first.click(timeout=30000 if last else 4000)
        except WaitedInVain:
            if last:
                raise


def _unfold(page: Page, box: Locator) -> None:
    """Open the list of a box; scrolling to it closes the list again, so that is done first."""
    box.scroll_into_view_if_needed()
    for how in (box.click, lambda: box.press("ArrowDown"), lambda: box.press("ArrowDown")):
        how()
        try:
            page.get_by_role("option").first.wait_for(timeout=1500)
            return
        except WaitedInVain:
            continue
    raise AssertionError(f"the list of {box} does not open")


def slide(reader: Visitor, place: Locator, label: str, key: str, times: int = 1, settle: bool = True) -> None:
    """Press a key such as ArrowLeft, or Home, on the slider of this label."""
    slider = place.get_by_role("slider", name=label).first
    slider.scroll_into_view_if_needed()
    slider.focus()
    for _ in range(times):
        reader.page.keyboard.press(key)
    if settle:
        reader.settled()


def title(name: str) -> str:
    """The heading of a page, from its name in links."""
    return name.replace("_", " ")


def unfold(reader: Visitor, title: str) -> None:
    """Open the expander of this title, and wait until what it moves has come to rest."""
    main(reader).locator("summary").filter(has_text=title).first.click()
    reader.settled()
    reader.page.wait_for_timeout(400)  # it slides open, and a list that is opened meanwhile is closed again


def tab(reader: Visitor, name: str) -> None:
    """Open a section of the page."""
    reader.page.get_by_role("tab", name=name, exact=True).click()
    reader.settled()


def door(reader: Visitor, name: str, timeout: float = 60, settle: bool = True) -> None:
    """Follow the door at the side to another page, and wait until its heading is there."""
    sidebar(reader).get_by_role("link", name=re.compile(rf"\b{name}$")).click()
    heading(reader, name)
    if settle:
        reader.settled(timeout)


def back(reader: Visitor, name: str, most: int = 4) -> None:
    """Press Back until the page of this heading is there; Streamlit leaves a step or two for each page."""
    for _ in range(most):
        reader.page.go_back()
        try:
            heading(reader, name, timeout=5)
        except WaitedInVain:
            continue
        reader.settled()
        return
    raise AssertionError(f"Back does not lead to {name}")


def heading(reader: Visitor, name: str, timeout: float = 30) -> None:
    reader.page.get_by_role("heading", name=re.compile(rf"^{name}\b")).first.wait_for(timeout=timeout * 1000)


def click_bar(reader: Visitor, title: str, mark: str) -> None:
    """Click the bar of a chart that carries this mark."""
    charts = main(reader).locator("[class*='-figure']").filter(has=reader.page.get_by_text(title, exact=True))
    chart = charts.locator(".js-plotly-plot").first
    chart.scroll_into_view_if_needed()
    marks = chart.evaluate("chart => chart.data[0].customdata.map(mark => mark[0])")
    bar = chart.locator(".bars .point path").nth(marks.index(mark)).bounding_box()
    # The chart takes the click through a layer of its own, so it is the place that is clicked and not the bar.
    reader.page.mouse.click(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2)
    reader.settled()


def shown_link(reader: Visitor) -> str:
    """The link of this view, as "Show link" shows it."""
    page = reader.page
    page.get_by_role("button", name="Show link").click()
    code = page.get_by_test_id("stPopoverBody").locator("code")
    code.wait_for()
    text = code.inner_text()
    page.keyboard.press("Escape")
    code.wait_for(state="hidden")
    return text


def address(reader: Visitor) -> dict[str, str]:
    """What the address bar says, by name."""
    return dict(parse_qsl(urlsplit(reader.page.url).query, keep_blank_values=True))


def saved_csv(reader: Visitor, name: str, folder: Path) -> tuple[pd.DataFrame, list[str]]:
    """The table behind a figure or a table of the page, and the notes above it."""
    button = reader.page.locator(f".st-key-{name}-outlets").get_by_role("button", name="CSV", exact=True)
    button.scroll_into_view_if_needed()
    with reader.page.expect_download() as started:
        button.click()
    file = folder / started.value.suggested_filename
    started.value.save_as(file)
    lines = file.read_text("utf-8-sig").splitlines()
    notes = [line.removeprefix("# ") for line in lines if line.startswith("#")]
    return pd.read_csv(io.StringIO("\n".join(line for line in lines if not line.startswith("#")))), notes


def says(reader: Visitor, *texts: str, patience: float = 15) -> None:
    """Every text stands on the page, or comes to stand there while a reader waits."""
    end = time.monotonic() + patience
    while True:
        said = " ".join(main(reader).inner_text().split())
        missing = [text for text in texts if text not in said]
        if not missing:
            return
        assert time.monotonic() < end, f"{missing[0]!r} is not on the page, which says: {said[:4000]}"
        reader.page.wait_for_timeout(250)
        reader.settled()
