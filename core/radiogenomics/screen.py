"""Which imaging features go with which genes, when every feature is held against every gene and all are counted?

Unadjusted mutations: Mann-Whitney. Expression: Spearman. Adjusted, both: the partial rank correlation, that is ranks
freed of ranked covariates and of strata. For mutations this is the rank analysis of covariance (Quade 1967,
doi:10.1080/01621459.1967.10500925; Conover and Iman 1982, doi:10.2307/2530051): its p is that of the mutation in a
linear model of the feature's ranks. It was chosen over van Elteren's stratified Wilcoxon test because volume and age,
the adjustments that matter most, are numbers, which strata can only cut into pieces; and because mutations and
expression then have one effect on one scale.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from core.compute import Progress, in_threads, quiet
from core.errors import Problem, Refused
from core.radiogenomics.block import Test, adjusted_mutations, mann_whitney, rank_correlation
from core.radiogenomics.few import SMALL
from core.radiogenomics.given import Given
from core.radiogenomics.screened import FEW, TESTED, RadiogenomicScreen
from core.stats.multiplicity import benjamini_hochberg
from core.stats.ranks import levels, nuisance

#: Makes a test against genes (g, n), without missing values, given the (n, k) basis of what is adjusted for.
Against = Callable[[np.ndarray, np.ndarray], Test]
#: Cells that are worked on at once: what fits the processor's cache is fastest.
CELLS = 100_000

#: Fewest mutated, and fewest wild type, of a pair to be tested; adjusted tests take at least `SMALL` of each.
FEWEST_MUTATED = 3
#: Fewest patients of a rank correlation, beyond those that covariates and strata use up. The t approximation is liberal
#: far out, where a screen decides: a p of 1e-4 is truly 2.0e-4 of 10 patients, 1.8e-4 of 20 and 1.4e-4 of 30.
FEWEST_PATIENTS = 20
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
    adjust    (n, q) numbers, which are ranked, groups already coded 0/1; strata: (n,) labels. Who lacks one of them is
              out of all pairs and counted
    fewest    mutated, and wild type, that a pair must have to be tested

    Unadjusted: Mann-Whitney, normal approximation with corrections for ties and continuity. With fewer than 8 mutated
    or wild type: exact without ties; with ties over all labellings if there are at most `draws`, else over that many
    drawn with `seed`, and exact where fewer than 3 of them go as far. Adjusted: partial rank correlation with its t
    approximation, at least 8 of each.
    Raises `Refused` for columns that are no such numbers, `NotEstimable` without features, genes or patients.
    Mann and Whitney 1947, doi:10.1214/aoms/1177730491; rank-biserial: Cureton 1956, doi:10.1007/BF02289138.
    """
    data = Given(features, mutated, adjust, strata, mutations=True)
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
    p is the t approximation with n - 2 - k degrees of freedom, hence 0 where the ranks are the same.
    Raises `Refused` for columns that are not numbers, `NotEstimable` without features, genes or patients.
    Spearman 1904, doi:10.2307/1412159; partial: Kim 2015, doi:10.5351/CSAM.2015.22.6.665.
    """
    data = Given(features, expression, adjust, strata, mutations=False)
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


def _screened(data: Given, question: _Question, against: Against, progress: Progress) -> RadiogenomicScreen:
    """Test each block of features and genes that are known for the same patients, and count all tests."""
    shape = (len(data.x), len(data.y))
    found = {name: np.full(shape, np.nan) for name in ("statistic", "effect", "p")}
    n, n_mutated = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.int32)
    how = np.full(shape, FEW, dtype=np.int8)
    known_x = np.isfinite(data.x)
    # Patients are ranked anew in each block: where there are many, what is sorted is made quick to sort.
    ranked = data.is_adjusted or not data.mutations
    x_of = levels(data.x) if data.n_blocks > 1 and ranked else data.x
    y_of = levels(data.y) if data.n_blocks > 1 and not data.mutations else data.y
    for done, (both, rows, columns) in enumerate(data.blocks(), 1):
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
        progress(done / data.n_blocks, "Holding features against genes")
    return _result(data, question, found | {"n": n, "n_mutated": n_mutated, "how": how})


def _result(data: Given, question: _Question, found: dict[str, np.ndarray]) -> RadiogenomicScreen:
    found["q"] = _adjusted_for_all(found["p"])
    for values in found.values():
        values.flags.writeable = False
    if not data.mutations:
        found["n_mutated"] = None
    return RadiogenomicScreen(
        features=data.features,
        genes=data.genes,
        **found,
        n_tests=int((found["how"] < len(TESTED)).sum()),
        test=question.test,
        statistic_name=question.statistic_name,
        effect_name=question.effect_name,
        adjust=data.adjust,
        n_strata=data.n_strata,
        n_patients=data.n_patients,
        n_no_covariate=data.n_patients - data.x.shape[1],
        copies=data.copies(found["effect"]),
        draws=question.draws,
        seed=question.seed,
    )


def _adjusted_for_all(p: np.ndarray) -> np.ndarray:
    """Benjamini-Hochberg over the whole screen; a million are sorted first, by the fastest way, which is not stable."""
    order = np.argsort(p, axis=None)
    q = np.empty(p.size)
    q[order] = benjamini_hochberg(p.ravel()[order])
    return q.reshape(p.shape)
