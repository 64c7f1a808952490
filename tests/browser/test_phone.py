"""On a phone nothing is wider than the screen, and everything can be reached."""

from __future__ import annotations

import pytest

from core.store.first_start import ensure_demo
from core.store.library import Library
from tests.browser import hands
from tests.browser.links import shows_what_was_asked
from tests.store.drafts import small_draft

pytestmark = pytest.mark.browser
WIDTH = 390
#: Options beside those of the good link, for sections that would else take long.
FURTHER = {"Reproducibility": "&network_stability.subsamples=20", "Clusters": "&choice_of_k.resamples=5"}
SECTIONS = {
    "Cohort": ("Mutations", "OncoPrint", "Missing data", "Patients"),
    "Features": ("Distributions", "Batch", "Harmonisation"),
    "Reproducibility": ("Networks", "Stability", "Reproducible features", "Agreement"),
    "Checklist": ("CLEAR", "Quality score"),
    "Clusters": ("How many", "What goes with them", "Survival", "Profile", "Two patients", "Unbalanced"),
    "Gene_masking": ("Masking", "Genes", "Sets and features"),
    "Radiotherapy": ("Dose", "Control"),
    "Studies": ("Import report", "Methods"),
}
#: The window itself, and the part of it that Streamlit scrolls: neither may be scrolled sideways.
SIDEWAYS = """() => {
    const main = document.querySelector("[data-testid=stMain]");
    return [document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth];
}"""


def fits(reader) -> None:
    assert max(reader.page.evaluate(SIDEWAYS)) <= 0
    for chart in reader.page.locator(".js-plotly-plot:visible").all():
        box = chart.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= WIDTH


@pytest.mark.parametrize("name", hands.PAGES)
def test_a_good_link_opens_and_no_section_is_wider_than_a_phone(phone, store_folder, name):
    library = Library(store_folder)
    ensure_demo(library)
    if "small" not in {entry.id for entry in library.studies()}:
        library.publish(small_draft())
    shows_what_was_asked(phone, name, library, FURTHER.get(name, ""))
    fits(phone)
    for section in SECTIONS.get(name, ()):
        hands.tab(phone, section)
        fits(phone)


def test_home_is_no_wider_than_a_phone(phone):
    phone.open("")
    hands.says(phone, "Cohortscope", "Licence")
    fits(phone)


def test_the_doors_and_filters_open_and_close_on_a_phone(phone):
    page = phone.open("Cohort?study=demo")
    side = hands.sidebar(phone)
    assert not side.get_by_text("Filter patients").is_visible() or side.bounding_box()["x"] < 0
    page.get_by_test_id("stExpandSidebarButton").click()
    hands.pick(phone, side, "Subsite", "larynx")
    page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click(force=True)
    hands.says(phone, "Subsite is larynx", "Show link")
    fits(phone)
