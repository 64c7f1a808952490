"""Whole penalty paths against R's glasso, edge for edge, and the penalty that qgraph's EBIC chooses.

Nine correlation matrices (p = 50, 100, 300; n = 77, 300, 500), made by tests/reference/network/paths.R, with chains,
blocks and collinear features. With n <= p the stored matrix is singular: R solved the matrix of its own
Matrix::nearPD, here `nearest_correlation` repairs it.
"""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from core.compute import quiet
from core.network import path
from core.network.correlation import nearest_correlation
from core.network.path import penalties_of, penalty_path

FOLDER = Path(__file__).parents[1] / "reference" / "network"
CASES = [f"p{p}_n{n}" for p in (50, 100, 300) for n in (77, 300, 500)]
#: Edges of all the stored networks, and those among them on the margin of R's own precision (a partial correlation
#: below 1e-6, or an edge in one direction only): these are not compared.
EDGES, MARGIN = 62_702, 2


def reference(case):
    with gzip.open(FOLDER / f"paths_{case}.json.gz", "rt") as file:
        return json.load(file)


def correlations(case, p):
    # R goes through the upper triangle column by column, which is the lower one row by row.
    C = np.eye(p)
    C[np.tril_indices(p, -1)] = np.loadtxt(FOLDER / f"paths_{case}.csv.gz") / 1e10
    return nearest_correlation(C + np.tril(C, -1).T)


def upper(matrix):
    """The pairs in R's order."""
    return matrix[np.tril_indices(len(matrix), -1)]


def partial_of(K):
    scale = 1 / np.sqrt(np.diag(K))
    return upper(-K * np.outer(scale, scale))


@pytest.mark.parametrize("case", CASES)
def test_edges_and_choice_equal_r(case, monkeypatch):
    theirs = reference(case)
    p, n = theirs["p"], theirs["n"]
    S = correlations(case, p)
    falling = penalties_of(S, 100, theirs["ratio"])
    assert falling[0] == pytest.approx(theirs["lambda_largest"], rel=1e-8)
    stored = {99 - one["index"]: one for one in theirs["penalties"]}
    assert len(stored) == 6
    kept = []

    def recorded(*given):
        for penalty, K, settled in penalty_path(*given):
            kept.append(partial_of(K) if len(kept) in stored else None)
            yield penalty, K, settled

    monkeypatch.setattr(path, "penalty_path", recorded)
    best, rows = path.scored(S, n, theirs["gammas"], 0.0, falling, quiet)
    assert all(settled for _, _, _, settled in rows)
    for rank, one in stored.items():
        assert falling[rank] == pytest.approx(one["lambda"], rel=1e-8)
        theirs_has = np.zeros(p * (p - 1) // 2, bool)
        theirs_has[np.cumsum(one["gaps"]) - 1] = True
        clear = np.ones(len(theirs_has), bool)
        clear[np.array(one["margin"], int) - 1] = False
        ours = kept[rank]
        np.testing.assert_array_equal((ours != 0)[clear], theirs_has[clear])
        assert np.abs(ours).sum() == pytest.approx(one["strength"], rel=1e-5)
    for gamma, ebic, winner in zip(theirs["gammas"], theirs["ebic"], theirs["winners"], strict=True):
        np.testing.assert_allclose([scores[gamma] for _, scores, _, _ in reversed(rows)], ebic, rtol=1e-6, atol=0.01)
        assert best[gamma][1] == falling[99 - winner]


def test_hardly_an_edge_is_on_the_margin():
    stored = [one for case in CASES for one in reference(case)["penalties"]]
    assert len(stored) == 54
    assert (sum(one["edges"] for one in stored), sum(len(one["margin"]) for one in stored)) == (EDGES, MARGIN)
