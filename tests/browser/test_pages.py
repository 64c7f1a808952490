"""What a reader expects of any page: the view goes along, Back undoes, links agree, tabs and studies stay apart."""

from __future__ import annotations

import copy
import dataclasses

import pytest

from core.cohort.expression import parse
from core.store.library import Library
from tests.browser import hands
from tests.store.drafts import small_draft

pytestmark = pytest.mark.browser
SMALL = "study=small"
OLD = "where=age >= 55"
OLD_SENTENCE = "Age at diagnosis at least 55 years"


def named(name: str, **how):
    """The small study under another id, for a test that changes it."""
    draft = small_draft(**how)
    return dataclasses.replace(draft, study=dataclasses.replace(draft.study, id=name, name=f"The study {name}"))


@pytest.fixture
def shelf(store_folder) -> Library:
    """The store of this worker's server, with the small study and one more that has the same columns."""
    library = Library(store_folder)
    for draft in (small_draft(), named("other", n=32)):
        if draft.study.id not in {entry.id for entry in library.studies()}:
            library.publish(draft)
    return library


def n_of(library: Library, where: str, study: str = "small") -> int:
    return library.open(study).count(parse(where))


def subsites(reader) -> list[str]:
    """What the box for the subsite shows as chosen."""
    box = hands.sidebar(reader).get_by_role("combobox", name="Subsite", exact=True)
    return box.locator("xpath=..").locator("[data-tag]").all_inner_texts()


def test_the_view_goes_along_from_page_to_page(shelf, reader):
    reader.open(f"Survival?{SMALL}")
    hands.pick(reader, hands.sidebar(reader), "Subsite", "larynx")
    hands.pick(reader, hands.main(reader), "Endpoint", "Progression-free survival")
    n = n_of(shelf, "subsite = larynx")
    for name in ("Cohort", "Studies", "Reproducibility", "Survival"):
        hands.door(reader, name)
        assert hands.address(reader)["study"] == "small"
        assert hands.address(reader)["where"] == "subsite = larynx"
        if name != "Studies":
            hands.says(reader, f"Subsite is larynx · n = {n} of 40 patients")
    assert hands.address(reader)["follow_up.endpoint"] == "pfs"
    hands.says(reader, "Progression-free survival")


def test_back_restores_the_view_and_its_widgets(shelf, reader):
    reader.open(f"Cohort?{SMALL}")
    hands.pick(reader, hands.sidebar(reader), "Subsite", "larynx")
    hands.pick(reader, hands.sidebar(reader), "Subsite", "oropharynx")
    hands.says(reader, f"n = {n_of(shelf, 'subsite in (larynx, oropharynx)')} of 40 patients")
    one = n_of(shelf, "subsite = larynx")
    for step, (chosen, n) in ((reader.page.go_back, (["larynx"], one)), (reader.page.go_back, ([], 40))):
        step()
        reader.page.get_by_text(f"n = {n} of 40 patients").wait_for()
        reader.settled()
        assert subsites(reader) == chosen
    reader.page.go_forward()
    reader.page.get_by_text(f"n = {one} of 40 patients").wait_for()
    reader.settled()
    assert subsites(reader) == ["larynx"]


def test_a_pasted_link_replaces_the_view_of_the_tab(shelf, reader):
    reader.open(f"Survival?{SMALL}&where=sex = female&follow_up.endpoint=pfs")
    hands.says(reader, f"Sex is female · n = {n_of(shelf, 'sex = female')} of 40 patients")
    reader.open(f"Survival?{SMALL}&{OLD}")
    hands.says(reader, f"{OLD_SENTENCE} · n = {n_of(shelf, 'age >= 55')} of 40 patients", "Overall survival by")
    assert "follow_up.endpoint" in hands.address(reader)
    assert hands.address(reader)["follow_up.endpoint"] == "os"


def test_a_click_on_a_bar_filters_and_the_chip_takes_it_back(shelf, reader):
    reader.open(f"Cohort?{SMALL}")
    hands.click_bar(reader, "Subsite", "larynx")
    hands.says(reader, f"Subsite is larynx · n = {n_of(shelf, 'subsite = larynx')} of 40 patients")
    assert subsites(reader) == ["larynx"]
    reader.page.get_by_role("button", name="Subsite is larynx ✕").click()
    reader.settled()
    hands.says(reader, "All patients · n = 40 of 40 patients")
    assert subsites(reader) == []


def test_another_study_starts_with_all_its_patients(shelf, reader):
    reader.open(f"Survival?{SMALL}&{OLD}&follow_up.endpoint=pfs")
    hands.pick(reader, hands.sidebar(reader), "Study", "The study other")
    hands.says(reader, "All patients · n = 32 of 32 patients")
    assert hands.address(reader)["study"] == "other"
    assert "where" not in hands.address(reader)
    assert hands.address(reader)["follow_up.endpoint"] == "os"


def test_two_tabs_do_not_know_of_each_other(shelf, reader):
    reader.open(f"Cohort?{SMALL}&where=subsite = larynx")
    other = copy.copy(reader)
    other.page = reader.context.new_page()
    other.page.on("console", other._heard)
    other.page.on("request", other._requested)
    other.open(f"Cohort?{SMALL}&{OLD}")
    hands.pick(other, hands.sidebar(other), "Sex", "female")
    both = n_of(shelf, "age >= 55 and sex = female")
    hands.pick(reader, hands.sidebar(reader), "Subsite", "oropharynx")
    hands.says(reader, f"n = {n_of(shelf, 'subsite in (larynx, oropharynx)')} of 40 patients")
    hands.door(other, "Survival")
    hands.says(other, f"{OLD_SENTENCE}, and Sex is female · n = {both} of 40 patients")


def test_a_link_from_an_earlier_edition_says_both_counts(shelf, reader, visit):
    shelf.publish(named("moving"))
    reader.open(f"Survival?study=moving&{OLD}")
    then = n_of(shelf, "age >= 55", "moving")
    old = hands.shown_link(reader)
    assert "earlier edition" not in reader.text()

    shelf.publish(named("moving", seed=1, n=48))
    now = n_of(shelf, "age >= 55", "moving")
    assert then != now
    hands.pick(reader, hands.main(reader), "Endpoint", "Progression-free survival")  # the open page goes on
    both = f"made from an earlier edition of the data: {then} patients then, {now} now."
    hands.says(reader, f"{OLD_SENTENCE} · n = {now} of 48 patients", "Progression-free survival by", both)

    visitor = visit(reader.address)
    visitor.open(f"Survival?study=moving&{OLD}")
    hands.says(visitor, f"{OLD_SENTENCE} · n = {now} of 48 patients")
    assert "earlier edition" not in visitor.text()
    visitor.open(old.removeprefix(reader.address))
    hands.says(visitor, f"{OLD_SENTENCE} · n = {now} of 48 patients", both)


def test_a_very_long_link_is_kept_on_the_server(shelf, reader, visit):
    reader.open(f"Cohort?{SMALL}")
    parts = " and ".join(
        f'not (age < {i} and "smoking status" = "current smoker" and subsite = "oral cavity")' for i in range(55, 74)
    )
    field = hands.sidebar(reader).get_by_role("textbox", name="As an expression")
    field.fill(parts)
    field.press("Control+Enter")
    reader.page.wait_for_url("**view=*", wait_until="commit")
    reader.settled()
    link = hands.shown_link(reader)
    assert len(link) < 200
    n = n_of(shelf, parts)
    hands.says(reader, f"n = {n} of 40 patients")
    colleague = visit(reader.address)
    colleague.open(link.removeprefix(reader.address))
    hands.says(colleague, f"n = {n} of 40 patients")
    assert hands.shown_link(colleague) == link


def test_long_work_can_be_left_for_something_else(reader):
    """Five hundred subsamples take half a minute; another section, or page, that is chosen midway is shown instead."""
    few = "where=subsite in (oropharynx,larynx)"
    link = f"Reproducibility?study=demo&{few}&section=Stability&network_stability.subsamples=500"
    reader.page.goto(f"{reader.address}/{link}")
    bar = reader.page.get_by_test_id("stProgress").filter(has_text="Stability")
    bar.wait_for(timeout=60_000)
    reader.page.get_by_role("tab", name="Networks", exact=True).click()
    bar.wait_for(state="detached", timeout=15_000)
    reader.settled()
    hands.says(reader, "What patients can be compared on.")
    reader.page.get_by_role("tab", name="Stability", exact=True).click()
    bar.wait_for(timeout=60_000)
    hands.door(reader, "Cohort", settle=False)  # what is below on that page is left as well
    reader.page.get_by_text("n = 142 of 240 patients").wait_for()
    reader.settled()
    assert not reader.page.get_by_test_id("stException").count()
    assert not reader.page.get_by_test_id("stProgress").count()
