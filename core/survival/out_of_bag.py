"""How well do models rank patients they were not fitted to? All of them on the same bootstrap samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from core.compute import Progress, generators, quiet, spread
from core.survival.blocks import Block, Learned, design_of, learn
from core.survival.concordance import concordance
from core.survival.dynamic_auc import dynamic_auc
from core.survival.ipcw import Uncensored, integrated_brier, uno
from core.survival.partial import Patients
from core.survival.ridge_fit import those

#: What is measured, in this order; the areas at the times asked for follow.
HARRELL, UNO, BRIER = "harrell", "uno", "brier"
MEASURES = (HARRELL, UNO, BRIER)
#: Fewer samples give no interval.
FEWEST_SAMPLES = 20


@dataclass(frozen=True)
class Estimate:
    """The mean over the samples with its 95 % interval; None where fewer than half gave a number."""

    value: float | None
    lower: float | None
    upper: float | None
    samples: int


@dataclass(frozen=True, eq=False)
class OutOfBag:
    """values   (samples, models, measures) of the patients that each sample left out; NaN where a model has none
    null        (samples,) integrated Brier score of the sample's Kaplan-Meier curve, which knows no covariate
    chosen      per signature: (f,) in how many of `fitted` samples each candidate was chosen
    """

    models: tuple[str, ...]
    times: np.ndarray
    values: np.ndarray
    null: np.ndarray
    chosen: dict[str, np.ndarray]
    fitted: int
    samples: int

    def of(self, model: str, measure: str | float) -> Estimate:
        """One model; a number as measure is a time, whose area is meant."""
        return estimate(self.values[:, self.models.index(model), self._place(measure)])

    def gain(self, model: str, below: str, measure: str | float) -> Estimate:
        """The model less the one below it, sample by sample."""
        first, second = (self.values[:, self.models.index(name), self._place(measure)] for name in (model, below))
        return estimate(first - second)

    def brier_without(self) -> Estimate:
        """The integrated Brier score without any covariate."""
        return estimate(self.null)

    def _place(self, measure: str | float) -> int:
        if measure in MEASURES:
            return MEASURES.index(measure)
        return len(MEASURES) + int(np.flatnonzero(self.times == measure)[0])


#: From training patients and where they are: everybody's linear predictor, the model, and what its signatures chose;
#: None for no fit.
Recipe = Callable[[Patients, np.ndarray, np.random.Generator], tuple[np.ndarray, Learned, dict[str, list[int]]] | None]


def estimate(values: np.ndarray) -> Estimate:
    """Mean of what the samples gave, and their 2.5th and 97.5th percentile: of patients so few that as an interval for
    a difference it is a little wide (docs/added-value.md says by how much).
    """
    known = values[np.isfinite(values)]
    if len(known) < max(FEWEST_SAMPLES, len(values) / 2):
        return Estimate(None, None, None, len(known))
    lower, upper = np.percentile(known, (2.5, 97.5)).tolist()
    return Estimate(float(known.mean()), lower, upper, len(known))


def cox_of(blocks: Sequence[Block]) -> Recipe:
    """The Cox model of these blocks, signatures chosen among the training patients."""

    def recipe(training: Patients, rows: np.ndarray, chance: np.random.Generator):
        x, chosen = design_of(training, blocks, rows)
        learned = learn(training, x[rows])
        return None if learned is None else (x @ learned.slopes, learned, chosen)

    return recipe


def out_of_bag(
    patients: Patients,
    models: Mapping[str, Recipe],
    times: Sequence[float],
    until: float,
    candidates: Mapping[str, int] = MappingProxyType({}),
    *,
    samples: int,
    seed: int,
    progress: Progress = quiet,
) -> OutOfBag:
    """Fit every model to bootstrap samples of the (n,) patients and measure it on those that the sample left out.

    models      by name
    times       (k,) when the time-dependent areas are wanted; `until` ends Uno's c and the Brier score
    candidates  how many columns each signature chooses among

    About 37 % of the patients are left out each time, so that no model is measured on patients who made it, and one
    with more coefficients has no advantage; a difference is taken within a sample. Weights of censoring come from all
    patients. Source: Efron and Tibshirani 1997, doi:10.1080/01621459.1997.10474007.
    """
    everybody = (patients.time, patients.event)
    uncensored = Uncensored.of(*everybody)
    at = np.asarray(times, dtype=float)
    grid = _grid(patients, until)

    def once(chance: np.random.Generator):
        rows = chance.integers(0, len(patients.time), len(patients.time))
        left = np.setdiff1d(np.arange(len(patients.time)), rows)
        training, tested = those(patients, rows), those(patients, left)
        values, picked = np.full((len(models), len(MEASURES) + len(at)), np.nan), {}
        if not training.event.any():
            return values, picked, np.nan
        for place, recipe in enumerate(models.values()):
            found = recipe(training, rows, chance)
            if found is None:
                continue
            index, learned, chosen = found
            picked |= chosen
            values[place] = _measured(tested, index[left], learned, everybody, uncensored, at, grid, until)
        return values, picked, _null(training, tested, grid, uncensored)

    found = spread(once, generators(seed, samples), progress, "Bootstrap samples")
    counts = {name: np.zeros(size, dtype=int) for name, size in candidates.items()}
    for _, picked, _ in found:
        for name, places in picked.items():
            counts[name][places] += 1
    return OutOfBag(
        models=tuple(models),
        times=at,
        values=np.array([values for values, _, _ in found]).reshape(samples, len(models), -1),
        null=np.array([null for _, _, null in found]),
        chosen=counts,
        fitted=sum(bool(picked) for _, picked, _ in found) if candidates else samples,
        samples=samples,
    )


def _grid(patients: Patients, until: float) -> np.ndarray:
    """Times over which the Brier score is averaged: where the events up to `until` are; none without events."""
    seen = patients.time[patients.event & (patients.time <= until)]
    if not len(seen):
        return np.empty(0)
    return np.unique(np.minimum(np.quantile(seen, np.linspace(0.05, 1, 20)), np.nextafter(until, 0)))


def _measured(tested: Patients, index, learned: Learned, everybody, uncensored, at, grid, until) -> np.ndarray:
    time, event = tested.time, tested.event
    if not event.any() or np.isnan(index).any():
        return np.full(len(MEASURES) + len(at), np.nan)
    harrell = concordance(time, event, index, np.zeros(len(time), dtype=int))
    weighted = uno(time, event, index, uncensored, until)
    score = integrated_brier(time, event, learned.survival(index, grid), grid, uncensored) if len(grid) > 1 else np.nan
    areas = dynamic_auc(everybody, time, event, index, at) if len(at) else at
    numbers = [np.nan if value is None else value for value in (harrell, weighted, score)]
    return np.r_[numbers, areas]


def _null(training: Patients, tested: Patients, grid: np.ndarray, uncensored: Uncensored) -> float:
    """The score of the training patients' own Kaplan-Meier curve."""
    if len(grid) < 2:
        return np.nan
    moments, deaths = np.unique(training.time[training.event], return_counts=True)
    at_risk = len(training.time) - np.searchsorted(np.sort(training.time), moments, "left")
    steps = np.r_[1.0, np.cumprod(1 - deaths / at_risk)][np.searchsorted(moments, grid, "right")]
    survival = np.broadcast_to(steps, (len(tested.time), len(grid)))
    return integrated_brier(tested.time, tested.event, survival, grid, uncensored)
