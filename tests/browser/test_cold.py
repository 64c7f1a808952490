"""The first request that a server gets: a deep link to any page, good or bad, or an empty store."""

from __future__ import annotations

import pytest

from core.store.first_start import ensure_demo
from core.store.library import Library
from tests.browser import hands
from tests.browser.links import BAD, shows_what_was_asked
from tests.browser.walk import serving
from tests.store.drafts import small_draft

pytestmark = pytest.mark.browser
#: Pages that are the first thing a server is ever asked for: the lightest and the heaviest.
COLD = ("Cohort", "Clusters", "Prediction")
#: Remembers every progress bar that is ever drawn: on a quick machine the first start's is gone in a blink.
BARS = """window.bars = new Set(); new MutationObserver(() => document.querySelectorAll('[data-testid=stProgress]')
    .forEach(bar => window.bars.add(bar.textContent))).observe(document, {childList: true, subtree: true})"""


@pytest.fixture(scope="module")
def stocked(tmp_path_factory) -> Library:
    """A store in which an earlier start has made the demo study, and a small one."""
    library = Library(tmp_path_factory.mktemp("stocked"))
    ensure_demo(library)
    library.publish(small_draft())
    return library


@pytest.fixture
def fresh(stocked, tmp_path):
    """The address of a server that nobody has asked for anything yet."""
    with serving(stocked.folder, tmp_path / "server.log") as address:
        yield address


@pytest.mark.parametrize("name", COLD)
def test_a_good_link_opens_on_a_fresh_server(fresh, visit, stocked, name):
    reader = visit(fresh)
    shows_what_was_asked(reader, name, stocked)
    assert hands.sidebar(reader).get_by_role("link").count() == 1 + len(hands.PAGES)


@pytest.mark.parametrize("name", COLD[:1])
def test_a_bad_link_is_refused_in_full_on_a_fresh_server(fresh, visit, name):
    reader = visit(fresh)
    page = reader.open(f"{name}?v=1&study=demo&{'&'.join(BAD)}")
    hands.says(reader, "This link cannot be shown as it is", *(text for texts in BAD.values() for text in texts))
    assert "Traceback" not in reader.text()
    assert not page.locator(".js-plotly-plot, [data-testid=stDataFrame], [data-testid=stException]").count()
    assert not page.get_by_role("button", name="Copy link").count()
    page.get_by_role("button", name="Open the demonstration study").click()
    page.get_by_role("button", name="Copy link").wait_for(timeout=30_000)
    assert hands.address(reader)["study"] == "demo"
    assert "cannot be shown" not in reader.text()


def test_home_opens_on_a_fresh_server_and_leads_into_a_study(fresh, visit):
    reader = visit(fresh)
    reader.open("")
    hands.says(reader, "Cohortscope", "Synthetic demonstration data", "Licence")
    reader.page.locator(".st-key-study-demo").get_by_role("link", name="Studies").click()
    hands.heading(reader, "Studies")
    reader.settled()
    assert hands.address(reader)["study"] == "demo"
    hands.back(reader, "Cohortscope")
    hands.says(reader, "Licence")


def test_an_address_that_is_no_page_leads_home(fresh, visit):
    reader = visit(fresh)
    page = reader.open("Nonsense?study=demo")
    assert not page.get_by_test_id("stException").count()
    hands.heading(reader, "Cohortscope")
    reader.errors.clear()  # the address itself may be answered with 404


def test_the_first_start_shows_what_it_does_and_then_the_demo(visit, tmp_path):
    with serving(tmp_path / "store", tmp_path / "server.log") as address:
        reader = visit(address)
        reader.page.add_init_script(BARS)
        reader.open("Cohort?study=demo")
        reader.page.get_by_text("All patients").first.wait_for(timeout=30_000)
        bars = reader.page.evaluate("[...window.bars]")
        assert any("First start" in text for text in bars), bars
        assert not reader.page.get_by_test_id("stProgress").count()
        hands.says(reader, "Synthetic demonstration data", "All patients")
        assert Library(tmp_path / "store").studies()[0].id == "demo"
        reader.context.close()  # before its server ends
