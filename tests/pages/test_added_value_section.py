"""The Added value section of the Survival page: what it shows, its states, and odd studies."""

from tests.pages.conftest import said

FEW = {"ladder__resamples": "40", "ladder__years": "2", "quadrants__permutations": "99"}


def visited(visit, **query):
    return visit("Survival", section="Added value", **FEW | query)


def test_the_section_shows_ladder_quadrants_and_what_was_lost(visit):
    at = visited(visit, study="demo", blocks__clinical="age,stage")
    assert not at.exception and not at.error
    text = said(at)
    assert "Genomic (TP53 mutation) adds to clinical: likelihood-ratio test on 1 df" in text
    assert "Radiomic (shape · Mesh Volume) is not shown to add to clinical" in text
    assert "Permutation p of the whole procedure (99 exchanges of the covariates, seed 0)" in text
    assert len(at.get("plotly_chart")) == 5
    columns = [list(frame.value.columns) for frame in at.dataframe]
    assert any("LR chi-square" in each for each in columns) and any("Slope (95 % CI)" in each for each in columns)
    # Four steps and one permutation test.
    assert any("5 p-values" in str(caption.value) for caption in at.caption)
    assert not any(box.value for box in at.checkbox if box.label == "Compare early and late fusion")


def test_few_patients_and_odd_names_are_states_and_no_traceback(visit):
    at = visited(visit, study="odd", blocks__clinical="age", blocks__genes="TP53")
    assert not at.exception and (at.get("plotly_chart") or at.info)


def test_a_study_without_follow_up_says_so_once(visit):
    at = visited(visit, study="bare")
    assert not at.exception and not at.get("plotly_chart")


def test_one_block_leaves_the_groups_by_two_indices_a_state(visit):
    at = visited(visit, study="demo", blocks__clinical="age", blocks__genes="", where="subsite = larynx")
    assert not at.exception
    assert "No groups by two indices: Nothing genomic is chosen." in said(at)
