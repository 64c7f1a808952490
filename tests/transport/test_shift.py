import numpy as np
import pandas as pd
import pytest

from core.errors import NotEstimable, Refused
from core.transport.density import densities, learn_scaling
from core.transport.metric import hop_ground
from core.transport.shift import setting_shift
from core.transport.wasserstein import w1

NODES = [f"node{j}" for j in range(6)]
GROUND = hop_ground(6, np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [1, 4]]))


def two_settings(n=12, noise=0.05, others=40, seed=0):
    """Nodes measured alike under both settings up to `noise`; the other features have nothing in common."""
    rng = np.random.default_rng(seed)
    index = pd.Index([f"P{i}" for i in range(n)], name="patient")
    truth = rng.normal(size=(n, 6))
    names = [*NODES, *(f"other{j}" for j in range(others))]

    def scan():
        values = np.column_stack([truth + noise * rng.normal(size=(n, 6)), rng.normal(size=(n, others))])
        return pd.DataFrame(values, index=index, columns=names)

    return scan(), scan()


def test_steady_features_lie_below_random_ones_and_below_other_patients():
    first, second = two_settings()
    told = []
    found = setting_shift(first, second, NODES, GROUND, draws=60, progress=lambda share, text: told.append(share))
    assert (found.n, found.m, found.n_pool, found.draws) == (12, 6, 46, 60)
    assert found.share_below_null == 1 and found.p_mean == pytest.approx(1 / 61)
    assert found.within_to_between < 0.5
    assert found.mean_w1 == pytest.approx(found.patients["w1"].mean()) and len(found.null_means) == 60
    assert told == sorted(told) and told[-1] == pytest.approx(1)


def test_unsteady_features_do_not():
    first, second = two_settings(noise=30)
    found = setting_shift(first, second, NODES, GROUND, draws=60)
    assert found.p_mean > 0.05 and found.within_to_between > 0.8


def test_observed_distances_use_one_scale_for_both_settings():
    first, second = two_settings()
    found = setting_shift(first, second + 0.5, NODES, GROUND, draws=1)
    scaling = learn_scaling(pd.concat([first, second + 0.5])[NODES])
    pairs = zip(densities(first, scaling).values, densities(second + 0.5, scaling).values, strict=True)
    np.testing.assert_allclose(found.patients["w1"], [w1(p, q, GROUND) for p, q in pairs], atol=1e-14)


def test_the_null_and_its_p_values_are_what_they_say():
    """With a pool of the nodes alone, every draw is a reordering of the nodes: worked out here by hand."""
    first, second = two_settings(n=5)
    first, second = first[NODES], second[NODES]
    found = setting_shift(first, second, NODES, GROUND, draws=9, seed=5)
    scaling = learn_scaling(pd.concat([first, second]))
    one, other = densities(first, scaling).values, densities(second, scaling).values
    null = []
    for child in np.random.SeedSequence(5).spawn(9):
        order = np.random.default_rng(child).choice(6, 6, replace=False)
        null.append([w1(p[order], q[order], GROUND) for p, q in zip(one, other, strict=True)])
    null, observed = np.array(null), found.patients["w1"].to_numpy()
    np.testing.assert_allclose(found.patients["p_value"], (1 + (null <= observed).sum(axis=0)) / 10)
    np.testing.assert_allclose(found.patients["null_median"], np.median(null, axis=0))
    np.testing.assert_allclose(found.null_means, null.mean(axis=1))
    others = [w1(one[i], other[j], GROUND) for i in range(5) for j in range(5) if i != j]
    assert found.between_median == pytest.approx(np.median(others))


def test_identical_settings_have_distance_zero():
    first, _ = two_settings()
    found = setting_shift(first, first, NODES, GROUND, draws=5)
    assert found.mean_w1 == 0 and found.within_to_between == 0
    assert found.identical_nodes == tuple(NODES) and found.n_pool_identical == 46


def test_nodes_copied_between_settings_are_named():
    first, second = two_settings()
    second[["node4", "other3"]] = first[["node4", "other3"]]
    found = setting_shift(first, second, NODES, GROUND, draws=3)
    assert found.identical_nodes == ("node4",) and found.n_pool_identical == 2


def test_who_and_what_is_left_out_is_named():
    first, second = two_settings()
    first, second = first.drop(index="P0"), second.drop(index="P1")
    first.loc["P2", "node3"] = np.nan
    second.loc["P5", "other0"] = np.nan
    first["other1"] = second["other1"] = 1.0
    first = first.iloc[::-1]
    found = setting_shift(first, second, NODES, GROUND, draws=3)
    assert found.only_first == ("P1",) and found.only_second == ("P0",) and found.missing == ("P2",)
    assert found.n == 9 and found.n_pool_left_out == 2
    assert list(found.patients["patient"]) == [f"P{i}" for i in range(11, 2, -1)]


def test_one_patient_has_no_others():
    first, second = two_settings()
    lone = setting_shift(first.iloc[[0, 1]], second.iloc[[0]], NODES, GROUND, draws=3, mode="as coded")
    assert lone.n + len(lone.zero_mass) == 1 and np.isnan(lone.between_median)


def test_refusals():
    first, second = two_settings()
    with pytest.raises(Refused, match="second setting, node0"):
        setting_shift(first, second.drop(columns="node0"), NODES, GROUND)
    with pytest.raises(Refused, match="P0 is given twice"):
        setting_shift(pd.concat([first, first.iloc[[0]]]), second, NODES, GROUND)
    with pytest.raises(Refused, match="2 nodes for 6 features"):
        setting_shift(first, second, NODES, hop_ground(2, np.array([[0, 1]])))
    with pytest.raises(NotEstimable, match="None of 0 patients"):
        setting_shift(first.iloc[:3], second.iloc[5:], NODES, GROUND)
