"""Random gene sets of every size by nested products, against networks asked about masked inputs one set at a time."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from benchmarks.claim import Row, faster, in_turns, seconds, within
from core.radiogenomics.expression_network import SealedNetworks, sealed_networks
from core.radiogenomics.expression_target import number_target
from core.radiogenomics.gene_masking import masked_sets
from core.radiogenomics.masking import random_set_scores
from core.radiogenomics.sealed_folds import sealed_folds
from core.radiogenomics.small_network import SmallNetwork

N, GENES, SETS, ROUNDS = 120, 1000, 50, 3
#: Random sets of each size that both ways are asked for.
DRAWS = 10


@cache
def networks() -> SealedNetworks:
    """Five networks of 64 units in each of five folds, of simulated expression."""
    random = np.random.default_rng(0)
    expression = random.normal(size=(N, GENES))
    target = number_target(expression[:, :30].sum(axis=1) + 3 * random.normal(size=N))
    return sealed_networks(expression, target, sealed_folds(target, 5, 0), SmallNetwork())


def sets() -> dict[str, list[str]]:
    """Fifty sets of 10 to 59 genes."""
    random = np.random.default_rng(1)
    return {
        f"set {size}": [f"g{gene}" for gene in random.choice(GENES, size, replace=False)]
        for size in range(10, 10 + SETS)
    }


def by_inputs() -> np.ndarray:
    """Every random set by masking the inputs and asking the whole network."""
    random, found = np.random.default_rng(0), []
    for _ in range(DRAWS):
        order = random.permutation(GENES)
        for size in range(10, 10 + SETS):
            scores = np.empty((N, 1))
            for each in networks().folds:
                shown = each.scaling.of(networks().expression[each.fold.test])
                masked = np.zeros_like(shown)
                masked[:, order[:size]] = shown[:, order[:size]]
                scores[each.fold.test] = each.of(masked)
            found.append(scores)
    return np.array(found).reshape(DRAWS, SETS, N, 1)


def nested() -> np.ndarray:
    """The same sets by nested products."""
    blocks = random_set_scores(networks(), list(range(10, 10 + SETS)), DRAWS, 0)
    return np.concatenate([scores for _, scores in blocks])


def against_inputs(claim: str) -> Row:
    """Both ways, and how far their scores are apart."""
    networks()
    baseline, candidate = in_turns(by_inputs, nested, ROUNDS)
    apart = float(np.abs(by_inputs() - nested()).max())
    note = f"n = {N}, {GENES} genes, {SETS} sizes, {DRAWS} random sets of each, 25 networks; apart by {apart:.1g}"
    row = faster(claim, baseline, candidate, 10, note)
    return row if apart < 1e-10 else Row(row.claim, row.baseline, row.candidate, row.ratio, row.goal, False, note)


def whole(claim: str) -> Row:
    """Everything that the Masking section needs."""
    networks()
    names = [str(name) for name in pd.Index(range(GENES)).map("g{}".format)]
    taken = seconds(lambda: masked_sets(networks(), names, sets(), draws=1000))
    return within(claim, taken, 30, "s", f"n = {N}, {GENES} genes, 25 networks")


CLAIMS = {
    "Random gene sets of 50 sizes against masked inputs": against_inputs,
    "50 gene sets with 1,000 random sets of each size": whole,
}
