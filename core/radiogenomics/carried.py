"""Findings between groups of patients, tried on other patients: each once, and all that were carried over counted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import NotEstimable
from core.radiogenomics.phenotypes import EXPRESSION, MUTATION, SET, PhenotypeTests, phenotype_tests, set_scores
from core.stats.multiplicity import ADJUSTMENTS
from core.stats.ranks import average_ranks

REPLICATED, OPPOSITE, NOT_SHOWN, UNTESTED = "replicated", "opposite", "not shown", "not testable"


@dataclass(frozen=True, eq=False)
class Molecules:
    """Groups of patients (label per patient) and what is known of these patients: rows by patient, columns by gene."""

    groups: pd.Series
    mutated: pd.DataFrame | None
    expression: pd.DataFrame | None


@dataclass(frozen=True, eq=False)
class Carried:
    """What became of each finding in other patients.

    table   kind, item, effect_name, effect, highest, q (of discovery), n_new, effect_new, highest_new, p_new,
            adjusted (p_new over all n_testable), direction (1 the same, -1 the opposite; between with more groups),
            verdict, reason where it could not be tested
    n_carried findings were carried over, n_testable of them tested, n_replicated below `level` in the same direction
    """

    table: pd.DataFrame
    n_carried: int
    n_testable: int
    n_replicated: int
    n_same: int
    adjustment: str
    level: float
    groups: tuple[str, ...]


def carried_findings(
    found: PhenotypeTests,
    q: float,
    discovery: Molecules,
    new: Molecules,
    sets: Mapping[str, Collection[str]],
    *,
    adjustment: str = "Holm",
    level: float = 0.05,
    fewest_mutated: int = 3,
    fewest_in_group: int = 5,
    seed: int = 0,
) -> Carried:
    """Which of the findings (q below `q`) hold in other patients, when all that were carried over are counted?

    new     the groups have the names of discovery; sets: those of discovery, scored by the genes measured there
    Each finding is tested once, two-sided and with the same test; p-values are adjusted ("Holm" or "BH") over those
    that could be tested. One is replicated when its adjusted p is below `level` and the groups lean the same way.
    """
    hits = found.table[found.table["q"] < q]
    only = set(zip(hits["kind"], hits["item"], strict=True))
    tests, why = None, {}
    if only:
        try:
            tests = phenotype_tests(
                new.groups,
                new.mutated,
                new.expression,
                sets,
                only=only,
                fewest_mutated=fewest_mutated,
                fewest_in_group=fewest_in_group,
                seed=seed,
            )
            why = {(row.kind, row.item): row.reason for row in tests.not_tested.itertuples()}
        except NotEstimable as state:
            why = dict.fromkeys(only, str(state.reason))
    there = {} if tests is None else {(row.kind, row.item): row for row in tests.table.itertuples()}
    frames = _frames(discovery, sets), _frames(new, sets)
    leans = _directions(list(there), discovery, new, frames)
    rows = []
    for row in hits.itertuples():
        key = (row.kind, row.item)
        other = there.get(key)
        known = (row.kind, row.item, row.effect_name, row.effect, row.highest, row.q)
        if other is None:
            reason = why.get(key, "not measured there")
            rows.append((*known, 0, np.nan, "", np.nan, np.nan, UNTESTED, reason))
            continue
        rows.append((*known, other.n, other.effect, other.highest, other.p, leans[key], "", ""))
    table = pd.DataFrame(
        rows,
        columns=[
            *("kind", "item", "effect_name", "effect", "highest", "q"),
            *("n_new", "effect_new", "highest_new", "p_new", "direction", "verdict", "reason"),
        ],
    )
    table.insert(10, "adjusted", ADJUSTMENTS[adjustment](table["p_new"].astype(float)))
    tested = table["p_new"].notna()
    below, same = table["adjusted"] < level, table["direction"].astype(float) > 0
    table.loc[tested, "verdict"] = np.where(below & same, REPLICATED, np.where(below, OPPOSITE, NOT_SHOWN))[tested]
    table = table.sort_values(["p_new", "q", "item"], kind="stable").reset_index(drop=True)
    return Carried(
        table=table,
        n_carried=len(table),
        n_testable=int(tested.sum()),
        n_replicated=int((table["verdict"] == REPLICATED).sum()),
        n_same=int((tested & same).sum()),
        adjustment=adjustment,
        level=level,
        groups=() if tests is None else tests.groups,
    )


def _frames(molecules: Molecules, sets: Mapping[str, Collection[str]]) -> dict[str, pd.DataFrame]:
    frames = {}
    if molecules.mutated is not None:
        frames[MUTATION] = molecules.mutated
    if molecules.expression is not None:
        frames[EXPRESSION] = molecules.expression
        if sets and molecules.expression.shape[1]:
            frames[SET] = set_scores(molecules.expression, sets, molecules.groups.dropna().index)
    return frames


def _directions(hits: list[tuple[str, str]], discovery: Molecules, new: Molecules, frames) -> dict:
    """For each finding 1 where the groups lean the same way in both sets of patients, -1 where the opposite way.

    The cosine between the mean ranks of the groups, in units of their chance variation, over the groups that both have,
    as `core.transport.replication.same_direction`; NaN where either is flat.
    """
    leans = {}
    for kind in dict.fromkeys(kind for kind, _ in hits):
        items = [item for one, item in hits if one == kind]
        first, second = (
            _leaning(known.groups, frame[kind][items]) for known, frame in zip((discovery, new), frames, strict=True)
        )
        both = [group for group in first if group in second]
        a, b = (np.array([side[group] for group in both]) for side in (first, second))
        size = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
        cosine = np.divide((a * b).sum(axis=0), size, out=np.full(len(items), np.nan), where=size > 1e-12)
        leans |= {(kind, item): float(value) for item, value in zip(items, cosine, strict=True)}
    return leans


def _leaning(groups: pd.Series, values: pd.DataFrame) -> dict[str, np.ndarray]:
    """Of each group (items,): its sum of standardised ranks over the root of its patients; 0 where it has none."""
    labels = groups[groups.notna()].astype(str)
    labels = labels[labels.index.isin(values.index)]
    ranks = average_ranks(values.loc[labels.index].to_numpy(float).T)[0]
    known = ranks > 0
    n = np.maximum(known.sum(axis=1, keepdims=True), 1)
    centred = np.where(known, ranks - ranks.sum(axis=1, keepdims=True) / n, 0.0)
    spread = np.sqrt((centred**2).sum(axis=1, keepdims=True) / n)
    z = centred / np.where(spread > 0, spread, 1.0)
    leaning = {}
    for group in sorted(set(labels)):
        inside = (labels == group).to_numpy()
        leaning[group] = z[:, inside].sum(axis=1) / np.sqrt(np.maximum(known[:, inside].sum(axis=1), 1))
    return leaning
