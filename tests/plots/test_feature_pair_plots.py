"""One feature under both settings as drawings."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core.analyses.context import Context
from core.plots import drawings
from core.plots.feature_pair import number
from core.run import remembering
from core.view import View

OPTIONS = {"network.gamma": "0", "network.edge": "0.05", "feature_pair.feature": "original_firstorder_Mean"}


@pytest.fixture(scope="module")
def result(library):
    context = Context(View("small").with_options(OPTIONS), library, remembering())
    return context.result(context.analysis("feature_pair"))


def test_both_drawings_hold_every_patient_and_say_n(result):
    scatter, difference = drawings(result)
    for drawing, columns in ((scatter, ["first", "second"]), (difference, ["mean", "difference"])):
        assert f"n = {result.n} patients" in drawing.caption and drawing.alt and drawing.title
        dots = drawing.figure.data[-1]
        assert np.array_equal(np.column_stack([dots.x, dots.y]), drawing.data[columns])
        assert len(dots.x) == result.n
    assert f"CCC {result.ccc:.3f}" in scatter.caption
    assert "HU" in scatter.figure.layout.xaxis.title.text and "limits of agreement" in difference.caption


def test_the_line_of_identity_runs_from_corner_to_corner(result):
    figure = drawings(result)[0].figure
    assert figure.layout.xaxis.range == figure.layout.yaxis.range == tuple(figure.data[0].x) == tuple(figure.data[0].y)
    values = result.values[["first", "second"]].to_numpy()
    assert figure.layout.xaxis.range[0] < values.min() and values.max() < figure.layout.xaxis.range[1]


def test_limits_are_drawn_where_they_are(result):
    heights = {shape.y0 for shape in drawings(result)[1].figure.layout.shapes}
    assert {0, result.bias, result.limit_low, result.limit_high} <= heights


def test_identical_values_say_so_and_have_no_limits(result):
    same = result.values.assign(second=result.values["first"], mean=result.values["first"], difference=0.0)
    zero = dict.fromkeys(("bias", "bias_low", "bias_high", "limit_low", "limit_high"), 0.0)
    difference = drawings(dataclasses.replace(result, values=same, identical=True, **zero))[1]
    assert "copied contour" in difference.caption and len(difference.figure.layout.shapes) == 1


def test_a_mean_difference_that_is_rounding_is_zero(result):
    difference = drawings(dataclasses.replace(result, bias=-5e-17))[1]
    assert "Mean difference 0 (" in difference.caption


def test_numbers_are_short_and_readable():
    assert [number(each) for each in (-0.123456, 12345.6, 1.5e12, 0.0)] == ["−0.1235", "12,346", "1.5e+12", "0"]


def test_names_are_never_markup(result):
    odd = dataclasses.replace(result, settings=("<b>one</b>", "two"), unit="<i>")
    for drawing in drawings(odd):
        text = drawing.figure.to_json()
        assert "<b>one" not in text and "(<i>)" not in text
