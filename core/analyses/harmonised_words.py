"""What harmonising did, in sentences: the first is the headline."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from core.analyses.harmonised_result import Harmonised, Kept
from core.stats.harmonise import FEW_PATIENTS
from core.stats.harmonise_created import FalseFinds
from core.stats.harmonise_inputs import CONFOUNDED
from core.vocabulary import counted, listed

#: Further from 1 than this, an effect was taken away or added to.
APART = 0.1
#: Standard errors from 5 % at which a share of false finds is more or less than that, and how far it has to be.
ERRORS, AWAY = 2.0, 0.01

WHY_NOT_PROTECTED = (
    "The outcome is not protected. Protecting it makes its groups differ as the fit expects, so that later tests of it "
    "are too sure (Nygaard et al. 2016); and a patient whose outcome is to be predicted has no outcome to protect."
)


def harmonised_words(result: Harmonised) -> Harmonised:
    """The result with its sentences."""
    told = [_headline(result), *_held_out(result), *map(_kept, result.kept), *_created(result), *_cautions(result)]
    return dataclasses.replace(result, words=tuple(told))


def _headline(result: Harmonised) -> str:
    protected = f", protecting {listed(result.protected, 'and')}" if result.protected else ", protecting nothing"
    if result.held_out is None:
        return f"{result.batch} was taken out of {counted(len(result.fit.level), 'feature')}{protected}."
    return (
        f"{result.batch} explains a median of {_percent(result.before.median)} of a feature's variance before and "
        f"{_percent(result.held_out.median)} after ComBat, in patients who were not in the fit "
        f"({counted(result.n, 'patient')} in {len(result.fit.batches)} batches{protected})."
    )


def _held_out(result: Harmonised) -> Iterator[str]:
    held_out = result.held_out
    if held_out is None:
        return
    before, after = (int((each.table["q"] < 0.05).sum()) for each in (result.before, held_out))
    yield (
        f"Features with a q below 0.05 against {result.batch}: {before:,} of {result.before.n_tests:,} before, "
        f"{after:,} of {held_out.n_tests:,} in held-out patients after. In the patients of the fit themselves batch "
        "means are equal by construction, so there nothing is tested."
    )


def _kept(kept: Kept) -> str:
    name = f"{kept.label} ({kept.role})"
    found = kept.found
    if found is None:
        return f"What is left of {name} is not known: {kept.state}"
    if found.after < 1 - APART:
        judged = "part of it was taken for batch and removed"
    elif found.after > 1 + APART:
        judged = "more than there is within batches: batch that goes with it is left, or was added"
    else:
        judged = "about what there is within batches"
    return (
        f"Effect of {name} over all patients, as a share of its effect within batches, where no batch can make or hide "
        f"it: {found.before:.2f} before and {found.after:.2f} after, {judged} "
        f"({counted(found.n_known, 'feature')} known to have it, of {found.n_tests:,} tested; {found.n:,} patients)."
    )


def _created(result: Harmonised) -> Iterator[str]:
    found = result.created
    if found is None:
        return
    yield (
        f"With {result.outcome} shuffled within batches, so that nothing is there to be found, "
        f"{_percent(found.as_it_came)} of tests have a p below 0.05 in the values as they came, "
        f"{_percent(found.unprotected)} harmonised as here, and {_percent(found.protected)} if it had been protected "
        f"(5 % is right; {found.n_tests:,} tests). {_judged(found)}"
    )


def _judged(found: FalseFinds) -> str:
    _, plain, protected = found.errors
    if found.protected - max(ERRORS * protected, AWAY) > max(found.level, found.unprotected):
        return "Protecting it would create findings."
    if found.unprotected + max(ERRORS * plain, AWAY) < min(found.level, found.as_it_came):
        return "Unprotected, harmonising costs power to find it, because the batches differ in it."
    return "Harmonising is not shown to create findings of it or to hide them, protected or not."


def _cautions(result: Harmonised) -> Iterator[str]:
    if result.z_scored and not (result.before.table["q"] < 0.05).any():
        yield (
            "The feature set was z-scored before it came here. If that was done within the batches, over patients that "
            "this cohort has only a part of, harmonising again removes what is left by chance."
        )
    few = [f"{name} ({n})" for name, n in zip(result.fit.batches, result.fit.counts, strict=True) if n < FEW_PATIENTS]
    if few:
        yield f"Batches of fewer than {FEW_PATIENTS} patients, whose effects are estimated poorly: {', '.join(few)}."
    if result.fit.left_alone:
        reasons = sorted(set(result.fit.left_alone.values()))
        more = f" and {len(reasons) - 3} more reasons" if len(reasons) > 3 else ""
        yield (f"Left as they are: {counted(len(result.fit.left_alone), 'feature')} ({'; '.join(reasons[:3])}{more}).")
    if result.fit.n_missing:
        yield f"{counted(result.fit.n_missing, 'value')} missing, which stay missing."
    strong = result.fit.associations
    strong = strong[strong["association"] > CONFOUNDED / 2]
    for row in strong.itertuples():
        yield (
            f"{row.variable} ({row.role}) and {result.batch} go together ({row.measure} {row.association:.2f}); above "
            f"{CONFOUNDED:g} harmonisation is refused."
        )


def _percent(share: float) -> str:
    return f"{100 * max(share, 0.0):.1f} %"
