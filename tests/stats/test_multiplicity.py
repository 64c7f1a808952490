"""Benjamini-Hochberg against R's p.adjust and scipy."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from core.stats.multiplicity import benjamini_hochberg

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "agreement" / "agreement.json").read_text())


def test_equals_r_and_leaves_missing_out():
    p, expected = (np.array(REFERENCE[key], dtype=float) for key in ("p", "bh"))
    assert np.isnan(p).sum() == 1
    np.testing.assert_allclose(benjamini_hochberg(p), expected, rtol=1e-14)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_equals_scipy_and_never_lowers_a_p(p):
    q = benjamini_hochberg(p)
    np.testing.assert_allclose(q, false_discovery_control(p), rtol=1e-12, atol=1e-300)
    assert (q >= np.array(p) * (1 - 1e-12)).all()


def test_shapes_and_nothing_to_adjust():
    assert benjamini_hochberg([]).shape == (0,)
    assert np.isnan(benjamini_hochberg([np.nan, np.nan])).all()
    assert benjamini_hochberg([[0.01, 0.02], [0.03, 0.04]]).shape == (2, 2)


def test_a_p_value_is_a_probability():
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg([0.5, 1.2])
