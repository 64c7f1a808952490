"""What a ladder of nested models shows of the items of a checklist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.analyses.checklist_reported import Reported
from core.stats.per_coefficient import per_coefficient
from core.survival.words import p_text
from core.vocabulary import counted, listed

if TYPE_CHECKING:
    from core.analyses.ladder import AddedValue


def ladder_reported(result: AddedValue) -> Reported:
    """The sentences about clinical, radiomic and genomic blocks; `leaks` is not known from the result."""
    found = result.ladder
    largest = max(found.rungs, key=lambda rung: rung.n_candidates)
    radiomic = any("radiomic" in rung.blocks for rung in found.rungs)
    measured = [rung for rung in found.rungs if rung.left_out is not None and rung.left_out.harrell.value is not None]
    ranks = [
        f"{rung.name} c {rung.left_out.harrell.value:.2f} ({rung.left_out.harrell.lower:.2f} to "
        f"{rung.left_out.harrell.upper:.2f})"
        for rung in measured
    ]
    slopes = [
        f"{name} {each.slope:.2f} ({each.slope_lower:.2f} to {each.slope_upper:.2f})"
        for name, each in result.calibration.items()
        if each.slope is not None
    ]
    steps = [
        f"{step.name} against {step.below} {p_text(step.p_adjusted)}" for step in found.steps if step.p is not None
    ]
    resampled = f"{found.samples} bootstrap samples, each tried on the patients it left out"
    counts = f"{result.n:,} of {counted(result.n_cohort, 'patient')}, {result.n_events:,} events"
    chosen = largest.n_candidates > largest.n_coefficients
    return Reported(
        outcome=f"{result.endpoint}: {counts}.",
        n=f"{counts}, the same in every model.",
        candidates=f"{counted(largest.n_candidates, 'column')} in the largest model: {_some(result.markers)}.",
        handling="columns are chosen and scaled within each training set" if chosen else "",
        missing="Patients who lack any covariate are left out of all models and counted, with the reason.",
        model=f"nested Cox models: {listed([rung.name for rung in found.rungs], 'and')}",
        validation=f"{resampled}; everything is fitted and chosen within the sample",
        kind="TRIPOD type 1b (development, with resampling)",
        measures="Harrell's and Uno's c, integrated Brier score, areas at fixed times, calibration",
        output="risks at fixed times; no threshold is set",
        reduction="columns chosen within each training set" if chosen else "",
        confounders="the clinical block is in every model",
        discrimination="; ".join(ranks),
        resampled=resampled if ranks else "",
        calibration=f"slope out of fold: {'; '.join(slopes)}" if slopes else "",
        calibration_resampled=f"{result.folds} folds" if slopes else "",
        risk="the risk is continuous; no cut was searched" if radiomic else "",
        clinical="clinical covariates alone, and with the radiomic block" if radiomic else "",
        comparison="; ".join(steps) + (f" (Holm over {counted(len(steps), 'step')})" if len(steps) > 1 else ""),
        predictions="risks of patients whom the model was not fitted on, fold by fold" if slopes else "",
        per_coefficient=per_coefficient(result.n_events, largest.n_candidates).words,
        imaging=radiomic,
        interval=bool(ranks),
    )


def _some(names: tuple[str, ...], most: int = 8) -> str:
    return listed([*names[:most], *([f"{len(names) - most} more"] if len(names) > most else [])], "and")
