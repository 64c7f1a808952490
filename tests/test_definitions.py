"""Definitions of features: every code has one, each says something of its own, and unknown features have none."""

from __future__ import annotations

import pytest

from core.definitions import DEFINITIONS, WITHOUT_CODE, definition, departure
from core.store.sources.ibsi import CODES, SHORT
from core.store.sources.names import described

MATRICES = {
    "glrlm": ("run",),
    "glszm": ("patch",),
    "gldm": ("neighbour", "voxels"),
    "glcm": ("neighbour", "inverse difference"),
}


def test_every_code_has_a_definition_and_no_other_is_defined():
    known = {code for names in (*CODES.values(), *SHORT.values()) for code in names.values()}
    assert set(DEFINITIONS) == known


def test_definitions_are_single_sentences_of_their_own():
    sentences = [*DEFINITIONS.values(), *WITHOUT_CODE.values()]
    assert len({sentence.lower() for sentence in sentences}) == len(sentences)
    for sentence in sentences:
        assert len(sentence) <= 120 and sentence.endswith(".") and sentence.count(". ") == 0, sentence


@pytest.mark.parametrize("family", MATRICES)
def test_a_statistic_of_a_matrix_names_what_the_matrix_counts(family):
    for name, code in CODES[family].items():
        assert any(word in DEFINITIONS[code].lower() for word in MATRICES[family]), name


def test_a_feature_without_a_code_is_found_by_its_name():
    by_column = definition("", "shape", "original_shape_Maximum2DDiameterRow")
    assert by_column and by_column == definition("", "shape", "Maximum2DDiameterRow")
    oraw = described("original|morph.pyrad.diam.max2Drow")
    assert definition(oraw.ibsi, oraw.family, oraw.name) == by_column
    assert definition("", "glcm", "wavelet-LLH_glcm_MCC") and definition("", "firstorder", "TotalEnergy")


def test_what_is_unknown_has_no_definition():
    assert definition("") == definition("XXXX") == definition("", "texture", "tf_Gabor_0.05A0.0kurt") == ""
    assert definition("", "gldm", "original|dzm.zd.entr") == ""


def test_departures_of_pyradiomics_are_noted_where_they_are_known():
    assert "3 larger" in departure("IPH6", "firstorder")
    assert "multiple of the width" in departure("ACUI", "glcm") and departure("TLU2", "firstorder")
    assert departure("RNU0", "shape") == departure("Q4LE", "firstorder") == departure("", "gabor", "mean") == ""
    assert "no code" in departure("", "glcm", "original_glcm_MCC")
