"""Edge frequencies over subsamples: a planted chain comes back, noise does not, and chance is in the seed alone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compute import workers
from core.errors import Abandoned, NotEstimable, Refused
from core.network import stability
from core.network.components import components
from core.network.sparse import ebic_network
from core.network.stability import _draws, edge_stability

RECIPE = {"gamma": 0.25, "threshold": False, "edge": 0.15, "lambdas": 30, "lambda_min_ratio": 0.05}


def chain(n=120, noise=8, seed=0):
    """Six features in a strong chain, and others that have nothing to do with anything."""
    chance = np.random.default_rng(seed)
    values = chance.normal(size=(n, 6 + noise))
    for j in range(1, 6):
        values[:, j] = 0.8 * values[:, j - 1] + 0.6 * values[:, j]
    return pd.DataFrame(values, columns=[f"c{j}" for j in range(6)] + [f"n{j}" for j in range(noise)])


def edges_of(network):
    names = [(network.names[i], network.names[j]) for i, j in network.edges]
    ends = pd.DataFrame(names, columns=["feature_a", "feature_b"])
    return ends.assign(partial=network.weights)


@pytest.fixture(scope="module")
def planted():
    features = chain()
    network = ebic_network(features, **RECIPE)
    reference = components(network)[0]
    found = edge_stability(features, edges_of(network), reference=reference, subsamples=40, seed=1, **RECIPE)
    return features, network, found


def test_a_strong_chain_comes_back_and_noise_does_not(planted):
    _, _, found = planted
    true = {(f"c{j}", f"c{j + 1}") for j in range(5)}
    edges = found.edges.set_index(["feature_a", "feature_b"])
    assert (edges.loc[sorted(true), "frequency"] >= 0.95).all()
    rest = edges.loc[[pair not in true for pair in edges.index], "frequency"]
    assert (rest <= 0.2).all() and rest.sum() / (found.pairs - 5) < 0.02
    features = found.features.set_index("feature")
    chained = features.index.str.startswith("c")
    assert (features.loc[chained, ["edge_frequency", "largest_frequency", "component_frequency"]] >= 0.95).all(None)
    assert (features.loc[~chained, ["largest_frequency", "component_frequency"]] <= 0.35).all(None)


def test_the_denominators_are_there(planted):
    _, network, found = planted
    assert (found.n, found.drawn, found.subsamples, found.fraction, found.seed) == (120, 60, 40, 0.5, 1)
    assert found.in_pairs and found.pairs == 14 * 13 / 2
    assert len(found.edges_found) == len(found.largest_found) == len(found.chosen_lambda) == 40
    assert found.edges["frequency"].sum() == pytest.approx(found.edges_found.mean())
    assert found.edges["in_network"].sum() == len(network.edges)
    weights = found.edges.query("in_network").set_index(["feature_a", "feature_b"])["partial"]
    expected = edges_of(network).set_index(["feature_a", "feature_b"])["partial"]
    assert weights.sort_index().equals(expected.sort_index())
    assert found.features["in_reference"].sum() == len(found.reference) == len(components(network)[0])


def test_every_subsample_is_the_network_of_its_patients(planted):
    features, _, found = planted
    draws, _ = _draws(120, 60, 40, 0.5, 1)
    for rows, count, largest, penalty in list(
        zip(draws, found.edges_found, found.largest_found, found.chosen_lambda, strict=True)
    )[:6]:
        alone = ebic_network(features.iloc[rows], **RECIPE)
        assert (len(alone.edges), len(components(alone)[0])) == (count, largest)
        assert alone.chosen_lambda == pytest.approx(penalty)


def test_halves_come_in_pairs_that_share_nobody():
    draws, in_pairs = _draws(21, 10, 7, 0.5, 0)
    assert in_pairs and len(draws) == 7 and {len(rows) for rows in draws} == {10}
    for one, other in zip(draws[:6:2], draws[1:6:2], strict=True):
        assert not set(one) & set(other)
    draws, in_pairs = _draws(21, 16, 7, 0.8, 0)
    assert not in_pairs and all(len(set(rows)) == 16 for rows in draws)


def test_the_answer_depends_on_the_seed_and_not_on_the_threads(planted, monkeypatch):
    features, network, _ = planted
    few = dict(subsamples=8, **RECIPE)
    many = edge_stability(features, edges_of(network), seed=5, **few)
    monkeypatch.setattr("core.compute.workers", lambda: 1 if workers() > 1 else 2)
    again = edge_stability(features, edges_of(network), seed=5, **few)
    assert many.edges.equals(again.edges) and many.features.equals(again.features)
    assert (many.chosen_lambda == again.chosen_lambda).all()
    other = edge_stability(features, edges_of(network), seed=6, **few)
    assert (many.chosen_lambda != other.chosen_lambda).any()


@settings(deadline=None, derandomize=True, max_examples=8)
@given(st.integers(0, 99), st.permutations(range(9)), st.sampled_from(["pearson", "nonparanormal"]))
def test_the_order_of_the_features_changes_nothing(seed, order, correlation):
    features = chain(n=40, noise=3, seed=seed)
    some = dict(subsamples=4, correlation=correlation, reference=("c2", "c3"), **RECIPE)
    edges = edges_of(ebic_network(features, correlation=correlation, **RECIPE))
    found = edge_stability(features, edges, **some)
    again = edge_stability(features.iloc[:, list(order)], edges, **some)
    assert again.edges.equals(found.edges)
    assert again.features.set_index("feature").loc[features.columns].equals(found.features.set_index("feature"))
    frequencies = [found.edges["frequency"], *(found.features[f"{of}_frequency"] for of in ("edge", "component"))]
    assert all(values.between(0, 1).all() for values in frequencies)


def test_a_feature_that_hardly_varies_has_no_edge_where_it_is_constant():
    features = chain(n=40).assign(rare=0.0)
    features.loc[features.index[:1], "rare"] = 1.0
    none = pd.DataFrame(columns=["feature_a", "feature_b", "partial"])
    found = edge_stability(features, none, subsamples=6, **RECIPE)
    assert found.features.set_index("feature").loc["rare", "edge_frequency"] <= 0.5
    assert found.features["component_frequency"].isna().all()


def test_subsamples_without_an_edge_are_counted_and_said():
    chance = np.random.default_rng(0)
    features = pd.DataFrame(chance.normal(size=(30, 8)), columns=list("abcdefgh"))
    none = pd.DataFrame(columns=["feature_a", "feature_b", "partial"])
    found = edge_stability(features, none, subsamples=10, gamma=1.0, threshold=False)
    assert found.edges.empty and (found.edges_found == 0).all() and (found.largest_found == 0).all()
    assert "10 of 10 subsamples of 15 patients have no edge" in found.notes[0] and "larger share" in found.notes[0]
    one = pd.DataFrame({"feature_a": ["a"], "feature_b": ["b"], "partial": [0.4]})
    found = edge_stability(features, one, subsamples=10, gamma=1.0, threshold=False)
    assert found.edges["frequency"].tolist() == [0.0] and found.edges["in_network"].all()
    assert "stands at the edge of what EBIC accepts" in found.notes[0]


def test_what_cannot_be_asked_is_refused(planted):
    features, network, _ = planted
    edges = edges_of(network)
    with pytest.raises(Refused, match="missing values"):
        edge_stability(features.mask(features > 2), edges)
    with pytest.raises(Refused, match="not among the features"):
        edge_stability(features.drop(columns="c0"), edges)
    with pytest.raises(Refused, match="share between 0 and 1"):
        edge_stability(features, edges, fraction=1.0)
    with pytest.raises(NotEstimable, match="too few for a network"):
        edge_stability(features.iloc[:10], edges)


def test_subsamples_can_be_sent_away(planted, monkeypatch):
    """On a cluster the work and its pieces travel as pickles."""
    cloudpickle = pytest.importorskip("cloudpickle")
    features, network, _ = planted
    here = edge_stability(features, edges_of(network), subsamples=4, **RECIPE)

    def sent(function, items, progress, text):
        function, items = cloudpickle.loads(cloudpickle.dumps((function, list(items))))
        return cloudpickle.loads(cloudpickle.dumps([function(item) for item in items]))

    monkeypatch.setattr(stability, "spread", sent)
    there = edge_stability(features, edges_of(network), subsamples=4, **RECIPE)
    assert there.edges.equals(here.edges) and there.features.equals(here.features)


def test_the_reader_can_leave(planted):
    features, network, _ = planted

    def leave(share, text=""):
        raise Abandoned

    with pytest.raises(Abandoned):
        edge_stability(features, edges_of(network), subsamples=20, progress=leave, **RECIPE)
