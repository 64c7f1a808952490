"""Sparse partial-correlation networks: which features are tied to each other beyond what all the others explain?"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from core.compute import Progress, quiet
from core.errors import NotEstimable, Problem, Refused
from core.network.correlation import correlation_matrix, nearest_correlation
from core.network.graph import Graph
from core.network.path import CONVERGED, WITHOUT_NUMBA, compiled, cut_of, penalties_of, scored

#: The settings that Oh et al. 2021 (doi:10.1117/1.JMI.8.3.031904) used, as coded: `ebic_network(features, **OH_2021)`.
OH_2021 = MappingProxyType(
    {"correlation": "pearson", "gamma": 0.5, "threshold": True, "edge": 0.15, "lambdas": 100, "lambda_min_ratio": 0.01}
)
#: The values of gamma whose number of edges is always told.
GAMMAS = (0.0, 0.25, 0.5)


@dataclass(frozen=True)
class SparseNetwork:
    """A network of p features from n patients.

    `partial` (p x p) holds the partial correlations, 0 where the penalty removed them. `edges` (E x 2 index pairs
    into `names`) are those above `edge` in absolute value, `weights` (E) their signed partial correlations.
    `path` has a row per penalty: lambda, ebic (NaN where the thresholded matrix is not positive definite and was
    passed over), nonzero (partial correlations kept). `by_gamma`: the lambda and the number of edges that other
    values of gamma would have given. `notes` are sentences for the reader, the remedy of an empty network among them.
    """

    names: tuple[str, ...]
    n: int
    partial: np.ndarray
    edges: np.ndarray
    weights: np.ndarray
    chosen_lambda: float
    path: pd.DataFrame
    by_gamma: pd.DataFrame
    correlation: str
    gamma: float
    threshold: bool
    edge: float
    notes: tuple[str, ...]

    @property
    def graph(self) -> Graph:
        """All features and the edges, weighted by the absolute partial correlation."""
        return Graph(self.names, self.edges, np.abs(self.weights))


def ebic_network(
    features: pd.DataFrame,
    *,
    correlation: str = "pearson",
    gamma: float = 0.5,
    threshold: bool = True,
    edge: float = 0.15,
    lambdas: int = 100,
    lambda_min_ratio: float = 0.01,
    progress: Progress = quiet,
) -> SparseNetwork:
    """Which features (n patients x p, complete) are tied to each other beyond what all the others explain?

    A graphical lasso for each of `lambdas` penalties between the largest absolute correlation and
    `lambda_min_ratio` times it (diagonal unpenalised); with `threshold`, entries of the inverse below
    log(p(p-1)/2)/sqrt(n) are set to zero; the penalty with the smallest extended Bayesian information criterion
    -2 loglik + E log(n) + 4 gamma E log(p) wins, without a refit. An edge is a partial correlation above `edge`.
    The numbers are those of R's `qgraph::EBICglasso` 1.9.3 on the nearest positive definite correlation matrix,
    except that a thresholded matrix that is not positive definite is always passed over (qgraph scores it when
    an even number of its eigenvalues is negative).

    A network without edges is a result whose notes say what to change. Refused: missing values, constant features,
    a setting out of range. NotEstimable: fewer than 3 patients or 2 features.

    Foygel and Drton 2010, arXiv:1011.6640; Friedman et al. 2008, doi:10.1093/biostatistics/kxm045;
    Epskamp et al. 2012, doi:10.18637/jss.v048.i04; Oh et al. 2021, doi:10.1117/1.JMI.8.3.031904.
    """
    _check(features, correlation, gamma, edge, lambdas, lambda_min_ratio)
    n, p = features.shape
    S = nearest_correlation(correlation_matrix(features, correlation))
    cut = cut_of(n, p, threshold)
    gammas = sorted({*GAMMAS, float(gamma)})
    best, rows = scored(S, n, gammas, cut, penalties_of(S, lambdas, lambda_min_ratio), progress)
    path = pd.DataFrame(
        [(penalty, scores[float(gamma)], nonzero, settled) for penalty, scores, nonzero, settled in reversed(rows)],
        columns=["lambda", "ebic", "nonzero", "settled"],
    )
    for g in gammas:
        # Where the threshold leaves nothing that can be scored, there is no network; the notes say why.
        best.setdefault(g, (np.nan, float(path["lambda"].max()), np.eye(p)))
    partials = {g: _partial(K) for g, (_, _, K) in best.items()}
    by_gamma = pd.DataFrame(
        [(g, best[g][1], int(np.count_nonzero(np.triu(np.abs(partials[g]) > edge, 1)))) for g in gammas],
        columns=["gamma", "lambda", "edges"],
    )
    partial = partials[float(gamma)]
    i, j = np.nonzero(np.triu(np.abs(partial) > edge, 1))
    chosen = best[float(gamma)][1]
    return SparseNetwork(
        names=tuple(map(str, features.columns)),
        n=n,
        partial=partial,
        edges=np.column_stack([i, j]),
        weights=partial[i, j],
        chosen_lambda=chosen,
        path=path.drop(columns="settled"),
        by_gamma=by_gamma,
        correlation=correlation,
        gamma=float(gamma),
        threshold=threshold,
        edge=float(edge),
        notes=_notes(n, partial, by_gamma, path, chosen, float(gamma), float(edge), cut),
    )


def _check(features, correlation, gamma, edge, lambdas, lambda_min_ratio) -> None:
    problems = []
    if correlation not in ("pearson", "nonparanormal"):
        problems.append(Problem(f"unknown: {correlation!r}.", "correlation", "Use pearson or nonparanormal."))
    if not 0 <= gamma <= 10:
        problems.append(Problem(f"{gamma} is out of range.", "gamma", "Use 0 to 1; 0.5 is usual."))
    if not 0 <= edge < 1:
        problems.append(Problem(f"{edge} is out of range.", "edge", "Use 0 up to, not including, 1."))
    if lambdas < 2 or not 0 < lambda_min_ratio < 1:
        problems.append(Problem("needs two penalties and a ratio between 0 and 1.", "lambda path", "Use 100 and 0.01."))
    n, p = features.shape
    values = features.to_numpy(dtype=float)
    missing = features.columns[~np.isfinite(values).all(axis=0)]
    if len(missing):
        where = ", ".join(map(str, missing[:5]))
        problems.append(
            Problem(
                f"{len(missing)} features have missing values.", where, "Select usable features and patients first."
            )
        )
    elif n:
        constant = features.columns[np.ptp(values, axis=0) == 0]
        if len(constant) and n >= 3:
            where = ", ".join(map(str, constant[:5]))
            problems.append(Problem(f"{len(constant)} features are constant.", where, "Select usable features first."))
    if features.columns.has_duplicates:
        problems.append(Problem("two features have the same name.", "features", "Rename one of them."))
    if problems:
        raise Refused(problems)
    if n < 3 or p < 2:
        raise NotEstimable(
            f"A network needs at least 3 patients and 2 features; there are {n} and {p}.",
            "Widen the cohort, or keep more features.",
        )


def chosen_precision(
    S: np.ndarray,
    n: int,
    *,
    gamma: float,
    threshold: bool,
    lambdas: int = 100,
    lambda_min_ratio: float = 0.01,
    penalties: np.ndarray | None = None,
    tolerance: float = CONVERGED,
    progress: Progress = quiet,
) -> tuple[float, np.ndarray]:
    """Which penalty wins on the correlation matrix `S` (p x p, positive definite) of n patients, and what is left?

    The choice of `ebic_network` without its tables, for many subsamples: the chosen penalty and the inverse
    correlation matrix (p x p, thresholded when `threshold`). `penalties` (any order) takes the place of the path
    that `lambdas` and `lambda_min_ratio` describe; `tolerance` is how exactly each is solved (R's `glasso` stops at
    1e-4). Where nothing can be scored: the largest penalty, the identity.

    Without `threshold` the path ends early where no smaller penalty could win even if it fitted perfectly with a
    fifth fewer edges than there are by then (see `core.network.path`).
    """
    path = penalties_of(S, lambdas, lambda_min_ratio) if penalties is None else np.sort(penalties)[::-1]
    best, _ = scored(
        S, n, [float(gamma)], cut_of(n, len(S), threshold), path, progress, whole=False, tolerance=tolerance
    )
    _, penalty, K = best.get(float(gamma), (np.nan, float(path[0]), np.eye(len(S))))
    return penalty, K


def _partial(K: np.ndarray) -> np.ndarray:
    scale = 1 / np.sqrt(np.diag(K))
    partial = -K * np.outer(scale, scale) + 0.0
    np.fill_diagonal(partial, 0.0)
    return partial


def _notes(n, partial, by_gamma, path, chosen, gamma, edge, cut) -> tuple[str, ...]:
    notes = []
    p = len(partial)
    strongest = np.abs(partial).max()
    unsolved = int((path["ebic"].isna() & ~path["settled"]).sum())
    skipped = int(path["ebic"].isna().sum()) - unsolved
    if skipped + unsolved == len(path):
        remedy = "Switch the hard threshold off." if cut else "Leave out near-copies of features."
        notes.append(f"No edges: no penalty of the path could be scored. {remedy}")
    elif strongest == 0:
        lower = by_gamma[(by_gamma["gamma"] < gamma) & (by_gamma["edges"] > 0)]
        found = " and ".join(f"gamma = {row.gamma:g} gives {row.edges}" for row in lower.itertuples())
        remedy = f"Lower gamma: {found}." if found else "No lower gamma gives one: use more patients or fewer features."
        notes.append(f"No edges: EBIC chose the empty graph at n = {n}, gamma = {gamma:g}. {remedy}")
    elif strongest <= edge:
        notes.append(
            f"No edges: the largest partial correlation is {strongest:.3g}, not above the edge cut {edge:g}. "
            "Lower the edge cut."
        )
    if n <= p:
        notes.append(
            f"{n} patients for {p} features: the correlation matrix is singular and was repaired to the nearest "
            "positive definite one; single edges are uncertain."
        )
    if chosen == path["lambda"].min() and strongest > 0:
        notes.append(
            "EBIC chose the smallest penalty of the path: how far the path goes (lambda_min_ratio), not the data, "
            "decides how dense this network is. Raise gamma, or compare several ratios."
        )
    if skipped:
        why = "thresholding left no positive definite matrix"
        if cut > 1:
            why += (
                f"; at n = {n} the threshold {cut:.2f} is above the diagonal of a sparse inverse (1), so that sparse "
                "networks cannot win. Switch the threshold off to let them"
            )
        notes.append(f"{skipped} of {len(path)} penalties were passed over: {why}.")
    unsettled = int((~path["settled"]).sum()) - unsolved
    if unsettled:
        notes.append(f"{unsettled} of {len(path)} penalties did not settle: their edges are less certain.")
    if unsolved:
        notes.append(
            f"{unsolved} of {len(path)} penalties were passed over: they could not be solved, for the correlations "
            "are nearly singular."
        )
    if not compiled():
        notes.append(WITHOUT_NUMBA)
    return tuple(notes)
