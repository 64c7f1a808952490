import numpy as np
import pandas as pd
import pytest

from core.errors import NotEstimable
from core.stats.associations import associations
from core.stats.tables import baseline

KINDS = {"age": "number", "site": "category", "empty": "number", "words": "text", "arm": "category"}


def patients():
    return pd.DataFrame(
        {
            "age": [50.0, 60, 70, np.nan, 40, 60, 80, 55],
            "site": ["larynx", "None", "larynx", None, "larynx", "larynx", "None", "None"],
            "empty": np.nan,
            "words": "anything",
            "arm": ["x", "x", "x", "x", "y", "y", "y", None],
        }
    )


def test_cells_by_hand():
    result = baseline(patients(), KINDS, "arm", labels={"age": "Age (years)"})
    assert (result.n, result.n_no_group, result.groups, result.n_tests) == (7, 1, {"x": 4, "y": 3}, 0)
    assert result.table.columns.tolist() == ["Variable", "Level", "Missing", "Overall", "x", "y", "SMD"]
    rows = result.table.to_numpy().tolist()
    assert rows[0][:6] == ["n", "", "", "7", "4", "3"]
    assert rows[1][:6] == ["Age (years)", "median [Q1,Q3]", "1", "60 [52,68]", "60 [55,65]", "60 [50,70]"]
    # A level that reads like a missing value is a level; shares are of those known.
    assert rows[2][:6] == ["site", "None", "1", "2 (33.3)", "1 (33.3)", "1 (33.3)"]
    assert rows[3][:6] == ["site", "larynx", "", "4 (66.7)", "2 (66.7)", "2 (66.7)"]
    assert rows[4] == ["empty", "", "7", "", "", "", ""]
    assert len(rows) == 5


def test_there_is_no_p_unless_it_is_asked_for_and_then_it_is_that_of_the_associations():
    chance = np.random.default_rng(0)
    frame = pd.DataFrame({"age": chance.normal(60, 9, 90), "site": chance.choice(list("uvw"), 90)})
    frame["arm"] = np.where(frame["age"] + chance.normal(0, 9, 90) > 60, "x", "y")
    result = baseline(frame, KINDS, "arm", p_values=True)
    tested = associations(frame["arm"], frame[["age", "site"]], KINDS).table.set_index("attribute")
    first = result.table.drop_duplicates("Variable").set_index("Variable")
    assert result.n_tests == 2
    assert first.loc["site", "p"] == f"{tested.loc['site', 'p']:.3f}"
    assert first.loc["age", "q (BH)"] == "<0.001"
    assert (result.table.loc[result.table["Level"] == "v", "p"] == "").all()


def test_without_groups_there_is_one_column():
    result = baseline(patients(), KINDS)
    assert result.table.columns.tolist() == ["Variable", "Level", "Missing", "Overall"]
    assert result.groups == {}
    assert result.n == 8


def test_the_difference_is_the_largest_of_all_pairs_without_sign():
    frame = pd.DataFrame({"age": [1.0, 2, 3, 4, 5, 6, 10, 11, 12], "arm": list("aaabbbccc")})
    table = baseline(frame, KINDS, "arm").table
    # Means 2 and 11, standard deviations 1 and 1.
    assert table["SMD"].tolist() == ["", "9.000"]


def test_a_group_without_a_known_value_has_an_empty_cell_and_no_difference():
    frame = patients()
    frame.loc[frame["arm"] == "y", ["age", "site"]] = [np.nan, None]
    table = baseline(frame, KINDS, "arm").table
    assert (table.loc[table["Variable"].isin(["age", "site"]), ["y", "SMD"]] == "").all(axis=None)


def test_a_level_that_two_groups_lack_does_not_spoil_their_difference():
    # The first two groups differ by 1 of 4 against 3 of 4; neither has the level z, which only the third has.
    frame = pd.DataFrame({"site": [*list("uvvvuuuv"), "u", "v", "z", "z"], "arm": list("aaaabbbb") + ["c"] * 4})
    two = baseline(frame[:8], KINDS, "arm").table["SMD"].tolist()
    assert two == ["", f"{0.5 / np.sqrt(3 / 16):.3f}", ""]
    three = baseline(frame, KINDS, "arm").table["SMD"].tolist()
    assert float(three[1]) >= float(two[1])


def test_groups_without_a_common_level_differ_without_end():
    frame = pd.DataFrame({"site": list("uuuvvv") + ["w"] * 3, "arm": list("aaaaaabbb")})
    assert baseline(frame, KINDS, "arm").table["SMD"].tolist() == ["", "∞", "", ""]


def test_group_names_that_are_words_of_the_table_and_natural_orders():
    frame = patients().assign(arm=["Overall"] * 4 + ["SMD"] * 4)
    result = baseline(frame, KINDS, "arm", orders={"arm": ["SMD", "Overall"], "site": ["None", "larynx"]})
    assert result.table.columns.tolist()[3:] == ["Overall", "SMD (group)", "Overall (group)", "SMD"]
    assert result.table["Level"].tolist()[2:4] == ["None", "larynx"]


def test_small_numbers_keep_two_figures():
    frame = pd.DataFrame({"age": np.linspace(0.001, 0.003, 9)})
    assert baseline(frame, KINDS).table["Overall"].tolist()[1] == "0.0020 [0.0015,0.0025]"
    assert baseline(pd.DataFrame({"age": [0.0, 0.0]}), KINDS).table["Overall"].tolist()[1] == "0.0 [0.0,0.0]"


def test_nothing_to_show_is_a_state():
    with pytest.raises(NotEstimable, match="No patients match"):
        baseline(patients()[:0], KINDS)
    with pytest.raises(NotEstimable, match="None of the 8 patients has a value of the grouping"):
        baseline(patients().assign(arm=None), KINDS, "arm")
    with pytest.raises(NotEstimable, match="No attribute"):
        baseline(patients()[[]], KINDS)
    with pytest.raises(NotEstimable, match="No attribute"):
        baseline(patients()[["words", "empty"]], KINDS)
    with pytest.raises(NotEstimable, match="9 groups"):
        baseline(pd.DataFrame({"age": np.arange(9.0), "arm": list("abcdefghi")}), KINDS, "arm")
