"""Where nothing is there, screens of features and genes find something as often as they say, and no more."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.radiogenomics.screen import expression_screen, mutation_screen
from core.radiogenomics.screened import RadiogenomicScreen


def band(runs: int, share: float = 0.05, level: float = 0.99) -> tuple[float, float]:
    """Where the share of `runs` lies with this probability."""
    lower, upper = stats.binom.interval(level, runs, share)
    return lower / runs, upper / runs


def test_a_whole_screen_discovers_anything_as_often_as_its_q_says():
    rng = np.random.default_rng(11)
    runs, any_mutation, any_expression = 400, 0, 0
    for _ in range(runs):
        features = pd.DataFrame(rng.normal(size=(60, 15))).add_prefix("f")
        genes = rng.normal(size=(60, 4))
        any_mutation += np.nanmin(mutation_screen(features, pd.DataFrame((genes > 0.4).astype(float))).q) < 0.05
        any_expression += np.nanmin(expression_screen(features, pd.DataFrame(genes)).q) < 0.05
    lower, upper = band(runs)
    assert lower <= any_mutation / runs <= upper and lower <= any_expression / runs <= upper


def against(kind: str, decimals: int | None = None, share: float = 0.3, **options) -> RadiogenomicScreen:
    """A screen of 2,000 independent features against one gene: given the gene, its tests are independent."""
    rng = np.random.default_rng(7)
    features = rng.normal(size=(100, 2000))
    features = pd.DataFrame(features if decimals is None else features.round(decimals))
    number = rng.normal(size=100)
    if kind == "mutation":
        return mutation_screen(
            features, pd.DataFrame({"g": (stats.rankdata(number) > 100 - share * 100) * 1.0}), **options
        )
    return expression_screen(features, pd.DataFrame({"g": number}), **options)


CENTRES = np.arange(100) % 4
AGE = pd.DataFrame({"age": np.random.default_rng(1).normal(size=100)})


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("mutation", {}),
        ("mutation", {"decimals": 0}),
        ("expression", {}),
        ("expression", {"decimals": 0}),
        ("mutation", {"strata": CENTRES}),
        ("mutation", {"adjust": AGE, "share": 0.1}),
        ("expression", {"adjust": AGE}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value) or "plain",
)
def test_p_is_uniform(kind, options):
    found = against(kind, **options)
    p = found.p[:, 0]
    assert found.n_tests == 2000 and stats.kstest(p, "uniform").pvalue > 0.01
    for level in (0.01, 0.05, 0.2):
        lower, upper = band(2000, level)
        assert lower <= (p <= level).mean() <= upper


@pytest.mark.parametrize(
    ("decimals", "share", "test"), [(None, 0.05, "exact"), (0, 0.07, "permutation"), (0, 0.02, "exact")]
)
def test_p_of_few_mutated_never_falls_below_its_level_too_often(decimals, share, test):
    found = against("mutation", decimals, share, fewest=2)
    tests = found.table()["test"].value_counts(normalize=True)
    assert tests[test] > 0.99 and set(tests.index) <= {test, "exact"}
    for level in (0.001, 0.01, 0.05, 0.2):
        assert (found.p[:, 0] <= level).mean() <= band(2000, level)[1]
    # Ranks give few mutated patients few values of p, yet a test of 5 % must not be one of 1 %.
    assert (found.p[:, 0] <= 0.05).mean() > 0.03


def test_what_volume_explains_is_found_without_and_not_with_it():
    """Volume makes feature and gene alike: unadjusted tests reject, tests adjusted for it reject at their level."""
    rng = np.random.default_rng(5)
    runs, n = 400, 80
    rejected = {"mutation": 0, "expression": 0, "mutation adjusted": 0, "expression adjusted": 0}
    for _ in range(runs):
        volume, centre = rng.normal(size=n), rng.integers(0, 2, n)
        feature = pd.DataFrame({"f": 0.7 * volume + 0.7 * rng.normal(size=n) + 0.6 * centre})
        number = 0.6 * volume + 0.8 * rng.normal(size=n) + 0.5 * centre
        mutated, expressed = pd.DataFrame({"g": (number > 0.3) * 1.0}), pd.DataFrame({"g": number})
        by = {"adjust": pd.DataFrame({"volume": np.exp(volume)}), "strata": centre}
        rejected["mutation"] += mutation_screen(feature, mutated).p[0, 0] <= 0.05
        rejected["expression"] += expression_screen(feature, expressed).p[0, 0] <= 0.05
        rejected["mutation adjusted"] += mutation_screen(feature, mutated, **by).p[0, 0] <= 0.05
        rejected["expression adjusted"] += expression_screen(feature, expressed, **by).p[0, 0] <= 0.05
    lower, upper = band(runs)
    assert rejected["mutation"] > 0.8 * runs and rejected["expression"] > 0.9 * runs
    assert lower <= rejected["mutation adjusted"] / runs <= upper
    assert lower <= rejected["expression adjusted"] / runs <= upper
