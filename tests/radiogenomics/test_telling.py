"""Which rows and columns are shown, which feature stands for its family, and which points a cloud keeps."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from core.radiogenomics.representative import representatives
from core.radiogenomics.screen import expression_screen
from core.radiogenomics.telling import side_by_side, telling, thinned


def test_those_with_most_pairs_found_are_shown_without_copies():
    chance = np.random.default_rng(0)
    ruler = chance.normal(size=60)
    genes = pd.DataFrame(chance.normal(size=(60, 6)), columns=list("uvwxyz"))
    genes["w"] += 3 * ruler
    genes["z"] -= 3 * ruler
    features = pd.DataFrame(chance.normal(size=(60, 5)), columns=list("abcde"))
    features["b"] += 2 * ruler
    features["d"] += 2 * ruler
    features["e"] = -2 * features["b"]
    screen = expression_screen(features, genes)
    rows, columns = telling(screen, 0.05, 2, 2)
    assert [screen.features[row] for row in rows] == ["b", "d"]
    assert [screen.genes[column] for column in columns] == ["w", "z"]
    every_row, every_column = telling(screen, 0.05, 60, 60)
    assert [screen.features[row] for row in every_row] == list("abcd") and len(every_column) == 6


def test_alike_rows_are_neighbours():
    up, down = np.array([1.0, 0.5, 0.0, -1.0]), np.array([-1.0, -0.4, 0.1, 1.0])
    order = side_by_side(np.array([up, down, up + 0.01, down - 0.02, [np.nan] * 4]))
    places = {row: place for place, row in enumerate(order)}
    assert abs(places[0] - places[2]) == 1 and abs(places[1] - places[3]) == 1
    assert sorted(order) == [0, 1, 2, 3, 4] and side_by_side(np.ones((2, 3))).tolist() == [0, 1]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 400))
def test_a_thinned_cloud_keeps_its_top_in_every_cell(seed, n):
    chance = np.random.default_rng(seed)
    x, y = chance.normal(size=n), chance.exponential(size=n)
    kept = thinned(x, y, 8, 5)
    assert len(set(kept)) == len(kept) <= 40 and y.argmax() in kept and (np.diff(kept) > 0).all()
    if n <= 1:
        assert kept.tolist() == [0]


def test_no_points_are_no_points():
    assert thinned(np.zeros(0), np.zeros(0), 8, 5).tolist() == []


def test_the_feature_most_like_the_others_stands_for_its_family():
    chance = np.random.default_rng(2)
    middle = chance.normal(size=50)
    features = pd.DataFrame(
        {
            "far": middle + 3 * chance.normal(size=50),
            "middle": middle,
            "near": -middle + 0.3 * chance.normal(size=50),
            "flat": np.ones(50),
            "alone": chance.normal(size=50),
        }
    )
    families = dict.fromkeys(["far", "middle", "near", "flat"], "one")
    assert representatives(features, families) == ["middle", "alone"]
    assert representatives(features[["flat"]], families) == []
