"""How many, and which, of many terms should a logistic model of a radiotherapy outcome have? Order by bootstrap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, generators, part, quiet
from core.errors import NotEstimable
from core.radiogenomics.candidates import Candidates
from core.radiogenomics.forward import MEASURES, SPEARMAN, Resampled, resampled
from core.radiogenomics.left_out import HeldOut, held_out
from core.radiogenomics.logistic import Logistic, logistic

#: So many of the rarer outcome for each term of the largest model that is tried.
PER_TERM = 5
#: The search for the order is repeated without each of so many parts of the cohort.
PARTS = 5
#: A mean over fewer samples says little of an order.
FEWEST_RESAMPLES = 20
NO_INTERVAL = (
    "Terms chosen by the data have no interval and no p here: those of an ordinary fit suppose that the terms were "
    "named beforehand, and would be too good."
)


@dataclass(frozen=True)
class OrderTerm:
    """One term of the final model. The odds ratio is per standard deviation `sd`, the coefficient per unit.

    share   of the resamples in which it was among the terms at the chosen order
    """

    name: str
    coefficient: float
    odds_ratio_per_sd: float
    sd: float
    share: float


@dataclass(frozen=True, eq=False)
class OrderSelection:
    """The order chosen, the model of that order, and what it is worth on patients left out.

    order, best         the smallest order within one standard error of the best one; the best one
    orders              order, mean (of the measure on patients not drawn), standard_error
    selected            candidate, order, share: of the resamples whose model of that order has the candidate
    sets                terms (names joined by " + "), n_resamples: models of the chosen order, the most frequent first
    terms, intercept    the most frequent set fitted to all patients (of equal ones the most likely); log_likelihood
    held_out            the whole search repeated without each of 5 parts; None where it was not asked for
    separating          fits in resamples that were passed over because outcomes were separated
    n_incomplete        patients with an outcome who lack a candidate; n_excluded: without an outcome
    constant            candidates that are the same for everybody, and so were left out
    infinite            candidates without a finite coefficient, left out: carried by patients of one outcome only
    """

    order: int
    best: int
    measure: str
    orders: pd.DataFrame
    selected: pd.DataFrame
    sets: pd.DataFrame
    terms: tuple[OrderTerm, ...]
    intercept: float
    log_likelihood: float
    held_out: HeldOut | None
    candidates: tuple[str, ...]
    constant: tuple[str, ...]
    infinite: tuple[str, ...]
    resamples: int
    resamples_used: int
    seed: int
    separating: int
    no_interval: str
    notes: tuple[str, ...]
    n: int
    n_events: int
    n_incomplete: int
    n_excluded: int


@dataclass(frozen=True)
class _Asked:
    largest: int
    measure: str
    resamples: int


def select_order(
    candidates: pd.DataFrame,
    event: Sequence,
    *,
    largest: int = 6,
    measure: str = SPEARMAN,
    resamples: int = 200,
    validate: bool = True,
    seed: int = 0,
    progress: Progress = quiet,
) -> OrderSelection:
    """Which few of these dose metrics, clinical values, SNP counts and radiomic features predict the outcome?

    `candidates` one numeric column per term and a row per patient, `event` 1, 0 or missing. In each of `resamples`
    bootstrap samples (`seed`) terms are scaled and added forward by Rao's score, up to `largest` or one per 5 patients
    of the rarer outcome; every order is judged on the patients not drawn by `measure`: "spearman", the rank
    correlation of prediction and outcome, or "likelihood", the mean log-likelihood, which asks for more before it
    takes a term. On noise the one-standard-error rule still takes a term in one study of eight to one of four by
    "spearman", so the numbers of patients left out belong beside every model; `validate` asks for them.

    Raises `Refused` and `NotEstimable` as `Candidates.of`, NotEstimable for too few usable resamples, and ValueError
    for another measure and `largest` below 1. Source: El Naqa et al. 2006, doi:10.1016/j.ijrobp.2005.11.022; the
    one-standard-error rule is that of Breiman et al. 1984, doi:10.1201/9781315139470.
    """
    if measure not in MEASURES or largest < 1:
        raise ValueError(f"{measure!r} is not one of {', '.join(MEASURES)}, or {largest} is below 1")
    known = Candidates.of(candidates, event)
    x, y, names = known.x, known.y, known.names
    asked = _Asked(min(largest, len(names), int(min(y.sum(), (1 - y).sum())) // PER_TERM), measure, resamples)
    width = 1 / (1 + PARTS) if validate else 1.0
    whole, dealt, *apart = (int(chance.integers(2**63)) for chance in generators(seed, 2 + PARTS))
    found = _search(x, y, asked, whole, part(progress, 0, width))
    sets, chosen, fitted = _final(found, x, y, names)

    def fit(inside: np.ndarray, place: int, tell: Progress) -> tuple[int, np.ndarray]:
        return _left_out(x, y, inside, asked, apart[place], tell)

    outside = held_out(y, PARTS, dealt, fit, part(progress, width, 1 - width)) if validate else None
    selected = _selected(found, names, asked.largest)
    return OrderSelection(
        order=found.order,
        best=int(np.argmax(found.mean)),
        measure=measure,
        orders=_orders(found),
        selected=selected,
        sets=sets,
        terms=tuple(_terms(chosen, fitted, x, names, selected)),
        intercept=float(fitted.coefficients[0]),
        log_likelihood=fitted.log_likelihood,
        held_out=outside,
        candidates=names,
        constant=known.constant,
        infinite=known.infinite,
        resamples=resamples,
        resamples_used=found.used,
        seed=seed,
        separating=sum(path.separating for path in found.paths),
        no_interval=NO_INTERVAL,
        notes=tuple(_notes(found, asked, largest, x)),
        n=len(y),
        n_events=int(y.sum()),
        n_incomplete=known.n_incomplete,
        n_excluded=known.n_excluded,
    )


def _search(x: np.ndarray, y: np.ndarray, asked: _Asked, seed: int, progress: Progress) -> Resampled:
    found = resampled(
        x,
        y,
        largest=asked.largest,
        measure=asked.measure,
        resamples=asked.resamples,
        seed=seed,
        progress=progress,
    )
    if found.used < FEWEST_RESAMPLES:
        raise NotEstimable(
            f"Only {found.used} of {asked.resamples} resamples have both outcomes among the drawn and the others.",
            f"Ask for more resamples; {FEWEST_RESAMPLES} are needed.",
        )
    return found


def _final(found: Resampled, x: np.ndarray, y: np.ndarray, names: Sequence[str]):
    """The sets met at the chosen order, the positions of the final one, and its fit to all patients."""
    met = Counter(tuple(sorted(path.chosen[: found.order])) for path in found.paths)
    most = max(met.values())
    fits: dict[tuple[int, ...], Logistic] = {}
    for chosen in (each for each, count in met.items() if count == most):
        fits[chosen] = logistic(x[:, list(chosen)], y == 1)
    final = max(sorted(fits), key=lambda chosen: fits[chosen].log_likelihood)
    ranked = sorted(met.items(), key=lambda each: (-each[1], each[0] != final, each[0]))
    rows = [(" + ".join(names[place] for place in chosen), count) for chosen, count in ranked]
    return pd.DataFrame(rows, columns=["terms", "n_resamples"]), final, fits[final]


def _left_out(x, y, inside: np.ndarray, asked: _Asked, seed: int, progress: Progress) -> tuple[int, np.ndarray]:
    """The order chosen by the patients inside, and the log odds (n,) of everybody by their final model."""
    own, ours = x[inside], y[inside]
    found = _search(own, ours, asked, seed, progress)
    _, chosen, fitted = _final(found, own, ours, [""] * x.shape[1])
    return found.order, fitted.coefficients[0] + x[:, list(chosen)] @ fitted.coefficients[1:]


def _orders(found: Resampled) -> pd.DataFrame:
    order = range(len(found.mean))
    return pd.DataFrame({"order": order, "mean": found.mean, "standard_error": found.standard_error})


def _selected(found: Resampled, names: Sequence[str], largest: int) -> pd.DataFrame:
    """The share of resamples whose model of each order has each candidate; a model that ended earlier counts too."""
    count = np.zeros((largest, len(names)))
    for path in found.paths:
        for order in range(1, largest + 1):
            count[order - 1, list(path.chosen[:order])] += 1
    rows = [
        (name, order, count[order - 1, place] / found.used)
        for place, name in enumerate(names)
        for order in range(1, largest + 1)
    ]
    return pd.DataFrame(rows, columns=["candidate", "order", "share"])


def _terms(chosen: Sequence[int], fitted: Logistic, x: np.ndarray, names: Sequence[str], selected: pd.DataFrame):
    shares = selected[selected["order"] == len(chosen)].set_index("candidate")["share"]
    for place, slope in zip(chosen, fitted.coefficients[1:].tolist(), strict=True):
        sd = float(x[:, place].std(ddof=1))
        yield OrderTerm(names[place], slope, float(np.exp(slope * sd)), sd, float(shares[names[place]]))


def _notes(found: Resampled, asked: _Asked, largest: int, x: np.ndarray) -> Iterator[str]:
    if found.order == 0:
        yield "No model predicts patients not drawn better than none by more than chance: a null result."
    if found.order == asked.largest:
        yield "The largest order tried was chosen."
    if asked.largest < min(largest, x.shape[1]):
        yield f"No more than {asked.largest} terms were tried: {PER_TERM} patients of the rarer outcome for each."
    if x.shape[1] >= len(x):
        yield (
            f"There are {x.shape[1]} candidates for {len(x)} patients: some fit by chance alone, so only the "
            "measures of patients left out count."
        )
