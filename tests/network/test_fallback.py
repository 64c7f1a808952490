"""Networks where numba is missing: scikit-learn solves, close to the kernel, and the reader is told."""

import sys

import numpy as np
import pandas as pd
import pytest

from core.network.correlation import correlation_matrix, nearest_correlation
from core.network.fallback import slow_path
from core.network.path import WITHOUT_NUMBA, compiled, penalties_of
from core.network.sparse import chosen_precision, ebic_network


@pytest.fixture
def without_numba(monkeypatch):
    for module in ("core.network.glasso", "core.network.extrapolation"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "numba", None)
    assert not compiled()


def ties(n=200, p=10, seed=0):
    rng = np.random.default_rng(seed)
    tie = np.eye(p) - 0.6 * np.eye(p, k=-1)
    return pd.DataFrame(np.linalg.solve(tie, rng.normal(size=(p, n))).T).add_prefix("f")


chosen = {"gamma": 0.25, "threshold": False, "lambdas": 20}
ours = ebic_network(ties(), **chosen)


def test_the_same_network_to_the_fourth_digit(without_numba):
    theirs = ebic_network(ties(), **chosen)
    assert theirs.chosen_lambda == ours.chosen_lambda
    np.testing.assert_array_equal(theirs.edges, ours.edges)
    np.testing.assert_allclose(theirs.partial, ours.partial, atol=1e-4)
    np.testing.assert_allclose(theirs.path["ebic"], ours.path["ebic"], rtol=1e-4)
    assert theirs.notes[-1] == WITHOUT_NUMBA
    assert "pip install numba" in WITHOUT_NUMBA
    S = nearest_correlation(correlation_matrix(ties()))
    assert chosen_precision(S, 200, **chosen)[0] == pytest.approx(ours.chosen_lambda)


def test_with_numba_nothing_is_said():
    assert compiled()
    assert WITHOUT_NUMBA not in ours.notes


def test_penalties_that_scikit_learn_gives_up_on_are_passed_over(without_numba, monkeypatch):
    import sklearn.covariance

    real = sklearn.covariance.graphical_lasso

    def at_times(S, alpha, **options):
        if alpha < 0.1:
            raise FloatingPointError("Non SPD result")
        return real(S, alpha, **options)

    monkeypatch.setattr(sklearn.covariance, "graphical_lasso", at_times)
    network = ebic_network(ties(), **chosen)
    few = int((network.path["lambda"] < 0.1).sum())
    assert 0 < few < 20
    assert network.path["ebic"].isna().sum() == few
    assert any(note.startswith(f"{few} of 20 penalties were passed over: they could not be") for note in network.notes)
    monkeypatch.setattr(sklearn.covariance, "graphical_lasso", lambda S, alpha, **options: at_times(S, 0.0))
    empty = ebic_network(ties(), **chosen)
    assert len(empty.edges) == 0
    assert empty.notes[0].startswith("No edges: no penalty of the path could be scored. Leave out near-copies")


def test_near_copies_do_not_stop_the_path():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(15, 8))
    S = nearest_correlation(np.corrcoef(np.column_stack([x, x + 1e-4 * rng.normal(size=x.shape), x]).T))
    solved = list(slow_path(S, penalties_of(S, 3, 0.2)))
    assert len(solved) == 3
    for _, K, settled in solved:
        assert np.isfinite(K).all() or not settled
