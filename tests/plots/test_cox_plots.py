"""The figures of a model show its numbers, all of them and no others."""

import numpy as np
import pandas as pd
import pytest

from core.analyses.cox_covariates import Covariate
from core.analyses.cox_modelled import Modelled
from core.analyses.cox_tables import ratio_rows
from core.plots import drawings
from core.plots.forest import FARTHEST, Mark, Row, forest_figure
from core.survival.cox import cox_model
from core.survival.outcome import Outcome
from core.survival.ridge import ridge_model

ODD = "Dose <b>x</b>"


def modelled(n=240, seed=0, ridge=False, **options):
    chance = np.random.default_rng(seed)
    table = pd.DataFrame({ODD: chance.normal(50, 10, n), "site": chance.choice(["a", "b", "c"], n)})
    table["age"] = chance.normal(60, 9, n)
    time = chance.exponential(20 * np.exp(-0.05 * (table[ODD] - 50)))
    outcome = Outcome.of(time, chance.random(n) < 0.8, "months", "diagnosis")
    cox = None if ridge else cox_model(outcome, table, **options)
    penalised = ridge_model(outcome, table, folds=5) if ridge else None
    model = cox or penalised
    return Modelled(
        endpoint="Overall survival",
        time_unit="months",
        origin="diagnosis",
        covariates=(Covariate("a", ODD, "number", "Gy"), Covariate("b", "site", "category", "", ("a", "b", "c"))),
        strata="",
        cox=cox,
        ridge=penalised,
        left_out=pd.DataFrame(columns=["reason", "n"]),
        rare=pd.DataFrame(),
        words=(),
        notes=(),
        cautions=(),
        n_cohort=n,
        n=model.n,
        n_events=model.n_events,
    )


def marks(figure, symbol):
    return [trace.x[0] for trace in figure.data if trace.mode == "markers" and trace.marker.symbol == symbol]


def test_the_forest_has_a_square_per_ratio_and_a_circle_per_covariate_alone():
    result = modelled(univariable=True)
    forest = drawings(result)[0]
    rows = ratio_rows(result)
    assert marks(forest.figure, "square") == pytest.approx(rows["ratio"].tolist())
    alone = rows.loc[rows["kind"] == "estimate", "ratio_alone"]
    assert marks(forest.figure, "circle-open") == pytest.approx(alone.tolist())
    assert rows["level"].tolist()[1:4] == ["a", "b", "c"] and rows["ratio"].tolist()[1] == 1
    words = " ".join(each.text for each in forest.figure.layout.annotations)
    assert "Dose &lt;b&gt;x&lt;/b&gt;" in words and "1 (reference)" in words and "(reference)" in words
    dose = result.cox.rows[0]
    assert f"HR {dose.ratio_per_sd:.2f}" in words and f"n = {dose.n}, {dose.n_events} events" in words
    assert f"n = {result.n} of 240, {result.n_events} events" in forest.caption and "circles" in forest.caption
    assert forest.data.equals(rows)
    assert "circles" not in drawings(modelled())[0].caption


def test_intervals_that_go_on_end_in_arrows_and_ticks_lie_inside():
    rows = [Row(("a",), (Mark(3.0, 0.001, 900.0),)), Row(("b", "1 (reference)"), (Mark(1.0, 1.0, 1.0),)), Row(("c",))]
    figure = forest_figure(rows)
    (arrows,) = (trace for trace in figure.data if trace.mode == "markers" and len(trace.x) == 2)
    assert list(arrows.marker.symbol) == ["triangle-left", "triangle-right"] and tuple(arrows.x) == FARTHEST
    low, high = figure.layout.xaxis.range
    assert all(low <= np.log10(tick) <= high for tick in figure.layout.xaxis.tickvals)
    narrow = forest_figure([Row(("a",), (Mark(1.1, 0.95, 1.25),))])
    assert len(narrow.layout.xaxis.tickvals) >= 3
    assert not [trace for trace in narrow.data if trace.mode == "markers" and len(trace.x) == 2]


def test_the_curve_is_the_results_with_its_band_and_every_patient_between_its_ends():
    result = modelled(splines=[ODD])
    drawing = next(each for each in drawings(result) if each.name == "cox_curve_1")
    (curve,) = result.cox.curves
    line = next(trace for trace in drawing.figure.data if trace.mode == "lines" and trace.fill is None)
    assert list(line.y) == pytest.approx(curve.table["ratio"].tolist())
    (bars,) = (trace for trace in drawing.figure.data if trace.type == "bar")
    low, high = curve.table["value"].iloc[[0, -1]]
    assert sum(bars.y) == ((curve.values >= low) & (curve.values <= high)).sum()
    assert drawing.figure.layout.xaxis.title.text == "Dose &lt;b&gt;x&lt;/b&gt; (Gy)"
    assert drawing.data.equals(curve.table) and "95 % band" in drawing.caption and "knots at" in drawing.caption
    row = ratio_rows(result).iloc[0]
    assert "third quartile" in row["level"] and row["ratio"] == curve.quartiles.ratio and np.isnan(row["p"])


def test_residuals_have_a_panel_per_term_with_all_events_and_its_p():
    result = modelled(interactions=[("age", "site")])
    drawing = next(each for each in drawings(result) if each.name == "cox_residuals")
    points = [trace for trace in drawing.figure.data if trace.mode == "markers"]
    assert len(points) == len(result.cox.terms) == 4
    assert all(len(trace.x) == result.n_events for trace in points)
    sd = result.cox.rows[0].sd
    residual = result.cox.residuals[ODD].table["residual"]
    np.testing.assert_allclose(points[0].y, residual * sd)
    titles = [each.text for each in drawing.figure.layout.annotations]
    assert titles[0].startswith("<b>Dose &lt;b&gt;x&lt;/b&gt;</b> p") and "age × site" in titles[3]
    kinds = drawing.data.groupby(["term", "kind"]).size()
    assert (kinds.xs("residual", level="kind") == result.n_events).all()
    assert (kinds.xs("smooth", level="kind") == 40).all()
    assert "cox.zph" in drawing.caption and "outside the frames" in drawing.caption


def test_the_ridge_fit_draws_its_ratios_its_choice_and_its_path():
    result = modelled(ridge=True)
    forest, choice, path = drawings(result)
    assert [each.name for each in (forest, choice, path)] == ["cox_forest", "cox_ridge_penalty", "cox_ridge_path"]
    assert marks(forest.figure, "square") == pytest.approx(ratio_rows(result)["ratio"].tolist())
    assert not [trace for trace in forest.figure.data if trace.mode == "lines" and trace.line.dash is None]
    assert "no interval and no p" in forest.caption
    curve = choice.figure.data[0]
    assert curve.x[int(np.argmax(curve.y))] == pytest.approx(result.ridge.penalty)
    assert len(path.figure.data) == result.ridge.n_columns
    for trace in path.figure.data:
        assert abs(trace.y[-1]) < abs(trace.y[0]) + 1e-12


def test_every_drawing_says_what_it_is():
    results = (
        modelled(),
        modelled(splines=["age"], interactions=[(ODD, "site")], univariable=True),
        modelled(ridge=True),
    )
    for result in results:
        drawn = drawings(result)
        assert len({each.name for each in drawn}) == len(drawn)
        assert all(each.caption and each.alt and len(each.data) and each.title for each in drawn)
        assert all(each.figure.layout.title.text is None for each in drawn)
