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
from core.radiogenomics.left_out import held_out
from core.radiogenomics.logistic import Logistic, logistic
from core.radiogenomics.order_result import OrderSelection, OrderTerm

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
class _Asked:
    largest: int
    measure: str
    resamples: int
    kept: tuple[int, ...]


def select_order(
    candidates: pd.DataFrame,
    event: Sequence,
    *,
    largest: int = 6,
    measure: str = SPEARMAN,
    resamples: int = 200,
    validate: bool = True,
    kept: Sequence[str] = (),
    seed: int = 0,
    progress: Progress = quiet,
) -> OrderSelection:
    """Which few of these dose metrics, clinical values, SNP counts and radiomic features predict the outcome?

    `candidates` one numeric column per term and a row per patient, `event` 1, 0 or missing. In each of `resamples`
    bootstrap samples (`seed`) terms are scaled and added forward by Rao's score, up to `largest` or one per 5 patients
    of the rarer outcome; every order is judged on the patients not drawn by `measure`: "spearman", the rank
    correlation of prediction and outcome, or "likelihood", the mean log-likelihood, which asks for more before it
    takes a term. On noise the one-standard-error rule still takes a term in one study of eight to one of four by
    "spearman", so the numbers of patients left out belong beside every model; `validate` asks for them. Candidates
    named in `kept` are in every model, from order 0 on, so that what the others add to them can be seen; each takes
    one of the patients' terms.

    Raises `Refused` and `NotEstimable` as `Candidates.of`, NotEstimable for too few usable resamples and where the kept
    terms leave no room for another, and ValueError for another measure, `largest` below 1 and `kept` that are no
    candidates. Source: El Naqa et al. 2006, doi:10.1016/j.ijrobp.2005.11.022; the one-standard-error rule is that of
    Breiman et al. 1984, doi:10.1201/9781315139470.
    """
    if measure not in MEASURES or largest < 1 or set(kept) - set(candidates.columns):
        raise ValueError(f"{measure!r} is not one of {', '.join(MEASURES)}, {largest} is below 1, or kept is unknown")
    known = Candidates.of(candidates, event)
    x, y, names = known.x, known.y, known.names
    always = tuple(place for place, name in enumerate(names) if name in set(kept))
    asked = _Asked(_largest(largest, len(names), len(always), y), measure, resamples, always)
    width = 1 / (1 + PARTS) if validate else 1.0
    whole, dealt, *apart = (int(chance.integers(2**63)) for chance in generators(seed, 2 + PARTS))
    found = _search(x, y, asked, whole, part(progress, 0, width))
    sets, chosen, fitted = _final(found, x, y, names, always)

    def fit(inside: np.ndarray, place: int, tell: Progress) -> tuple[int, np.ndarray]:
        return _left_out(x, y, inside, asked, apart[place], tell)

    def fit_kept(inside: np.ndarray, place: int, tell: Progress) -> tuple[int, np.ndarray]:
        fitted = logistic(x[inside][:, always], y[inside] == 1)
        return len(always), fitted.coefficients[0] + x[:, always] @ fitted.coefficients[1:]

    outside = held_out(y, PARTS, dealt, fit, part(progress, width, 1 - width)) if validate else None
    without = held_out(y, PARTS, dealt, fit_kept) if validate and always else None
    selected = _selected(found, names, asked.largest)
    return OrderSelection(
        order=found.order,
        best=int(np.argmax(found.mean)),
        measure=measure,
        orders=_orders(found),
        selected=selected,
        sets=sets,
        terms=tuple(_terms(always, chosen, fitted, x, names, selected)),
        intercept=float(fitted.coefficients[0]),
        log_likelihood=fitted.log_likelihood,
        held_out=outside,
        kept=tuple(names[place] for place in always),
        held_out_kept=without,
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
        kept=asked.kept,
        progress=progress,
    )
    if found.used < FEWEST_RESAMPLES:
        raise NotEstimable(
            f"Only {found.used} of {asked.resamples} resamples have both outcomes among the drawn and the others"
            f"{', and a finite fit of the terms that every model has' if asked.kept else ''}.",
            f"Ask for more resamples; {FEWEST_RESAMPLES} are needed.",
        )
    return found


def _largest(asked: int, candidates: int, kept: int, y: np.ndarray) -> int:
    """The largest order tried beside the kept terms; raises where these take all that the patients can carry."""
    room = int(min(y.sum(), (1 - y).sum())) // PER_TERM - kept
    if kept and room < 1:
        raise NotEstimable(
            f"{kept} terms are in every model, and {int(min(y.sum(), (1 - y).sum()))} patients of the rarer outcome "
            f"leave no room for another: {PER_TERM} are needed for each term.",
            "Keep fewer terms in every model, or widen the cohort.",
        )
    if kept == candidates:
        raise NotEstimable("Every candidate is in every model, so there is nothing to choose.", "Add candidates.")
    return min(asked, candidates - kept, room)


def _final(found: Resampled, x: np.ndarray, y: np.ndarray, names: Sequence[str], kept: tuple[int, ...]):
    """The sets met at the chosen order, the positions of the final one, and the fit of kept and chosen to all."""
    met = Counter(tuple(sorted(path.chosen[: found.order])) for path in found.paths)
    most = max(met.values())
    fits: dict[tuple[int, ...], Logistic] = {}
    for chosen in (each for each, count in met.items() if count == most):
        fits[chosen] = logistic(x[:, [*kept, *chosen]], y == 1)
    final = max(sorted(fits), key=lambda chosen: fits[chosen].log_likelihood)
    ranked = sorted(met.items(), key=lambda each: (-each[1], each[0] != final, each[0]))
    rows = [(" + ".join(names[place] for place in chosen), count) for chosen, count in ranked]
    return pd.DataFrame(rows, columns=["terms", "n_resamples"]), final, fits[final]


def _left_out(x, y, inside: np.ndarray, asked: _Asked, seed: int, progress: Progress) -> tuple[int, np.ndarray]:
    """The order chosen by the patients inside, and the log odds (n,) of everybody by their final model."""
    own, ours = x[inside], y[inside]
    found = _search(own, ours, asked, seed, progress)
    _, chosen, fitted = _final(found, own, ours, [""] * x.shape[1], asked.kept)
    return found.order, fitted.coefficients[0] + x[:, [*asked.kept, *chosen]] @ fitted.coefficients[1:]


def _orders(found: Resampled) -> pd.DataFrame:
    order = range(len(found.mean))
    return pd.DataFrame({"order": order, "mean": found.mean, "standard_error": found.standard_error})


def _selected(found: Resampled, names: Sequence[str], largest: int) -> pd.DataFrame:
    """The share of resamples that chose each candidate by each order; a model that ended earlier counts too."""
    count = np.zeros((largest, len(names)))
    for path in found.paths:
        for order in range(1, largest + 1):
            count[order - 1, list(path.chosen[:order])] += 1
    rows = [
        (name, order, count[order - 1, place] / found.used)
        for place, name in enumerate(names)
        if place not in found.paths[0].kept
        for order in range(1, largest + 1)
    ]
    return pd.DataFrame(rows, columns=["candidate", "order", "share"])


def _terms(
    kept: Sequence[int],
    chosen: Sequence[int],
    fitted: Logistic,
    x: np.ndarray,
    names: Sequence[str],
    selected: pd.DataFrame,
) -> Iterator[OrderTerm]:
    shares = selected[selected["order"] == len(chosen)].set_index("candidate")["share"]
    for place, slope in zip([*kept, *chosen], fitted.coefficients[1:].tolist(), strict=True):
        sd, always = float(x[:, place].std(ddof=1)), place in kept
        share = 1.0 if always else float(shares[names[place]])
        yield OrderTerm(names[place], slope, float(np.exp(slope * sd)), sd, share, always)


def _notes(found: Resampled, asked: _Asked, largest: int, x: np.ndarray) -> Iterator[str]:
    if found.order == 0:
        than = "the terms kept in every model alone do" if asked.kept else "none"
        yield f"No model predicts patients not drawn better than {than} by more than chance: a null result."
    if found.order == asked.largest:
        yield "The largest order tried was chosen."
    if asked.largest < min(largest, x.shape[1] - len(asked.kept)):
        yield f"No more than {asked.largest} terms were tried: {PER_TERM} patients of the rarer outcome for each."
    if x.shape[1] >= len(x):
        yield (
            f"There are {x.shape[1]} candidates for {len(x)} patients: some fit by chance alone, so only the "
            "measures of patients left out count."
        )
