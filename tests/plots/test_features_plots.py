"""The figures of the Features page: what is drawn is what is in the data, also where there is much or little."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.redundant import RedundantFeatures
from core.network.screening import usable
from core.plots import drawings
from core.plots.distribution import _edges
from core.plots.patients_by_batch import MOST, OTHER, patients_by_batch
from core.stats.harmonise_panel import principal_components
from core.stats.redundancy import redundancy


def test_a_map_of_many_features_draws_those_that_are_kept():
    chance = np.random.default_rng(0)
    base = chance.normal(size=(40, 130))
    values = pd.DataFrame(np.hstack([base, base * 2 + 0.01 * chance.normal(size=base.shape)]))
    values.columns = [f"<b>f{place}</b>" for place in range(260)]
    entered = usable(values)
    found = redundancy(entered.features, 0.9)
    result = RedundantFeatures(
        found=found,
        names=tuple(entered.features.columns),
        families={},
        entered=entered,
        volume="",
        volume_cut=0.8,
        surrogates=pd.DataFrame(columns=["feature", "n", "rho"]),
        notes=entered.notes,
        n_cohort=50,
        n_measured=40,
    )
    (drawing,) = drawings(result)
    z = np.asarray(drawing.figure.data[0].z)
    assert z.shape == (130, 130) and len(drawing.data) == 130 * 129 // 2
    np.testing.assert_allclose(z, z.T)
    assert set(drawing.data["first"]) | set(drawing.data["second"]) == set(found.kept)
    assert "Drawn: 130 of the features that are kept." in drawing.caption


def test_more_batches_than_colours_share_the_last():
    chance = np.random.default_rng(1)
    batch = np.repeat([f"site {place}" for place in range(12)], np.arange(12) + 3)
    components = principal_components(chance.normal(size=(len(batch), 5)), batch)
    patients = pd.DataFrame(
        {
            "patient_id": range(len(batch)),
            "batch": batch,
            "first": components.scores[:, 0],
            "second": components.scores[:, 1],
        }
    )
    drawing = patients_by_batch(patients, components, "Centre", "x", "X")
    assert len(drawing.figure.data) == MOST and drawing.figure.data[-1].name.startswith(OTHER)
    assert sum(len(trace.x) for trace in drawing.figure.data) == len(batch) == len(drawing.data)


def test_bars_hold_every_value():
    for values in (np.full(9, 3.0), np.array([0.0, 0, 0, 0, 0, 0, 1e9]), np.random.default_rng(0).normal(size=400)):
        edges = _edges(values)
        assert np.histogram(values, edges)[0].sum() == len(values) and (np.diff(edges) > 0).all()
