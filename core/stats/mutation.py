"""How often genes are mutated among the patients who were profiled for them, and how an OncoPrint is ordered."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from core.errors import Problem, Refused
from core.vocabulary import MUTATED, NOT_PROFILED, WILD_TYPE

STATES = (MUTATED, WILD_TYPE, NOT_PROFILED)


@dataclass(frozen=True, eq=False)
class MutationFrequencies:
    """table  gene, n_mutated, n_profiled, n_not_profiled, share, lower, upper (95 % Wilson); most often mutated first.

    The share is of those profiled; it is missing for a gene that nobody was profiled for.
    """

    table: pd.DataFrame
    n: int


def mutation_frequencies(status: pd.DataFrame) -> MutationFrequencies:
    """Which share of the profiled patients carries a mutation in each gene?

    status (patients, genes) of "mutated", "wild type" or "not profiled"; `Refused` for anything else.
    Interval: Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    _check(status)
    mutated = (status == MUTATED).sum().to_numpy()
    profiled = (status != NOT_PROFILED).sum().to_numpy()
    lower, upper = wilson_interval(mutated, profiled)
    table = pd.DataFrame(
        {
            "gene": status.columns,
            "n_mutated": mutated,
            "n_profiled": profiled,
            "n_not_profiled": len(status) - profiled,
            "share": np.divide(mutated, profiled, out=np.full(len(mutated), np.nan), where=profiled > 0),
            "lower": lower,
            "upper": upper,
        }
    )
    table = table.sort_values(["share", "n_mutated", "gene"], ascending=[False, False, True], na_position="last")
    return MutationFrequencies(table.reset_index(drop=True), len(status))


def wilson_interval(hits: np.ndarray, n: np.ndarray, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Score interval of a proportion: two arrays like `hits`, NaN where n is 0."""
    hits, n = np.asarray(hits, dtype=float), np.where(np.asarray(n) > 0, n, np.nan)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share = hits / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # At the ends the limit is 0 or 1 exactly; rounding would leave it a hair off.
    return np.where(hits == 0, 0 * centre, centre - half), np.where(hits == n, 1.0, centre + half)


@dataclass(frozen=True)
class OncoPrintOrder:
    """Rows (genes, most often mutated first) and columns (labels of patients, mutated ones packed to the left)."""

    genes: tuple[str, ...]
    patients: tuple[str, ...]
    n: int
    n_altered: int


def oncoprint_order(status: pd.DataFrame) -> OncoPrintOrder:
    """In which order do an OncoPrint's genes and patients stand, so that patterns of exclusion show?

    The memo sort: genes by share mutated; patients mutated in the first gene, then within them in the second, and so
    on; within equals wild type comes before not profiled, then the order given.
    """
    genes = mutation_frequencies(status).table["gene"]
    ordered = status[genes]
    state = ordered.to_numpy(dtype=object)
    rank = np.where(state == MUTATED, 0, np.where(state == WILD_TYPE, 1, 2))
    mutated_first = np.minimum(rank, 1)
    # lexsort takes the most important key last: mutations of gene 1, 2, ... and then what was profiled.
    keys = np.hstack([mutated_first, rank])[:, ::-1].T
    order = np.lexsort(keys) if keys.size else np.arange(len(status))
    altered = int((rank == 0).any(axis=1).sum())
    return OncoPrintOrder(tuple(genes), tuple(status.index[order]), len(status), altered)


def _check(status: pd.DataFrame) -> None:
    odd = int((~status.isin(STATES)).to_numpy().sum())
    if odd:
        raise Refused(
            [Problem(f"{odd} cells are none of {', '.join(STATES)}.", "mutations", "Import the study again.")]
        )
