"""On a phone nothing is wider than the screen, and everything can be reached."""

from __future__ import annotations

import pytest

from core.store.library import Library
from tests.browser import hands
from tests.store.drafts import small_draft

pytestmark = pytest.mark.browser
WIDTH = 390
QUICK = "study=small&network.gamma=0&network.edge=0.05&shift.draws=100&network_stability.subsamples=20"
CLUSTERED = "study=small&network.gamma=0&network.edge=0.05&clusters.k=2&clusters.restarts=2"
PAGES = {
    "": "study=demo",
    "Cohort": "study=demo&where=subsite in (larynx,oropharynx) and not hpv_status missing",
    "Features": "study=small&distribution.by=subsite",
    "Survival": "study=demo&where=age >= 50&survival.split=attribute&survival.attribute=subsite",
    "Reproducibility": QUICK,
    "Clusters": f"{CLUSTERED}&choice_of_k.resamples=5",
    "Replication": f"{CLUSTERED}&where=subsite != oropharynx",
    "Radiogenomics": "study=demo&gene_screen.over=mutations",
    "Prediction": "study=demo&prediction.repeats=1",
    "Gene_masking": "study=demo&expression_network.members=1&expression_models.models=svm"
    "&gene_masking.draws=200&masking_map.targets=original_firstorder_Mean&masking_map.draws=200",
    "Radiotherapy": "study=demo",
    "Checklist": "study=small&checklist.of=none",
    "Studies": "study=demo",
}
SECTIONS = {
    "Cohort": ("Baseline", "Mutations", "OncoPrint", "Missing data", "Patients"),
    "Features": ("Redundancy", "Batch", "Harmonisation"),
    "Reproducibility": ("Stability", "Reproducible features", "Agreement", "Patients"),
    "Checklist": ("CLEAR", "Quality score"),
    "Clusters": ("How many", "What goes with them", "Survival", "Profile", "Two patients", "Unbalanced"),
    "Gene_masking": ("Masking", "Genes", "Sets and features"),
    "Radiotherapy": ("Complications", "Control"),
    "Studies": ("Import report", "Features", "Methods"),
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


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_a_phone(phone, store_folder, name):
    library = Library(store_folder)
    if "small" not in {entry.id for entry in library.studies()}:
        library.publish(small_draft())
    phone.open(f"{name}?{PAGES[name]}", 90)
    fits(phone)
    for section in SECTIONS.get(name, ()):
        hands.tab(phone, section)
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
