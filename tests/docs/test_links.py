"""docs/links.md: every expression and every link in it does what is said, and its limits are the program's."""

import re
from pathlib import Path

import pytest

from core.analyses.opening import opened
from core.cohort import expression, parse, words
from core.errors import Refused
from core.store.build import build
from core.store.library import Library
from core.store.store import Store
from core.view import LONGEST_LINK, LONGEST_QUERY, MOST_FIELDS, VERSION, View, unlink
from tests.store.drafts import regional_draft, small_draft

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "links.md").read_text()
#: The group that the document speaks of.
GROUPS = {"0123456789abcdef": {"label": "cluster 1", "study": "small", "patients": ["P001", "P002"]}}


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    """The small study with paired regions and dose tables, of which the document speaks too."""
    path = tmp_path_factory.mktemp("regional") / "edition.duckdb"
    build(regional_draft(n=40), path)
    return Store(path)


def section(heading: str) -> str:
    return DOCUMENT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def first_cells(text: str) -> list[str]:
    """What stands as code in the first column of the tables."""
    return re.findall(r"^\| `(.+?)` \|", text, re.M)


def ids(text: str, store) -> set[str]:
    cohort = parse(text, GROUPS.get)
    assert not cohort.problems(store.catalogue), text
    return set(store.ids(cohort))


ACCEPTED = first_cells(section("A cohort"))
REFUSED = re.findall(r"^\| [^`\n]+ \| `(.+?)` \|$", section("What is refused"), re.M)


def test_the_document_has_its_examples():
    assert len(ACCEPTED) >= 23 and len(REFUSED) >= 9


@pytest.mark.parametrize("text", ACCEPTED)
def test_every_example_can_be_asked_and_has_an_exact_complement(text, store):
    chosen, others = ids(text, store), ids(f"not ({text})", store)
    assert chosen and others and not chosen & others
    assert len(chosen) + len(others) == store.catalogue.n_patients
    cohort = parse(text, GROUPS.get)
    assert parse(str(cohort), GROUPS.get) == cohort
    assert cohort.english(store.catalogue)


@pytest.mark.parametrize("text", REFUSED)
def test_every_refused_example_is_refused_in_words(text, store):
    try:
        problems = parse(text, GROUPS.get).problems(store.catalogue)
    except Refused as refused:
        problems = refused.problems
    assert problems and all(problem.what and problem.remedy for problem in problems)


def test_not_binds_closest_then_and_then_or(store):
    one, two, three = "subsite = larynx", "age >= 60", "sex = male"
    assert ids(f"{one} or {two} and {three}", store) == ids(f"{one} or ({two} and {three})", store)
    assert ids(f"not {one} and {two}", store) == ids(f"(not {one}) and {two}", store)
    assert ids(f"NOT {one} OR {two}", store) == ids(f"not {one} or {two}", store)


def test_unknown_ages_are_where_the_document_says(store):
    unknown = ids("age missing", store)
    assert unknown and unknown <= ids("not age >= 60", store)
    assert not unknown & (ids("age < 60", store) | ids("age >= 60", store) | ids("age != 60", store))


def test_the_words_that_need_quotes():
    stated = re.search(r"Words of the grammar \(`([^`]+)`\)", DOCUMENT)[1].split()
    assert set(stated) == words.RESERVED
    for word in stated:
        assert words.quoted(word) == f'"{word}"'
        assert str(parse(f'subsite = "{word}"')) == f'subsite = "{word}"'
    assert str(parse('subsite = "other and unknown"')) == 'subsite = "other and unknown"'
    assert parse(r'x = "a \"b\" \\ c"').parts[0].values == (r'a "b" \ c',)


def test_the_limits():
    stated = [int(number.replace(",", "")) for number in re.findall(r"\b\d[\d,]*\b(?=[; |]| and)", limits())]
    assert stated[:5] == [LONGEST_LINK, LONGEST_QUERY, MOST_FIELDS, expression.MAX_LENGTH, expression.MAX_DEPTH]
    assert stated[5] == expression.MAX_TERMS


def limits() -> str:
    return section("What is refused").partition("| limit |")[2]


def test_the_link_of_the_document_is_read_as_its_parts():
    text = re.search(r"^`(Clusters\?\S+)`$", DOCUMENT, re.M)[1]
    page, pairs = unlink(text)
    view = View.parse(pairs)
    assert page == "Clusters" and view.study == "hn_tcia" and view.option("clusters.k") == "3"
    assert str(view.cohort) == "subsite in (larynx, oropharynx)" and view.editions == (("hn_tcia", "0f3a5c7b9d1e2f40"),)
    assert VERSION == "1"


def test_a_link_of_an_earlier_edition_says_how_many_there_were_then(tmp_path):
    from core.analyses.provenance import notices

    library = Library(tmp_path)
    then = library.publish(small_draft(n=30))
    library.publish(small_draft(n=40))
    context = opened([("study", "small"), ("edition", then.fingerprint[:16])], library)
    assert notices(context) == ["This link was made from an earlier edition of the data: 30 patients then, 40 now."]


def test_a_group_is_kept_in_the_folder_that_the_document_names(tmp_path):
    library = Library(tmp_path)
    library.publish(small_draft())
    context = opened([("study", "small")], library)
    id = context.saved.put("group", GROUPS["0123456789abcdef"])
    assert len(id) == 16 and context.saved.put("group", GROUPS["0123456789abcdef"]) == id
    assert (tmp_path / "saved" / "group" / f"{id}.json").is_file()
    assert (
        opened([("study", "small"), ("where", f"in group {id}")], library).store.count(
            parse(f"in group {id}", context.group)
        )
        == 2
    )
    with pytest.raises(Refused, match="no saved group"):
        opened([("study", "small"), ("where", "in group 0000000000000000")], library)
