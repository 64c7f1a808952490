"""Invariant selection at left-out centres, and its lasso path against scikit-learn's."""

from __future__ import annotations

from functools import cache

import numpy as np

from benchmarks.claim import Row, faster, in_turns, seconds, within
from core.radiogenomics.invariance_arms import Recipe
from core.radiogenomics.invariance_folds import centre_splits
from core.radiogenomics.invariance_learned import SETTLED
from core.radiogenomics.invariance_path import fitted, penalties
from core.radiogenomics.invariance_tested import tested
from core.radiogenomics.trained import ready

#: As the glioma study with four sites has them; radiomic features go with each other in families.
SITES, FEATURES, FAMILIES = (73, 61, 24, 10), 683, 60
#: Penalties that scikit-learn is asked for; a path of 100 is extrapolated.
ASKED, ROUNDS = 10, 3


@cache
def patients() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Simulated: a class that three families tell, 683 features, and sites that shift some of them."""
    chance = np.random.default_rng(0)
    n = sum(SITES)
    site = np.repeat([f"site {place}" for place in range(len(SITES))], SITES)
    moved = chance.normal(size=(len(SITES), FAMILIES))[np.repeat(range(len(SITES)), SITES)]
    hidden = chance.normal(size=(n, FAMILIES)) + 0.5 * moved
    values = hidden[:, np.arange(FEATURES) % FAMILIES] + 0.4 * chance.normal(size=(n, FEATURES))
    positive = chance.random(n) < 1 / (1 + np.exp(0.7 - hidden[:, :3].sum(axis=1)))
    return positive.astype(float), values, site


def whole(claim: str, **how) -> Row:
    """Every site left out once, five arms, ten repeats of three folds, the selection anew in every fold."""
    y, values, site = patients()
    taken = seconds(lambda: tested(Recipe(**how), y, values, site, centre_splits(site)))
    return within(
        claim, taken, 60, "s", f"n = {len(y)}, {FEATURES} features, {len(SITES)} sites, 5 arms, 30 folds each"
    )


def path(claim: str) -> Row:
    """One path of 100 penalties, to the sixth digit of every probability, against liblinear at ten of them."""
    from sklearn.linear_model import LogisticRegression

    y, values, _ = patients()
    z = ready(values).of(values)
    grid = penalties(y, z)
    places = np.linspace(5, len(grid) - 1, ASKED).astype(int)

    def theirs() -> None:
        for place in places:
            scale = 1 / (grid[place] * len(y))
            LogisticRegression(l1_ratio=1, C=scale, solver="liblinear", intercept_scaling=100, max_iter=5000).fit(z, y)

    loop, ours = in_turns(theirs, lambda: list(fitted(y, z, grid, SETTLED)), ROUNDS)
    note = (
        f"n = {len(y)}, {FEATURES} features; scikit-learn (liblinear): {loop:.3g} s for {ASKED} penalties, extrapolated"
    )
    return faster(claim, loop / ASKED * len(grid), ours, 5, note)


CLAIMS = {
    "Invariant selection with four sites left out, lasso screen": whole,
    "Invariant selection with four sites left out, stability selection": lambda claim: whole(
        claim, selection="stability"
    ),
    "A lasso logistic path of 100 penalties against scikit-learn": path,
}
