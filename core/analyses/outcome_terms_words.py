"""What may be said of a data-driven model of an outcome: what it holds for others, and what it adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.analyses.dose_choices import left_out_text
from core.radiogenomics.left_out import HeldOut
from core.vocabulary import counted, listed

if TYPE_CHECKING:
    from core.analyses.outcome_terms import OutcomeTerms

#: A gain of the log-likelihood per patient, or of the AUC, that is worth a word.
WORTH = 0.01


def terms_words(result: OutcomeTerms) -> tuple[str, ...]:
    """The sentences, the most important first."""
    found = result.found
    chosen = [term.name for term in found.terms if not term.kept]
    said = [_headline(result, chosen)]
    if found.held_out is not None:
        said.append(_outside(found.held_out, found.held_out_kept))
    if found.kept and found.held_out is not None:
        said.append(_added(found.held_out, found.held_out_kept))
    said += found.notes
    shaky = [f"{term.name} ({term.share:.0%})" for term in found.terms if not term.kept and term.share < 0.5]
    if shaky:
        said.append(
            f"Chosen in fewer than half of the {found.resamples_used} samples: {listed(shaky, 'and')}. Others would do "
            "about as well, so do not read meaning into the choice."
        )
    for names, why in (
        (found.constant, "the same for everybody"),
        (found.infinite, "carried by patients of one outcome only"),
    ):
        if names:
            said.append(f"Left out as a candidate, being {why}: {listed(names, 'and')}.")
    said.append(found.no_interval)
    said.append(left_out_text(result.left_out, result.n_cohort))
    return tuple(sentence for sentence in said if sentence)


def _headline(result: OutcomeTerms, chosen: list[str]) -> str:
    found = result.found
    n = f"n = {result.n:,}, {counted(result.n_events, 'event')}, {counted(len(found.candidates), 'candidate')}"
    beside = f" beside {listed(found.kept, 'and')}" if found.kept else ""
    if not chosen:
        return f"{result.event}: no term was chosen{beside} ({n})."
    return f"{result.event}: {counted(len(chosen), 'term')} chosen{beside}: {listed(chosen, 'and')} ({n})."


def _outside(held: HeldOut, kept: HeldOut | None) -> str:
    slope = f", calibration slope {held.calibration_slope:.2f}" if held.calibration_slope is not None else ""
    alone = f"; the terms in every model alone {kept.auc:.2f}" if kept is not None else ""
    return (
        f"Patients left out, the search repeated without them: AUC {held.auc:.2f}{alone}; Brier score {held.brier:.3f} "
        f"(the share of events alone: {held.brier_null:.3f}){slope}."
    )


def _added(held: HeldOut, kept: HeldOut | None) -> str:
    assert kept is not None
    area, likely = held.auc - kept.auc, held.log_likelihood - kept.log_likelihood
    both = f"AUC {area:+.2f}, log-likelihood per patient {likely:+.3f}"
    if likely > WORTH and area > WORTH:
        return f"Added to the terms in every model, in patients left out: {both}. Five parts give this no interval."
    return f"What was chosen adds nothing that patients left out would show ({both}): a null result."
