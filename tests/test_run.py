"""The command line gives what the page gives, and says plainly what it cannot."""

import json

import pytest

from core.analyses import registry
from core.analyses.opening import opened, page_analyses, unfed
from core.analyses.plain import plain
from core.errors import Refused
from core.run import answer, main
from core.store.library import Library
from core.view import unlink

CLUSTERS = "Clusters?study=small&network.setting_b=none&network.gamma=0&network.edge=0.05&clusters.k=2"


@pytest.fixture(autouse=True)
def store_of_the_command(library, monkeypatch):
    monkeypatch.setenv("COHORTSCOPE_STORE", str(library.folder))


@pytest.mark.parametrize("page", registry.pages())
def test_every_page_answers_and_its_link_answers_the_same(library, page):
    first = answer(f"{page}?study=small&where=age >= 50", library).plain
    assert first["page"] == page
    assert first["n"] == library.open("small").count(opened(unlink(first["link"])[1], library).cohort)
    context = opened(unlink(first["link"])[1], library)
    assert set(first["results"]) == {each.name for each in page_analyses(page, context)} | set(unfed(page, context))
    assert answer(first["link"], library).plain == first


def test_the_page_and_the_command_call_the_same_functions(library):
    page, pairs = unlink(CLUSTERS)
    context = opened(pairs, library)
    shown = {each.name: plain(context.result(each)) for each in page_analyses(page, context) if each.name == "network"}
    told = answer(CLUSTERS, library).plain["results"]["network"]
    assert shown["network"].items() <= told.items()


def test_the_answer_is_complete_json(library, tmp_path):
    file = tmp_path / "answer.json"
    assert main([CLUSTERS, "--json", str(file)]) == 0
    told = json.loads(file.read_text())
    assert list(told)[:4] == ["page", "link", "sentence", "study"]
    assert told["fingerprint"] == library.open("small").fingerprint
    assert told["results"]["clusters"]["parameters"]["k"] == 2
    text = file.read_text()
    assert "NaN" not in text
    assert "Infinity" not in text


def test_a_state_is_named_where_there_is_no_number(library):
    link = "Clusters?study=small&where=age > 200"
    results = answer(link, library).plain["results"]
    assert results["clusters"]["not_estimable"]
    assert results["clusters"]["parameters"]["k"] == 3


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ("Nonsense?study=small", "no page"),
        ("not a link", "not a link"),
        ("Survival?study=small&where=nothing = 1&survival.endpoint=x", "follow_up.endpoint"),
    ],
)
def test_a_bad_link_is_refused_with_every_problem(library, link, says, capsys):
    assert main([link]) == 1
    told = capsys.readouterr()
    assert says in told.err
    assert told.out == ""
    with pytest.raises(Refused):
        answer(link, library)


def test_figures_come_with_their_data_and_their_origin(library, tmp_path):
    assert (
        main(["Survival?study=small&survival.split=none", "--json", str(tmp_path / "a"), "--figures", str(tmp_path)])
        == 0
    )
    tables = list(tmp_path.glob("*.csv"))
    assert tables
    for table in tables:
        head = table.read_text().splitlines()
        assert any("Synthetic demonstration data" in line for line in head[:5])
        assert any("Survival?v=1" in line for line in head[:12])
        assert any("Tests of survival tried on this study in this session" in line for line in head[:14])


def test_a_network_borrowed_from_made_up_data_makes_the_page_say_so(tmp_path):
    from dataclasses import replace

    from tests.store.drafts import small_draft

    library = Library(tmp_path)
    draft = small_draft()
    library.publish(draft)
    library.publish(replace(draft, study=replace(draft.study, id="real", synthetic=False)))
    own = "Clusters?study=real&network.study={}&network.setting_b=none&network.gamma=0&network.edge=0.05&clusters.k=2"
    assert answer(own.format("real"), library).plain["synthetic"] is False
    assert answer(own.format("small"), library).plain["synthetic"] is True


def test_what_takes_long_is_worked_out_when_asked_for(library):
    link = (
        "Reproducibility?study=small&network.gamma=0&network.edge=0.05&network_stability.subsamples=20&shift.draws=100"
    )
    left = answer(link, library).plain["results"]
    assert (
        "--also network_stability" in left["network_stability"]["left_out"]
        and "--also" in left["reproducible"]["left_out"]
    )
    asked = answer(link, library, also=["network_stability"]).results
    assert "network_stability" in asked and "reproducible" not in asked and "network" in asked
    with pytest.raises(Refused, match="no analysis 'survival'"):
        answer(link, library, also=["survival"])
