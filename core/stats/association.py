"""Is a grouping of patients (clusters, say) associated with an attribute? One test per attribute, named and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import NotEstimable
from core.stats.contingency import MonteCarlo, bias_corrected_v, chi_square, cramers_v, monte_carlo_p

FISHER, CHI_SQUARE, CHI_SQUARE_SIMULATED = "Fisher exact", "chi-square", "chi-square (Monte-Carlo p)"
MANN_WHITNEY, MANN_WHITNEY_EXACT, KRUSKAL = "Mann-Whitney", "Mann-Whitney (exact)", "Kruskal-Wallis"
RANKS_PERMUTED = " (permutation p)"
CRAMER, BISERIAL, EPSILON = "Cramer's V", "rank-biserial correlation", "epsilon squared"
#: Expected counts and group sizes below which the large-sample approximation is not used.
FEW = 5
TABLES = 10_000


@dataclass(frozen=True, eq=False)
class Association:
    """A grouping against one attribute.

    table    categories: counts, groups down and levels across; numbers: per group n, median, q1, q3
    effect   Cramer's V (plain), rank-biserial correlation (positive where the first group is higher) or epsilon squared
    effect_corrected  Cramer's V with Bergsma's bias correction, None for numbers
    n        patients with both; n_no_group and n_no_value are left out
    """

    test: str
    statistic: float | None
    dof: int | None
    p: float
    effect_name: str
    effect: float
    effect_corrected: float | None
    table: pd.DataFrame
    n: int
    n_no_group: int
    n_no_value: int


def categorical_association(groups: Sequence, levels: Sequence, seed: int = 0) -> Association:
    """Is the grouping (n,) associated with a category (n,)?

    Fisher's exact test for 2 x 2; else chi-square without continuity correction when every expected count is at least
    5; else its p from 10,000 random tables with the same margins, seeded. Levels nobody has are not in the table.
    Raises `NotEstimable` when fewer than two groups or levels are left: a zero margin is not "p = 1".
    Sources: Patefield 1981, doi:10.2307/2346669; Bergsma 2013, doi:10.1016/j.jkss.2012.10.002.
    """
    known, no_group, no_value = _complete(groups, levels)
    table = pd.crosstab(known["group"].astype(str), known["value"].astype(str))
    table = table.rename_axis(index="group", columns="level")
    table = table[_natural(levels, table.columns)].loc[_natural(groups, table.index)]
    _two_of(table.index, "group", len(known))
    _two_of(table.columns, "level", len(known))
    counts = table.to_numpy()
    statistic, dof, expected = chi_square(counts)
    if counts.shape == (2, 2):
        from scipy.stats import fisher_exact

        test, p, shown = FISHER, float(fisher_exact(counts).pvalue), (None, None)
    elif expected.min() >= FEW:
        from scipy.stats import chi2

        test, p, shown = CHI_SQUARE, float(chi2.sf(statistic, dof)), (statistic, dof)
    else:
        p = monte_carlo_p(counts, MonteCarlo(TABLES, seed))
        test, shown = CHI_SQUARE_SIMULATED, (statistic, None)
    return Association(
        test=test,
        statistic=shown[0],
        dof=shown[1],
        p=p,
        effect_name=CRAMER,
        effect=cramers_v(counts),
        effect_corrected=bias_corrected_v(counts),
        table=table,
        n=len(known),
        n_no_group=no_group,
        n_no_value=no_value,
    )


def numeric_association(groups: Sequence, values: Sequence[float], seed: int = 0) -> Association:
    """Is a number (n,) distributed differently between the groups (n,)?

    Two groups: Mann-Whitney (exact up to 8 patients in a group without ties, else normal with continuity correction);
    more: Kruskal-Wallis. A group below 5 patients where no exact test is to be had: p from 10,000 seeded permutations
    of the labels. Raises `NotEstimable` for fewer than two groups or when all values are equal.
    """
    known, no_group, no_value = _complete(
        groups, pd.to_numeric(pd.Series(values)).to_numpy(dtype=float, na_value=np.nan)
    )
    label = known["group"].astype(str)
    names = _natural(groups, label.unique())
    _two_of(names, "group", len(known))
    value = known["value"].astype(float)
    if value.nunique() < 2:
        raise NotEstimable(f"All {len(value)} patients have the same value.", "Choose another attribute.")
    parts = [value[label == name].to_numpy() for name in names]
    test, statistic, dof, p, effect_name, effect = _rank_test(parts, seed)
    rows = [(len(part), *np.quantile(part, (0.5, 0.25, 0.75))) for part in parts]
    return Association(
        test=test,
        statistic=statistic,
        dof=dof,
        p=p,
        effect_name=effect_name,
        effect=effect,
        effect_corrected=None,
        table=pd.DataFrame(rows, columns=["n", "median", "q1", "q3"], index=pd.Index(names, name="group")),
        n=len(known),
        n_no_group=no_group,
        n_no_value=no_value,
    )


def _rank_test(parts: list[np.ndarray], seed: int):
    from scipy.stats import kruskal, mannwhitneyu

    sizes = [len(part) for part in parts]
    tied = len(np.unique(np.concatenate(parts))) < sum(sizes)
    heterogeneity = kruskal(*parts)
    if len(parts) == 2:
        exact = not tied and min(sizes) <= 8
        test = mannwhitneyu(*parts, method="exact" if exact else "asymptotic")
        name, p, dof = MANN_WHITNEY_EXACT if exact else MANN_WHITNEY, float(test.pvalue), None
        statistic = float(test.statistic)
        effect_name, effect = BISERIAL, 2 * statistic / (sizes[0] * sizes[1]) - 1
    else:
        exact, name, p, dof = False, KRUSKAL, float(heterogeneity.pvalue), len(parts) - 1
        statistic = float(heterogeneity.statistic)
        effect_name, effect = EPSILON, statistic / (sum(sizes) - 1)
    if not exact and min(sizes) < FEW:
        # For two groups the Kruskal-Wallis statistic orders the labellings as the two-sided Mann-Whitney does.
        name, dof, p = name + RANKS_PERMUTED, None, _permuted_ranks_p(parts, seed)
    return name, statistic, dof, p, effect_name, effect


def _permuted_ranks_p(parts: list[np.ndarray], seed: int) -> float:
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate(parts))
    ranks -= ranks.mean()
    ends = np.cumsum([len(part) for part in parts])
    starts = np.concatenate([[0], ends[:-1]])

    def spread(rows: np.ndarray) -> np.ndarray:
        return (np.add.reduceat(rows, starts, axis=1) ** 2 / (ends - starts)).sum(axis=1)

    found, chance = spread(ranks[None])[0], np.random.default_rng(seed)
    rows = max(1, min(TABLES, 1_000_000 // len(ranks)))
    reached = done = 0
    while done < TABLES:
        count = min(rows, TABLES - done)
        shuffled = chance.permuted(np.broadcast_to(ranks, (count, len(ranks))), axis=1)
        reached += int((spread(shuffled) >= found * (1 - 1e-9)).sum())
        done += count
    return (1 + reached) / (1 + TABLES)


def _complete(groups: Sequence, values: Sequence) -> tuple[pd.DataFrame, int, int]:
    """Patients with both, and how many lack the group, or have a group and lack the value."""
    both = pd.DataFrame({"group": np.asarray(groups, dtype=object), "value": np.asarray(values, dtype=object)})
    no_group = both["group"].isna()
    no_value = both["value"].isna() & ~no_group
    return both[~no_group & ~no_value], int(no_group.sum()), int(no_value.sum())


def _natural(values: Sequence, present: Sequence[str]) -> list[str]:
    """The levels that are present, in the order of a pandas Categorical or sorted."""
    dtype = getattr(values, "dtype", None)
    order = map(str, dtype.categories) if isinstance(dtype, pd.CategoricalDtype) else ()
    known = set(present)
    return [level for level in dict.fromkeys([*order, *sorted(known)]) if level in known]


def _two_of(levels: Sequence[str], what: str, n: int) -> None:
    if len(levels) < 2:
        state = f"only the {what} '{levels[0]}'" if len(levels) else f"no {what}"
        raise NotEstimable(
            f"The {n} patients with both known have {state}; an association needs two.",
            "Widen the cohort or choose another attribute.",
        )
