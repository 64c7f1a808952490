"""What a Cox model is built of, block by block: columns that enter as they are, or features chosen by the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.survival.covariates import Term, terms_of
from core.survival.design import dependent
from core.survival.efron import RiskSums, maximise
from core.survival.limits import FEWEST_EVENTS
from core.survival.partial import Patients, columns_of

#: Of two features that go together more closely than this, only the more telling one can be chosen.
TOO_ALIKE = 0.7
#: The smallest eigenvalue of the correlations of columns none of which follows from the others.
INDEPENDENT = 1e-6


@dataclass(frozen=True, eq=False)
class Block:
    """Covariates of one kind, all (n, p) columns complete.

    most   0: every column enters the model. Otherwise the block is a signature: in every training set, and nowhere
           else, the `most` columns are chosen that tell most about the outcome beside the base block
    names  (p,) what each column is; terms: the covariates that the columns belong to, none for a signature
    """

    name: str
    columns: np.ndarray
    names: tuple[str, ...]
    terms: tuple[Term, ...] = ()
    most: int = 0

    @classmethod
    def of(cls, name: str, table: pd.DataFrame) -> Block:
        """From complete covariates: numbers as they are, categories level by level."""
        terms = terms_of(table, (), {})
        names = tuple(f"{term.name} {column.level}".strip() for term in terms for column in term.columns)
        return cls(name, columns_of(terms, len(table)), names, terms)

    @classmethod
    def signature(cls, name: str, table: pd.DataFrame, most: int) -> Block:
        """From complete numbers, of which `most` are chosen anew in every training set."""
        return cls(name, table.to_numpy(dtype=float), tuple(map(str, table.columns)), (), most)

    @property
    def size(self) -> int:
        """The coefficients that it brings into a model."""
        return min(self.most, self.columns.shape[1]) if self.most else self.columns.shape[1]


def design_of(training: Patients, blocks: Sequence[Block], rows: np.ndarray) -> tuple[np.ndarray, dict[str, list[int]]]:
    """(n, p) the columns of a model of these blocks for everybody, and which a signature was given.

    training, rows  the training patients and where they are among the n. A signature is chosen on them alone, beside
                    the blocks that are no signature and stand first.
    """
    columns, chosen, base = [], {}, np.empty((len(rows), 0))
    for block in blocks:
        if block.most:
            chosen[block.name] = told(training, block.columns[rows], base, block.most)
            columns.append(block.columns[:, chosen[block.name]])
        else:
            columns.append(block.columns)
            base = block.columns[rows] if len(columns) == 1 else base
    return np.column_stack(columns), chosen


def told(training: Patients, candidates: np.ndarray, base: np.ndarray, most: int) -> list[int]:
    """Which `most` of (n, f) candidates tell most about the outcome beside the (n, b) base, none like one before it.

    By the score test of each candidate in the Cox model of the base, Efron's ties: one pass for all of them.
    """
    sums = training.sums
    z = _scaled(base)[sums.order]
    z = z[:, _free(training, base)] if base.shape[1] else z
    x = _scaled(candidates)
    scores = score_statistics(sums, np.ascontiguousarray(x[sums.order]), np.ascontiguousarray(z))
    alike = np.abs(x.T @ x) / len(x)
    chosen: list[int] = []
    for place in np.argsort(-scores, kind="stable"):
        if len(chosen) == most or scores[place] <= 0:
            break
        if not chosen or alike[place, chosen].max() < TOO_ALIKE:
            chosen.append(int(place))
    return chosen


def score_statistics(sums: RiskSums, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """(f,) score statistics, on one degree of freedom each, of (m, f) candidates x beside the (m, b) z; 0 for none."""
    risk = np.zeros(len(x))
    if z.shape[1]:
        fitted = maximise(sums, z[:, -1:], z[:, :-1], np.zeros(z.shape[1] - 1))
        if fitted.converged[0]:
            risk = z @ np.append(fitted.others[:, 0], fitted.coefficient)
    weight = np.exp(risk - risk.max())[:, None]
    inverse = 1 / sums.at_deaths(weight)
    due = sums.over_deaths(inverse) * weight
    of_x, of_z = sums.at_deaths(weight * x) * inverse, sums.at_deaths(weight * z) * inverse
    score = x[sums.deaths].sum(axis=0) - (due * x).sum(axis=0)
    own = (due * x**2).sum(axis=0) - (of_x**2).sum(axis=0)
    if z.shape[1]:
        shared = (due * x).T @ z - of_x.T @ of_z
        among = (due * z).T @ z - of_z.T @ of_z
        taken = np.linalg.pinv(among, hermitian=True) @ shared.T
        # At the maximum the base's own score is zero.
        left = own - (shared * taken.T).sum(axis=1)
    else:
        left = own
    return np.where(left > 1e-8 * np.maximum(own, 1e-300), score**2 / np.where(left > 0, left, 1.0), 0.0) * (
        own > 1e-12
    )


@dataclass(frozen=True, eq=False)
class Learned:
    """A Cox model of training patients.

    slopes  (p,) per unit of each column of the design, 0 for one that does not vary among the training patients
    centre  the linear predictor that the baseline belongs to; moments, hazard: (J,) its cumulative steps
    """

    slopes: np.ndarray
    centre: float
    moments: np.ndarray
    hazard: np.ndarray

    def survival(self, index: np.ndarray, at: np.ndarray) -> np.ndarray:
        """(n, k) chance of no event up to each time, for (n,) linear predictors."""
        steps = np.r_[0.0, self.hazard][np.searchsorted(self.moments, at, "right")]
        with np.errstate(over="ignore"):
            return np.exp(-steps * np.exp(index - self.centre)[:, None])


def learn(training: Patients, x: np.ndarray) -> Learned | None:
    """Fit (n, p) columns to the training patients; None where there are too few events or the fit has no maximum.

    Columns that are constant, or given by others, among these patients get no coefficient. The baseline is Efron's.
    """
    if training.event.sum() < FEWEST_EVENTS:
        return None
    free = _free(training, x)
    slopes = np.zeros(x.shape[1])
    if free:
        sums, size = training.sums, x[:, free].std(axis=0, ddof=1)
        z = np.ascontiguousarray(((x[:, free] - x[:, free].mean(axis=0)) / size)[sums.order])
        found = maximise(sums, z[:, -1:], z[:, :-1], np.zeros(len(free) - 1))
        if not found.converged[0]:
            return None
        slopes[free] = np.append(found.others[:, 0], found.coefficient) / size
    return with_baseline(training, x @ slopes, slopes)


def with_baseline(training: Patients, index: np.ndarray, slopes: np.ndarray) -> Learned:
    """The model whose (n,) linear predictor of the training patients is `index`, with Efron's baseline hazard."""
    sums, centre = training.sums, float(index.mean())
    with np.errstate(over="ignore", divide="ignore"):
        steps = 1 / sums.at_deaths(np.exp(index - centre)[sums.order][:, None])[:, 0]
    times = training.time[sums.order][sums.deaths]
    order = np.argsort(times, kind="stable")
    moments, last = np.unique(times[order], return_index=True)
    total = np.cumsum(steps[order])
    return Learned(slopes, centre, moments, total[np.r_[last[1:], len(total)] - 1])


def _free(training: Patients, x: np.ndarray) -> list[int]:
    """The columns that vary among those ever at risk and do not follow from the ones before them."""
    z = _scaled(x[training.sums.order])
    if np.linalg.eigvalsh(z.T @ z / len(z))[0] > INDEPENDENT:  # the usual case, told at once
        return list(range(x.shape[1]))
    lost = set(dependent(training.time, training.event, x, np.zeros(len(x), dtype=int)))
    return [place for place in range(x.shape[1]) if place not in lost]


def _scaled(x: np.ndarray) -> np.ndarray:
    """Columns of mean 0 and standard deviation 1; of zeros where they do not vary."""
    sd = x.std(axis=0)
    varies = sd > 1e-12 * np.abs(x).max(axis=0, initial=0)
    return (x - x.mean(axis=0)) / np.where(varies, sd, 1.0) * varies
