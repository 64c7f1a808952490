"""A view and its link: equal both ways, complete about what is wrong, and nothing widened."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analyses.context import Context
from core.analyses.opening import opened, page_link, page_pairs, repaired
from core.analyses.provenance import notices
from core.errors import Refused
from core.view import LONGEST_LINK, View, link, unlink
from tests.store.drafts import small_draft

SMALL = [("v", "1"), ("study", "small")]


def problems(pairs, library):
    with pytest.raises(Refused) as refused:
        opened(pairs, library)
    return [str(problem) for problem in refused.value.problems]


texts = st.text(st.characters(blacklist_categories=("Cs",)), max_size=30)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.tuples(texts.filter(bool), texts), max_size=8))
def test_a_link_carries_any_text_unchanged(pairs):
    assert unlink(link("Cohort", pairs)) == ("Cohort", pairs)


@pytest.mark.parametrize("page", ["Cohort", "Survival"])
def test_a_link_opens_to_an_equal_view_with_an_equal_link(library, page):
    pairs = [*SMALL, ("where", 'sex=female   AND ("smoking status" missing or age>=60)'), ("survival.split", "gene")]
    first = opened(pairs, library)
    text = page_link(page, first)
    again = opened(unlink(text)[1], library)
    assert again.view.cohort == first.view.cohort
    assert page_link(page, again) == text
    assert ("where", 'sex = female and ("smoking status" missing or age >= 60)') in page_pairs(page, first)


def test_every_parameter_and_the_seed_are_in_the_link(library):
    names = dict(page_pairs("Survival", opened(SMALL, library)))
    assert {"follow_up.endpoint", "survival.split", "survival.seed", "edition"} <= set(names)
    assert names["edition"] == library.open("small").fingerprint[:16]


def test_every_problem_of_a_link_is_listed(library):
    said = problems(
        [
            ("v", "1"),
            ("study", "small"),
            ("where", "subsit = x and TP35 mutated"),
            ("follow_up.endpoint", "cure"),
            ("survival.colour", "red"),
            ("magic.number", "3"),
        ],
        library,
    )
    assert len(said) == 5
    for word in ("subsit", "TP35", "follow_up.endpoint", "survival.colour", "magic"):
        assert any(word in line for line in said), word


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        ([("study", "nowhere")], "nowhere"),
        ([], "names no study"),
        ([("study", "small"), ("v", "2")], "version"),
        ([("study", "small"), ("study", "small")], "twice"),
        ([("study", "../../etc")], "not the name"),
        ([("study", "small"), ("edition", "zz")], "fingerprint"),
        ([("study", "small"), ("x<script>", "1")], "nothing is called"),
        ([("study", "small"), ("where", "a" * 9000)], "too long"),
        ([("view", "0123456789abcdef")], "no saved view"),
        ([("study", "small"), ("survival.seed", "1.5")], "whole number"),
        ([("study", "small"), ("survival.seed", "nan")], "whole number"),
        ([("study", "small"), ("baseline.attributes", "age,nothing")], "nothing"),
    ],
)
def test_a_link_that_cannot_be_honoured_is_refused(library, pairs, says):
    assert any(says in line for line in problems(pairs, library))


def test_a_link_from_an_earlier_edition_says_both_counts(tmp_path):
    from core.store.library import Library

    library = Library(tmp_path)
    old = library.publish(small_draft(n=40))
    library.publish(small_draft(n=32))
    context = opened([*SMALL, ("edition", old.fingerprint[:16])], library)
    assert notices(context) == ["This link was made from an earlier edition of the data: 40 patients then, 32 now."]
    gone = opened([*SMALL, ("edition", "0" * 16)], library)
    assert notices(gone) == [
        "This link was made from an earlier edition of the data: that edition is no longer kept; 32 patients now."
    ]
    assert notices(opened([*SMALL, ("edition", library.open("small").fingerprint[:16])], library)) == []


def test_a_long_view_is_kept_on_the_server_and_opens_the_same(library):
    many = " or ".join(f'"smoking status" = "{"x" * 30} {i}"' for i in range(58))
    context = Context(View.parse([*SMALL, ("where", many)]), library)
    text = page_link("Cohort", context)
    assert len(text) < LONGEST_LINK
    assert "view=" in text
    said = problems(unlink(text)[1], library)  # the values do not exist, and every one of them is named
    assert len(said) == 58


def test_a_changed_control_takes_back_what_no_longer_fits(library):
    context = opened([*SMALL, ("survival.split", "gene"), ("survival.gene", "TP53")], library)
    view = repaired(context, context.view.with_options({"follow_up.endpoint": "pfs"}), keep="follow_up.endpoint")
    assert view.option("survival.gene") == "TP53"
    with pytest.raises(Refused):
        repaired(context, context.view.with_options({"follow_up.endpoint": "cure"}), keep="follow_up.endpoint")
    stale = context.view.with_options({"survival.gene": "NOPE"})
    assert repaired(context, stale, keep="follow_up.endpoint").option("survival.gene") is None


def test_the_open_section_is_part_of_the_link(library):
    context = opened([*SMALL, ("section", "Patient flow")], library)
    assert context.view.section == "Patient flow"
    assert ("section", "Patient flow") in page_pairs("Cohort", context)
    assert "section" not in dict(page_pairs("Cohort", opened(SMALL, library)))


def test_another_study_starts_afresh(library):
    view = View.parse([*SMALL, ("where", "sex = female"), ("survival.seed", "3")])
    assert view.with_study("demo") == View("demo")
    assert view.with_study("small") is view


def test_a_parameter_that_moved_is_understood_under_its_old_name(library):
    old = [("v", "1"), ("study", "small"), ("survival.endpoint", "pfs")]
    names = dict(page_pairs("Survival", opened(old, library)))
    assert names["follow_up.endpoint"] == "pfs"
    assert "survival.endpoint" not in names
    assert problems([*old, ("follow_up.endpoint", "os")], library)
