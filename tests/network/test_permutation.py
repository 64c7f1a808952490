"""The permutation check: it repeats the hypergeometric for one pair, and pays for looking at all of them."""

import itertools

import numpy as np
import pytest

from core.compute import workers
from core.errors import NotEstimable, Refused
from core.network import permutation
from core.network.components import common_components
from core.network.permutation import permutation_check
from tests.network.test_components import FIRST, SECOND, chain, network

NAMES = [f"f{i:02d}" for i in range(40)]


def in_chains(names, *sizes):
    """A network whose components are the first names in chains of these sizes."""
    starts = itertools.accumulate((0, *sizes[:-1]))
    return network(NAMES, [e for start, size in zip(starts, sizes, strict=True) for e in chain(names[start:][:size])])


def shuffled(seed):
    return [NAMES[i] for i in np.random.default_rng(seed).permutation(len(NAMES))]


def test_one_pair_agrees_with_the_hypergeometric():
    draws = 4000
    for shift in (7, 8):
        found = permutation_check(in_chains(NAMES, 14), in_chains(NAMES[shift:], 12), draws=draws)
        (pair,) = found.pairs.itertuples()
        error = np.sqrt(pair.p * (1 - pair.p) / draws)
        assert 0.01 < pair.p < 0.2
        assert abs(pair.p_permuted - pair.p) < 4 * error + 1 / draws
        assert found.p_largest == pair.p_family == pair.p_permuted


def test_rows_are_those_of_the_common_components():
    a, b = in_chains(shuffled(1), 12, 9, 5), in_chains(shuffled(2), 10, 10, 4)
    expected, found = common_components(a, b).pairs, permutation_check(a, b)
    columns = ["component_a", "component_b", "shared", "p"]
    assert found.pairs[columns].equals(expected[columns])
    error = 4 * np.sqrt(expected["p"] / found.draws) + 1 / found.draws
    assert (np.abs(found.pairs["p_permuted"] - expected["p"]) < error).all()
    assert (found.pairs["p_family"] >= found.pairs["p"] - error).all()
    assert found.largest == expected["shared"].max()


def test_under_the_null_the_corrected_p_is_uniform():
    p = np.array(
        [
            (lambda found: (found.p_largest, found.pairs["p_family"].min()))(
                permutation_check(
                    in_chains(NAMES, 12, 8, 6), in_chains(shuffled(100 + run), 11, 9, 5), draws=199, seed=run
                )
            )
            for run in range(300)
        ]
    )
    for level in (0.05, 0.1, 0.25, 0.5):
        # The overlap is a count, so the p-value can be too large but never too small: a band on one side.
        band = 2.6 * np.sqrt(level * (1 - level) / len(p))
        assert ((p <= level).mean(axis=0) <= level + band).all(), level
    # The smallest chance of several pairs takes many values, so that it is nearly uniform from below too.
    assert (p[:, 1] <= 0.25).mean() > 0.15 and (p[:, 1] <= 0.5).mean() > 0.35


def test_equal_networks_are_as_extreme_as_can_be():
    a = in_chains(NAMES, 12, 8)
    found = permutation_check(a, a, draws=500)
    assert found.p_largest == 1 / 501
    assert found.pairs["p_family"].iloc[0] == 1 / 501


def test_the_answer_does_not_depend_on_the_threads(monkeypatch):
    a, b = in_chains(shuffled(1), 12, 9), in_chains(shuffled(2), 10, 10)
    many = permutation_check(a, b, draws=900, seed=3)
    monkeypatch.setattr("core.compute.workers", lambda: 1 if workers() > 1 else 2)
    again = permutation_check(a, b, draws=900, seed=3)
    assert many.pairs.equals(again.pairs) and many.p_largest == again.p_largest
    assert not many.pairs.equals(permutation_check(a, b, draws=900, seed=4).pairs)


def test_draws_can_be_sent_away(monkeypatch):
    """On a cluster the work and its pieces travel as pickles."""
    cloudpickle = pytest.importorskip("cloudpickle")
    a, b = in_chains(shuffled(1), 12, 9), in_chains(shuffled(2), 10, 10)
    here = permutation_check(a, b, draws=600)

    def sent(function, items, progress, text):
        function, items = cloudpickle.loads(cloudpickle.dumps((function, list(items))))
        return [function(item) for item in items]

    monkeypatch.setattr(permutation, "spread", sent)
    assert permutation_check(a, b, draws=600).pairs.equals(here.pairs)


def test_components_that_only_follow_the_families_are_no_surprise_within_them():
    groups = {name: "one" if position < 14 else "two" for position, name in enumerate(NAMES)}
    a, b = in_chains(NAMES, 14, 20), in_chains(NAMES, 14, 26)
    assert permutation_check(a, b).p_largest < 0.01
    found = permutation_check(a, b, groups=groups)
    assert found.within and found.p_largest == 1.0
    # Half of a family in the same component is a surprise also within the family.
    half = in_chains(NAMES[14:27], 13)
    assert permutation_check(half, half, groups=groups).p_largest < 0.01


def test_what_cannot_be_checked_is_said():
    with pytest.raises(NotEstimable, match="the second network has no edges"):
        permutation_check(FIRST, network("abc", []))
    with pytest.raises(Refused, match="have no group"):
        permutation_check(FIRST, SECOND, groups={"a": "x"})
    with pytest.raises(Refused, match="at least 1 draw"):
        permutation_check(FIRST, SECOND, draws=0)
