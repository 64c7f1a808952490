"""Which imaging features go with which genes, when every feature is held against every gene and all are counted?

Unadjusted mutations: Mann-Whitney. Expression: Spearman. Adjusted, both: the partial rank correlation, that is ranks
freed of ranked covariates and of strata. For mutations this is the rank analysis of covariance (Quade 1967,
doi:10.1080/01621459.1967.10500925; Conover and Iman 1982, doi:10.2307/2530051): its p is that of the mutation in a
linear model of the feature's ranks. It was chosen over van Elteren's stratified Wilcoxon test because volume and age,
the adjustments that matter most, are numbers, which strata can only cut into pieces; and because mutations and
expression then have one effect on one scale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from core.compute import Progress, in_threads, quiet
from core.errors import NotEstimable, Problem, Refused
from core.radiogenomics.block import Test, adjusted_mutations, mann_whitney, rank_correlation
from core.radiogenomics.few import SMALL
from core.radiogenomics.ranks import average_ranks, levels, nuisance, patterns
from core.radiogenomics.screened import FEW, TESTED, RadiogenomicScreen
from core.stats.alike import CLOSE, copies
from core.stats.multiplicity import benjamini_hochberg

#: Makes a test against genes (g, n), without missing values, given the (n, k) basis of what is adjusted for.
Against = Callable[[np.ndarray, np.ndarray], Test]
#: Cells that are worked on at once: what fits the processor's cache is fastest.
CELLS = 100_000

#: Fewest mutated, and fewest wild type, of a pair to be tested; adjusted tests take at least `SMALL` of each.
FEWEST_MUTATED = 3
#: Fewest patients of a rank correlation, beyond those that covariates and strata use up.
FEWEST_PATIENTS = 10
#: Random labellings where a group is small, values are tied, and there are more labellings than this.
DRAWS = 10_000


def mutation_screen(
    features: pd.DataFrame,
    mutated: pd.DataFrame,
    *,
    adjust: pd.DataFrame | None = None,
    strata: Sequence | None = None,
    fewest: int = FEWEST_MUTATED,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress = quiet,
) -> RadiogenomicScreen:
    """Which imaging features differ between patients with and without a mutation, when all pairs are counted?

    features  (n, p) numbers, a row per patient; missing and infinite values leave the patient out of that feature only
    mutated   (n, g) of 1, 0 and missing (not profiled: out of that gene only), with the same index
    adjust    (n, q) numbers, ranked; strata: (n,) labels. Who lacks one of them is out of all pairs and counted
    fewest    mutated, and wild type, that a pair must have to be tested

    Unadjusted: Mann-Whitney, normal approximation with corrections for ties and continuity. With fewer than 8 mutated
    or wild type: exact without ties; with ties over all labellings if there are at most `draws`, else over that many
    drawn with `seed`, and exact where fewer than 3 of them go as far. Adjusted: partial rank correlation with its t
    approximation, at least 8 of each.
    Raises `Refused` for columns that are no such numbers, `NotEstimable` without features, genes or patients.
    Mann and Whitney 1947, doi:10.1214/aoms/1177730491; rank-biserial: Cureton 1956, doi:10.1007/BF02289138.
    """
    data = _Data(features, mutated, adjust, strata, mutations=True)
    odd = [
        str(name)
        for name, row in zip(mutated.columns, data.all_y, strict=True)
        if not (np.isnan(row) | (row == 0) | (row == 1)).all()
    ]
    if odd:
        raise Refused([Problem(f"'{name}' holds other numbers than 0 and 1.", "mutated") for name in odd])
    least = max(fewest, SMALL if data.is_adjusted else 1)
    if not data.is_adjusted:
        question = _Question("Mann-Whitney", "U", "rank-biserial correlation", 1, draws, seed)
        return _screened(
            data, question, lambda y, _: partial(mann_whitney, y=y, fewest=least, draws=draws, seed=seed), progress
        )
    question = _Question("partial rank test", "t", "partial rank correlation", FEWEST_PATIENTS)
    return _screened(data, question, lambda y, basis: adjusted_mutations(y, basis, least), progress)


def expression_screen(
    features: pd.DataFrame,
    expression: pd.DataFrame,
    *,
    adjust: pd.DataFrame | None = None,
    strata: Sequence | None = None,
    fewest: int = FEWEST_PATIENTS,
    progress: Progress = quiet,
) -> RadiogenomicScreen:
    """Which imaging features rise or fall with the expression of which genes, when all pairs are counted?

    features (n, p) and expression (n, g) numbers with the same index; missing and infinite values leave the patient out
    of the pairs of that column only. adjust (n, q) numbers, ranked, and strata (n,) labels: the partial correlation of
    the ranks. fewest: patients of a pair beyond the degrees of freedom that the adjustment uses up.
    p is the t approximation with n - 2 - k degrees of freedom. Raises `Refused` for columns that are not numbers,
    `NotEstimable` without features, genes or patients.
    Spearman 1904, doi:10.2307/1412159; partial: Kim 2015, doi:10.5351/CSAM.2015.22.6.665.
    """
    data = _Data(features, expression, adjust, strata)
    kind = "partial " if data.is_adjusted else ""
    question = _Question(f"{kind}Spearman", "t", f"{kind}Spearman's rho", max(fewest, 3))
    return _screened(data, question, rank_correlation, progress)


@dataclass(frozen=True)
class _Question:
    """What is asked of every pair, in words, and of how many patients beyond what an adjustment uses up."""

    test: str
    statistic_name: str
    effect_name: str
    fewest: int
    draws: int = 0
    seed: int = 0


class _Data:
    """What was given, as rows: x (p, n), y (g, n), of the patients who have all that is adjusted for."""

    def __init__(
        self, features: pd.DataFrame, genes: pd.DataFrame, adjust: pd.DataFrame | None, strata, mutations=False
    ):
        if not features.index.equals(genes.index):
            raise ValueError("features and genes must have the same patients in the same order")
        x, y, others = _numbers(features, "features"), _numbers(genes, "genes"), np.empty((0, len(features)))
        if adjust is not None:
            if not adjust.index.equals(features.index):
                raise ValueError("features and adjust must have the same patients in the same order")
            others = _numbers(adjust, "adjust")
        codes = np.zeros(len(features), dtype=int) if strata is None else pd.factorize(np.asarray(strata))[0]
        if len(codes) != len(features):
            raise ValueError(f"there are {len(codes)} strata for {len(features)} patients; give one for each")
        known = np.isfinite(others).all(axis=0) & (codes >= 0)
        if not len(x) or not len(y):
            raise NotEstimable(f"There are no {'genes' if len(x) else 'features'} to screen.", "Choose at least one.")
        if not known.any():
            raise NotEstimable("No patient has all that is adjusted for.", "Adjust for less or widen the cohort.")
        self.features, self.genes = tuple(map(str, features.columns)), tuple(map(str, genes.columns))
        self.adjust = () if adjust is None else tuple(map(str, adjust.columns))
        self.all_y, self.mutations = y, mutations
        self.x, self.y, self.others, self.codes = x[:, known], y[:, known], others[:, known].T, codes[known]
        self.n_patients, self.n_strata = len(features), len(np.unique(codes[known]))
        self.is_adjusted = bool(self.adjust) or strata is not None


def _numbers(frame: pd.DataFrame, where: str) -> np.ndarray:
    """(columns, n) floats, missing and infinite ones NaN."""
    odd = [
        str(name)
        for name, kind in zip(frame.columns, frame.dtypes, strict=True)
        if not (pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_complex_dtype(kind))
    ]
    if odd:
        raise Refused([Problem(f"'{name}' holds no numbers.", where, "Code it as numbers first.") for name in odd])
    values = np.ascontiguousarray(frame.to_numpy(dtype=float, na_value=np.nan).T)
    return np.where(np.isfinite(values), values, np.nan)


def _screened(data: _Data, question: _Question, against: Against, progress: Progress) -> RadiogenomicScreen:
    """Test each block of features and genes that are known for the same patients, and count all tests."""
    shape = (len(data.x), len(data.y))
    found = {name: np.full(shape, np.nan) for name in ("statistic", "effect", "p")}
    n, n_mutated = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.int32)
    how = np.full(shape, FEW, dtype=np.int8)
    blocks, known_x = list(_blocks(data)), np.isfinite(data.x)
    # Patients are ranked anew in each block: where there are many, what is sorted is made quick to sort.
    ranked = data.is_adjusted or not data.mutations
    x_of = levels(data.x) if len(blocks) > 1 and ranked else data.x
    y_of = levels(data.y) if len(blocks) > 1 and not data.mutations else data.y
    for done, (both, rows, columns) in enumerate(blocks, 1):
        y = y_of[columns][:, both]
        basis = nuisance(data.others[both], data.codes[both])
        enough = y.shape[1] - basis.shape[1] >= question.fewest
        test = against(y, basis) if enough else None

        def piece(some: np.ndarray, both=both, columns=columns, y=y, test=test) -> None:
            here, known = np.ix_(some, columns), known_x[some][:, both]
            n[here] = known.sum(axis=1)[:, None]
            if data.mutations:
                n_mutated[here] = known.astype(float) @ y.T
            if test is not None:
                block = test(x_of[some][:, both])
                how[here] = block.how
                for name, values in found.items():
                    values[here] = np.where(block.how < len(TESTED), getattr(block, name), np.nan)

        cells = len(rows) * max(len(columns), y.shape[1])
        in_threads(piece, np.array_split(rows, min(len(rows), -(-cells // CELLS) or 1)))
        progress(done / len(blocks), "Holding features against genes")
    found["q"] = _adjusted_for_all(found["p"])
    for values in (*found.values(), n, n_mutated, how):
        values.flags.writeable = False
    return RadiogenomicScreen(
        features=data.features,
        genes=data.genes,
        **found,
        n=n,
        n_mutated=n_mutated if data.mutations else None,
        how=how,
        n_tests=int((how < len(TESTED)).sum()),
        test=question.test,
        statistic_name=question.statistic_name,
        effect_name=question.effect_name,
        adjust=data.adjust,
        n_strata=data.n_strata,
        n_patients=data.n_patients,
        n_no_covariate=data.n_patients - data.x.shape[1],
        copies=_copies(data, found["effect"]),
        draws=question.draws,
        seed=question.seed,
    )


def _adjusted_for_all(p: np.ndarray) -> np.ndarray:
    """Benjamini-Hochberg over the whole screen; a million are sorted first, by the fastest way, which is not stable."""
    order = np.argsort(p, axis=None)
    q = np.empty(p.size)
    q[order] = benjamini_hochberg(p.ravel()[order])
    return q.reshape(p.shape)


def _blocks(data: _Data) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Who is in it (n,) bool, which features and which genes: both known for the same patients.

    Mann-Whitney leaves the patients whom a feature lacks out by itself, so its blocks are those of the genes alone.
    """
    if data.mutations and not data.is_adjusted:
        mine = [(np.ones(data.x.shape[1], dtype=bool), np.arange(len(data.x)))]
    else:
        mine = list(patterns(data.x))
    for profiled, columns in patterns(data.y):
        for known, rows in mine:
            yield known & profiled, rows, columns


def _copies(data: _Data, effect: np.ndarray) -> tuple[tuple[str, str], ...]:
    """Features in the order of an earlier one: looked for among those with the same effects but for their signs."""
    tested = ~np.isnan(effect)
    size = np.where(tested, np.abs(effect), 0.0).sum(axis=1)
    level = np.where(tested.any(axis=1), size, np.nan)
    found: dict[int, int] = {}
    order = np.argsort(level, kind="stable")
    near = np.flatnonzero(np.diff(level[order]) <= CLOSE * np.maximum(1.0, level[order][1:]))
    rows = np.unique(order[np.union1d(near, near + 1)])
    if len(rows):
        ranked = np.full((data.x.shape[1], len(rows)), np.nan)
        for place, row in enumerate(rows):
            known = np.isfinite(data.x[row])
            ranked[known, place] = average_ranks(data.x[row][None, known])[0][0]
        found = {int(rows[one]): int(rows[first]) for one, first in copies(ranked, level[rows]).items()}
    return tuple((data.features[one], data.features[first]) for one, first in sorted(found.items()))
