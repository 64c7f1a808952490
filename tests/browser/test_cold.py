"""The first request that a server gets: a deep link to any page, good or bad, or an empty store."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from core.analyses.opening import opened
from core.store.first_start import ensure_demo
from core.store.library import Library
from core.view import unlink
from tests.browser import hands
from tests.browser.walk import serving
from tests.store.drafts import small_draft

pytestmark = pytest.mark.browser
WHERE = "where=subsite in (oropharynx,larynx) and age >= 50"
SENTENCE = "Subsite is oropharynx or larynx, and Age at diagnosis at least 50 years"
#: For each page a study, choices other than its defaults, and a text of its result; soon worked out.
GOOD = {
    "Cohort": ("demo", "section=Baseline&baseline.group=hpv_status", "Numbers: median [quartiles]"),
    "Features": ("demo", "section=Redundancy&redundancy.cut=0.95", "say nearly as much as all"),
    "Survival": ("demo", "follow_up.endpoint=pfs&survival.split=attribute&survival.attribute=sex", "log-rank"),
    "Reproducibility": (
        "small",
        "section=Patients&network.gamma=0&network.edge=0.05&shift.draws=100",
        "On this network",
    ),
    "Clusters": (
        "small",
        "network.gamma=0&network.edge=0.05&clusters.k=2&clusters.restarts=2",
        "2 Wasserstein clusters",
    ),
    "Replication": (
        "small",
        "network.patients=all&network.gamma=0&network.edge=0.05&clusters.k=2&clusters.restarts=2",
        "Frozen: the network",
    ),
    "Radiogenomics": ("demo", "gene_screen.over=mutations&gene_screen.q=0.1", "q: Benjamini-Hochberg over all"),
    "Prediction": (
        "demo",
        "target.over=category&target.attribute=hpv_status&prediction.repeats=1",
        "by nested cross-validation",
    ),
    "Gene_masking": (
        "demo",
        "expression_network.members=1&expression_models.models=svm",
        "Networks on held-out patients",
    ),
    "Radiotherapy": ("demo", "section=Complications&complication.given=own&complication.td50=36", "Fitted to these"),
    "Checklist": ("demo", "checklist.of=none", "Proven here: 0 of 36 points"),
    "Studies": ("demo", "section=Features", "Number of features per family and image filter."),
}
#: Pages that are the first thing a server is ever asked for: the lightest and the heaviest.
COLD = ("Cohort", "Clusters", "Prediction")
#: Remembers every progress bar that is ever drawn: on a quick machine the first start's is gone in a blink.
BARS = """window.bars = new Set(); new MutationObserver(() => document.querySelectorAll('[data-testid=stProgress]')
    .forEach(bar => window.bars.add(bar.textContent))).observe(document, {childList: true, subtree: true})"""
#: What is wrong with the bad link, and the words that must say so.
BAD = {
    "where=subsite in (moon) and colour = red": ("no value of subsite 'moon'", "no attribute 'colour'"),
    "clusters.k=99": ("'99' is not a whole number from 2 to 8",),
    "network.nonsense=1": ("no parameter 'nonsense'",),
    "nothing.at_all=1": ("no analysis called 'nothing'",),
}


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


@pytest.fixture(scope="module")
def running(stocked, tmp_path_factory):
    """The address of a server that has been asked for other pages before."""
    with serving(stocked.folder, tmp_path_factory.mktemp("running") / "server.log") as address:
        yield address


@pytest.mark.parametrize("name", COLD)
def test_a_good_link_opens_on_a_fresh_server(fresh, visit, stocked, name):
    shows_what_was_asked(visit(fresh), name, stocked)


@pytest.mark.parametrize("name", [name for name in hands.PAGES if name not in COLD])
def test_a_good_link_opens_in_a_fresh_browser(running, visit, stocked, name):
    shows_what_was_asked(visit(running), name, stocked)


@pytest.mark.parametrize("name", COLD[:1])
def test_a_bad_link_is_refused_in_full_on_a_fresh_server(fresh, visit, name):
    page = refused_in_full(visit(fresh), name)
    page.page.get_by_role("button", name="Open the demonstration study").click()
    page.page.get_by_role("button", name="Copy link").wait_for(timeout=30_000)
    assert hands.address(page)["study"] == "demo"
    assert "cannot be shown" not in page.text()


@pytest.mark.parametrize("name", hands.PAGES)
def test_a_bad_link_is_refused_in_full(running, visit, name):
    refused_in_full(visit(running), name)


def shows_what_was_asked(reader, name: str, stocked: Library) -> None:
    """The good link shows its patients, its result and itself."""
    study, query, shown = GOOD[name]
    page = reader.open(f"{name}?v=1&study={study}&{WHERE}&{query}", 90)
    hands.says(reader, hands.title(name), "Synthetic demonstration data", shown)
    assert hands.sidebar(reader).get_by_role("link").count() == 1 + len(hands.PAGES)
    link = hands.shown_link(reader)
    assert link.startswith(f"{reader.address}/{name}?v=1&study={study}&where=")
    assert dict(parse_qsl(query)).items() <= hands.address(reader).items()
    if name != "Studies":
        context = opened(unlink(link)[1], stocked)
        n, everybody = context.store.count(context.cohort), context.catalogue.n_patients
        hands.says(reader, f"{SENTENCE} · n = {n} of {everybody} patients")
    assert not page.get_by_test_id("stException").count()


def refused_in_full(reader, name: str):
    """The bad link shows every problem and nothing else."""
    page = reader.open(f"{name}?v=1&study=demo&{'&'.join(BAD)}")
    hands.says(reader, "This link cannot be shown as it is", *(text for texts in BAD.values() for text in texts))
    assert "Traceback" not in reader.text()
    assert not page.locator(".js-plotly-plot, [data-testid=stDataFrame], [data-testid=stException]").count()
    assert not page.get_by_role("button", name="Copy link").count()
    return reader


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
