"""What do further kinds of data add to a prognosis? Nested Cox models of the same patients, a rung per block added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.stats.multiplicity import holm
from core.survival.blocks import Block, design_of, learn
from core.survival.concordance import concordance
from core.survival.cox import enough_events
from core.survival.ipcw import Uncensored, uno
from core.survival.limits import refuse_all_at_once
from core.survival.out_of_bag import BRIER, HARRELL, UNO, Estimate, OutOfBag, cox_of, out_of_bag
from core.survival.partial import Fit, Patients, fit
from core.vocabulary import counted, listed

SMALLER = "Remove covariates, join levels, or widen the cohort."
#: Between the blocks of a rung's name.
PLUS = " + "
CHOSEN_BY_OUTCOME = (
    "the {block} columns were chosen by looking at this outcome, so a likelihood-ratio test would count the search as "
    "evidence: only patients left out of it can tell"
)


@dataclass(frozen=True)
class Measured:
    """How well patients left out are ranked, or how much better: Harrell's c, Uno's c, the integrated Brier score, and
    the area under the ROC curve at each time asked for."""

    harrell: Estimate
    uno: Estimate
    brier: Estimate
    areas: tuple[Estimate, ...]


@dataclass(frozen=True)
class Rung:
    """One model.

    blocks         of which it is made; n_coefficients, of n_candidates columns where some were chosen by the outcome
    aic, bic       of its partial likelihood (bic per event); None without a fit, or where columns were chosen
    harrell, uno   on its own patients, hence too good; left_out: on patients left out; None without a fit
    state          why it could not be fitted; "" where it was
    """

    name: str
    blocks: tuple[str, ...]
    n_coefficients: int
    n_candidates: int
    events_per_coefficient: float
    log_likelihood: float | None
    aic: float | None
    bic: float | None
    harrell: float | None
    uno: float | None
    left_out: Measured | None
    state: str


@dataclass(frozen=True)
class Step:
    """A rung against the one below it, which lacks the block `added`.

    statistic, dof, p, p_adjusted  likelihood-ratio test, Holm over the steps tested; None with the `reason`
    gain                           differences on patients left out, sample by sample; None where either has no fit
    """

    name: str
    below: str
    added: str
    statistic: float | None
    dof: int
    p: float | None
    p_adjusted: float | None
    reason: str
    gain: Measured | None


@dataclass(frozen=True, eq=False)
class Ladder:
    """All rungs on the same n patients.

    times         when areas are measured, `until` which Uno's c and the Brier score go
    brier_without the integrated Brier score of the Kaplan-Meier curve alone
    chosen        per signature: name and share of the samples in which it was chosen, the most often chosen first
    """

    rungs: tuple[Rung, ...]
    steps: tuple[Step, ...]
    times: tuple[float, ...]
    until: float
    brier_without: Estimate
    chosen: dict[str, tuple[tuple[str, float], ...]]
    samples: int
    seed: int
    n: int
    n_events: int


def ladder(
    patients: Patients,
    base: Block,
    added: Sequence[Block],
    times: Sequence[float],
    until: float,
    *,
    samples: int = 200,
    seed: int = 0,
    progress: Progress = quiet,
) -> Ladder:
    """Do one or two more blocks of covariates tell more about the outcome than the base block alone?

    base, added   complete blocks of the same (n,) patients, who all are of one stratum
    times, until  for the areas, and the end of Uno's c and the Brier score
    samples       of the bootstrap

    A step has a likelihood-ratio test only where its columns were named beforehand. A rung that cannot be fitted says
    why, and the others stay. Raises `NotEstimable` where the base cannot be fitted. Sources: Harrell 2015,
    doi:10.1007/978-3-319-19425-7; Uno et al. 2011, doi:10.1002/sim.4154; bic per event: Volinsky and Raftery
    2000, Biometrics.
    """
    enough_events(int(patients.event.sum()))
    refuse_all_at_once(patients.time, patients.event, patients.stratum)
    made = [(base,), *((base, one) for one in added)]
    if len(added) > 1:
        made.append((base, *added))
    fits = {_name(blocks): _fitted(patients, blocks) for blocks in made}
    if isinstance(fits[base.name], NotEstimable):
        raise fits[base.name]
    sound = {_name(blocks): cox_of(blocks) for blocks in made if not isinstance(fits[_name(blocks)], NotEstimable)}
    candidates = {block.name: block.columns.shape[1] for block in added if block.most}
    bag = out_of_bag(
        patients, sound, times, until, candidates, samples=samples, seed=seed, progress=progress
    )  # the same samples for all
    rungs = tuple(_rung(patients, blocks, fits[_name(blocks)], bag, until) for blocks in made)
    return Ladder(
        rungs=rungs,
        steps=_steps(made, fits, bag),
        times=tuple(map(float, times)),
        until=until,
        brier_without=bag.brier_without(),
        chosen={block.name: _often(block, bag) for block in added if block.most},
        samples=samples,
        seed=seed,
        n=len(patients.time),
        n_events=int(patients.event.sum()),
    )


def _name(blocks: Sequence[Block]) -> str:
    return PLUS.join(block.name for block in blocks)


def _fitted(patients: Patients, blocks: Sequence[Block]) -> Fit | NotEstimable | None:
    """The fit to all patients; None for a signature, whose own likelihood says nothing; or why there is none."""
    events, size = int(patients.event.sum()), sum(block.size for block in blocks)
    try:
        if not any(block.most for block in blocks):
            return fit(patients, [term for block in blocks for term in block.terms])
        if size >= events:
            raise NotEstimable(
                f"The model has {counted(size, 'coefficient')} and {counted(events, 'event')}; it takes more events "
                "than that.",
                SMALLER,
            )
    except NotEstimable as state:
        return NotEstimable(state.reason, SMALLER)  # there is no ridge fit of a ladder, which the model's words advise
    return None


def _rung(patients: Patients, blocks: Sequence[Block], found, bag: OutOfBag, until: float) -> Rung:
    name, events = _name(blocks), int(patients.event.sum())
    size = sum(block.size for block in blocks)
    state = str(found) if isinstance(found, NotEstimable) else ""
    own, level = None if state else _own_index(patients, blocks), None
    if isinstance(found, Fit):
        level = found.log_likelihood
    time, event = patients.time, patients.event
    return Rung(
        name=name,
        blocks=tuple(block.name for block in blocks),
        n_coefficients=size,
        n_candidates=sum(block.columns.shape[1] for block in blocks),
        events_per_coefficient=events / size,
        log_likelihood=level,
        aic=None if level is None else 2 * size - 2 * level,
        bic=None if level is None else float(np.log(events)) * size - 2 * level,
        harrell=None if own is None else concordance(time, event, own, patients.stratum),
        uno=None if own is None else uno(time, event, own, Uncensored.of(time, event), until),
        left_out=None if state else _measured(bag, lambda measure: bag.of(name, measure)),
        state=state,
    )


def _own_index(patients: Patients, blocks: Sequence[Block]) -> np.ndarray | None:
    x, _ = design_of(patients, blocks, np.arange(len(patients.time)))
    learned = learn(patients, x)
    return None if learned is None else x @ learned.slopes


def _measured(bag: OutOfBag, estimate) -> Measured:
    return Measured(
        harrell=estimate(HARRELL),
        uno=estimate(UNO),
        brier=estimate(BRIER),
        areas=tuple(estimate(time) for time in bag.times),
    )


def _steps(made: Sequence[Sequence[Block]], fits: dict, bag: OutOfBag) -> tuple[Step, ...]:
    """Every rung against every rung that lacks just one of its blocks."""
    steps = []
    for blocks in made:
        for below in made:
            extra = [block for block in blocks if block not in below]
            if len(below) == len(blocks) - 1 and len(extra) == 1:
                steps.append(_step(_name(blocks), _name(below), blocks, extra[0], fits, bag))
    tested = [place for place, step in enumerate(steps) if step.p is not None]
    adjusted = holm([steps[place].p for place in tested]).tolist() if tested else []
    of = dict(zip(tested, adjusted, strict=True))
    return tuple(Step(**vars(step) | {"p_adjusted": of.get(place)}) for place, step in enumerate(steps))


def _step(name: str, below: str, blocks: Sequence[Block], added: Block, fits: dict, bag: OutOfBag) -> Step:
    states = [place for place in (name, below) if isinstance(fits[place], NotEstimable)]
    searched = [block.name for block in blocks if block.most]
    statistic = p = gain = None
    reason = f"{listed(states, 'and')} could not be fitted" if states else ""
    if not states:
        gain = _measured(bag, lambda measure: bag.gain(name, below, measure))
        if searched:
            reason = CHOSEN_BY_OUTCOME.format(block=listed(searched, "and"))
        else:
            statistic, p = fits[name].beyond(fits[below])
    return Step(name, below, added.name, statistic, added.size, p, None, reason, gain)


def _often(block: Block, bag: OutOfBag) -> tuple[tuple[str, float], ...]:
    shares = bag.chosen[block.name] / max(bag.fitted, 1)
    order = np.argsort(-shares, kind="stable")
    return tuple((block.names[place], float(shares[place])) for place in order if shares[place] > 0)
