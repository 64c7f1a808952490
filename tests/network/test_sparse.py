"""Sparse networks: the numbers of R's qgraph::EBICglasso, invariances, and what is said when there is no network."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compute import quiet
from core.errors import Abandoned, NotEstimable, Refused
from core.network import path
from core.network.correlation import correlation_matrix, nearest_correlation
from core.network.path import penalties_of, penalty_path
from core.network.sparse import OH_2021, chosen_precision, ebic_network

FOLDER = Path(__file__).parents[1] / "reference" / "network"
REFERENCE = json.loads((FOLDER / "networks.json").read_text())
#: Here qgraph scores, and picks, a thresholded matrix with an even number of negative eigenvalues.
INDEFINITE = ("p30_n25", 0, True)


def label(case):
    return f"{case['case']} gamma {case['gamma']} threshold {case['threshold']}"


def partial_of(case, p):
    partial = np.zeros((p, p))
    partial[case["i"], case["j"]] = case["partial"]
    return partial + partial.T


def network_of(case, **changed):
    features = pd.read_csv(FOLDER / f"{case['case']}.csv")
    return ebic_network(features, gamma=case["gamma"], threshold=case["threshold"], **changed)


@pytest.mark.parametrize("case", REFERENCE["networks"], ids=label)
def test_equals_qgraph(case):
    network = network_of(case)
    ebic = np.array([np.nan if value in (None, "Inf", "NaN") else value for value in case["ebic"]], dtype=float)
    np.testing.assert_allclose(network.path["lambda"], case["lambdas"], rtol=1e-9)
    both = ~np.isnan(ebic) & network.path["ebic"].notna().to_numpy()
    assert both.any()
    np.testing.assert_allclose(network.path["ebic"][both], ebic[both], rtol=1e-6, atol=0.01)
    # Only qgraph scores matrices that are not positive definite, never the other way round.
    assert network.path["ebic"].isna()[np.isnan(ebic)].all()
    expected = partial_of(case, len(network.names))
    if (case["case"], case["gamma"], case["threshold"]) == INDEFINITE:
        assert np.linalg.eigvalsh(np.eye(len(expected)) - expected)[0] < 0
        return
    assert network.chosen_lambda == pytest.approx(case["lambda"], rel=1e-9)
    assert ((network.partial != 0) == (expected != 0)).all()
    np.testing.assert_allclose(network.partial, expected, atol=1e-6)
    assert len(network.edges) == case["edges_usual"]


def planted(n=200, p=12, seed=0):
    """A chain of tied features."""
    rng = np.random.default_rng(seed)
    tie = np.eye(p) - 0.7 * np.eye(p, k=-1) * (np.arange(p) % 4 != 0)[:, None]
    values = np.linalg.solve(tie, rng.normal(size=(p, n))).T
    return pd.DataFrame(values, columns=[f"f{i:02d}" for i in range(p)])


def test_a_planted_chain_is_found():
    network = ebic_network(planted())
    assert {(i, j) for i, j in network.edges.tolist()} == {(i, i + 1) for i in range(11) if (i + 1) % 4}
    assert (network.weights > 0.15).all()
    assert network.n == 200
    assert network.names[:2] == ("f00", "f01")
    np.testing.assert_array_equal(network.graph.adjacency() > 0, np.abs(network.partial) > 0.15)


@settings(deadline=None, derandomize=True, max_examples=10)
@given(st.integers(0, 10**6), st.booleans(), st.sampled_from(["pearson", "nonparanormal"]))
def test_the_order_and_scale_of_the_columns_do_not_matter(seed, threshold, correlation):
    rng = np.random.default_rng(seed)
    features = planted(n=60, p=8, seed=seed)
    chosen = {"gamma": 0.0, "threshold": threshold, "correlation": correlation, "lambdas": 30}
    network = ebic_network(features, **chosen)
    np.testing.assert_array_equal(network.partial, network.partial.T)
    assert (np.diag(network.partial) == 0).all()
    assert np.abs(network.partial).max() <= 1
    order = rng.permutation(8)
    shuffled = features.iloc[:, order] * 10.0 ** rng.integers(-6, 6, 8) + 3
    again = ebic_network(shuffled, **chosen)
    np.testing.assert_allclose(again.partial, network.partial[np.ix_(order, order)], atol=1e-4)


@pytest.mark.parametrize("threshold", [True, False])
def test_fewer_patients_than_collinear_features_survive(threshold):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(15, 12))
    features = pd.DataFrame(np.column_stack([x, x, x + 1e-4 * rng.normal(size=x.shape)])).add_prefix("f")
    network = ebic_network(features, gamma=0.0, threshold=threshold, lambdas=30)
    assert np.isfinite(network.partial).all()
    assert any("15 patients for 36 features" in note for note in network.notes)


def test_an_empty_network_says_what_to_do():
    features = pd.read_csv(FOLDER / "p30_n25.csv")
    network = ebic_network(features, gamma=0.5, threshold=False)
    assert network.edges.shape == (0, 2)
    assert network.weights.shape == (0,)
    assert not network.partial.any()
    note = network.notes[0]
    assert note.startswith("No edges: EBIC chose the empty graph at n = 25, gamma = 0.5. Lower gamma: gamma = 0 gives ")
    assert network.by_gamma["gamma"].tolist() == [0.0, 0.25, 0.5]
    assert network.by_gamma["edges"].iloc[0] == len(ebic_network(features, gamma=0.0, threshold=False).edges) > 0


def test_nothing_to_find_and_edges_below_the_cut():
    loose = pd.DataFrame(np.random.default_rng(3).normal(size=(400, 6)))
    assert "use more patients or fewer features" in ebic_network(loose, gamma=0.25, threshold=False).notes[0]
    hidden = ebic_network(planted(), edge=0.95)
    assert len(hidden.edges) == 0
    assert hidden.partial.any()
    assert "Lower the edge cut" in hidden.notes[0]


def test_passed_over_penalties_are_told():
    network = network_of({"case": "p30_n25", "gamma": 0.5, "threshold": True})
    skipped = int(network.path["ebic"].isna().sum())
    assert skipped > 0
    assert any(note.startswith(f"{skipped} of 100 penalties were passed over") for note in network.notes)
    assert any("Switch the threshold off" in note for note in network.notes)


def test_the_settings_of_the_paper():
    network = ebic_network(planted(), **OH_2021)
    assert (network.gamma, network.threshold, network.edge, network.correlation) == (0.5, True, 0.15, "pearson")
    assert len(network.path) == 100


def test_bad_input_is_named():
    features = planted(n=20, p=4)
    holes = features.assign(f01=np.nan, f02=1.0)
    with pytest.raises(Refused, match="f01"):
        ebic_network(holes)
    with pytest.raises(Refused, match="f02: 1 features are constant"):
        ebic_network(features.assign(f02=1.0))
    with pytest.raises(Refused) as refused:
        ebic_network(features, correlation="kendall", gamma=-1, edge=1.0, lambdas=1)
    assert len(refused.value.problems) == 4
    with pytest.raises(Refused, match="same name"):
        ebic_network(features.rename(columns={"f01": "f00"}))
    for few in (features.iloc[:2], features[["f00"]], features.iloc[:0]):
        with pytest.raises(NotEstimable, match="at least 3 patients and 2 features"):
            ebic_network(few)


def test_progress_ends_at_one_and_can_stop_the_work():
    told = []
    ebic_network(planted(n=30, p=5), progress=lambda share, text: told.append(share), lambdas=10)
    assert told == sorted(told)
    assert told[-1] == 1.0

    def stop(share, text=""):
        quiet(share, text)
        if share > 0.3:
            raise Abandoned

    with pytest.raises(Abandoned):
        ebic_network(planted(n=30, p=5), progress=stop, lambdas=10)


def test_a_threshold_that_leaves_nothing_to_score_gives_an_empty_network_and_says_so():
    random = np.random.default_rng(3)
    features = pd.DataFrame(random.normal(size=(12, 30)), columns=[f"f{i}" for i in range(30)])
    network = ebic_network(features, gamma=0.0, threshold=True, lambda_min_ratio=0.9)
    assert network.path["ebic"].isna().all()
    assert len(network.edges) == 0
    assert any("Switch the hard threshold off" in note for note in network.notes)


def test_the_choice_without_tables_is_that_of_the_network():
    features = pd.read_csv(FOLDER / "p20_n200.csv")
    S = nearest_correlation(correlation_matrix(features))
    for gamma, threshold in ((0.0, False), (0.5, True)):
        network = ebic_network(features, gamma=gamma, threshold=threshold)
        penalty, K = chosen_precision(S, 200, gamma=gamma, threshold=threshold)
        assert penalty == network.chosen_lambda
        scale = 1 / np.sqrt(np.diag(K))
        np.testing.assert_allclose(-np.triu(K * np.outer(scale, scale), 1), np.triu(network.partial, 1), atol=1e-15)
    # Penalties of one's own, in any order.
    few = network.path["lambda"].to_numpy()[[10, 90, 40]]
    assert chosen_precision(S, 200, gamma=0.0, threshold=False, penalties=few)[0] in few
    penalty, K = chosen_precision(S, 200, gamma=0.0, threshold=False, penalties=np.array([2.0]))
    assert penalty == 2.0
    np.testing.assert_array_equal(K, np.eye(20))


def test_groups_of_collinear_features_and_copies_with_fewer_patients_keep_the_whole_path_optimal():
    rng = np.random.default_rng(77)
    n, p = 77, 100
    loose = rng.normal(size=(n, 40))
    # Ten groups of five at r = 0.98 with their leader, and ten near-exact copies.
    groups = np.repeat(loose[:, :10], 5, axis=1) + np.sqrt(1 / 0.98**2 - 1) * rng.normal(size=(n, 50))
    x = np.column_stack([loose, groups, loose[:, 10:20] + 1e-7 * rng.normal(size=(n, 10))])
    S = nearest_correlation(np.corrcoef(x.T))
    assert x.shape == (n, p)
    assert np.linalg.matrix_rank(np.corrcoef(x.T), tol=1e-6) < n
    for penalty, K, settled in penalty_path(S, penalties_of(S, 100, 0.01)):
        assert settled
        assert np.isfinite(K).all()
        values, vectors = np.linalg.eigh(K)
        assert values[0] > 0
        # Optimal: the inverse W is S moved by the penalty along the sign of each edge, and by no more elsewhere.
        W = (vectors / values) @ vectors.T
        moved = (W - S)[~np.eye(p, dtype=bool)]
        edge = K[~np.eye(p, dtype=bool)]
        assert np.abs(moved).max() <= penalty + 1e-4
        np.testing.assert_allclose(moved[edge != 0], penalty * np.sign(edge[edge != 0]), atol=1e-4)
        gap = np.sum(S * K) + penalty * (np.abs(K).sum() - np.trace(K)) - p
        assert abs(gap) < 1e-3


@pytest.mark.parametrize(("n", "seed"), [(60, 0), (60, 1), (25, 2), (200, 3)])
def test_the_choice_ends_the_path_early_and_is_the_same(n, seed, monkeypatch):
    features = planted(n=n, p=30, seed=seed)
    S = nearest_correlation(correlation_matrix(features))
    visited = []

    def counted(*given):
        for one in penalty_path(*given):
            visited.append(one[0])
            yield one

    monkeypatch.setattr(path, "penalty_path", counted)
    for gamma in (0.0, 0.25, 0.5):
        network = ebic_network(features, gamma=gamma, threshold=False)
        visited.clear()
        told = []
        penalty, K = chosen_precision(
            S, n, gamma=gamma, threshold=False, progress=lambda share, text, told=told: told.append(share)
        )
        assert penalty == network.chosen_lambda
        assert ((K != 0) == ((network.partial != 0) | np.eye(30, dtype=bool))).all()
        assert told[-1] == 1.0
    assert len(visited) < 100
