"""A model of several covariates read aloud, by rule: what it shows, and what it does not show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from core.cohort.words import listed
from core.stats.multiplicity import holm
from core.survival.covariates import CATEGORY, INTERACTION, NUMBER, SPLINE
from core.survival.cox_result import CoxModel, CoxRow, CoxTerm
from core.survival.hazard import Ratio
from core.survival.ridge import RidgeModel
from core.survival.words import CLAIMED, DOUBTFUL, p_text, ratio_text
from core.vocabulary import counted

#: With more covariates than this a sentence gives their number instead of their names.
NAMED = 4


def cox_words(model: CoxModel, event: str, units: Mapping[str, str], strata: str) -> tuple[str, ...]:
    """The sentences of a Cox model, the most important first.

    A term is said to matter where its likelihood-ratio test stays below 0.05 after Holm's adjustment over the terms
    tested, a level where its own p also does over the levels of its term, and a direction where the interval excludes
    1 as well.
    """
    tested = [term for term in model.terms if term.lr_p is not None]
    adjusted = dict(zip([term.term for term in tested], holm([term.lr_p for term in tested]).tolist(), strict=True))
    shown = [term for term in tested if adjusted[term.term] < CLAIMED]
    said = [_together(model, event, strata)]
    for term in shown:
        said += _of_term(model, term, event, units, strata)
    said.append(_not_shown([term for term in tested if term not in shown], adjusted, len(model.terms)))
    said += [_bend(model, each.term) for each in shown if each.kind == SPLINE]
    said += [_within(model, term, units) for term in model.terms if term.kind == INTERACTION]
    said += [_proportional(model), ranking(model)]
    return tuple(sentence for sentence in said if sentence)


def _together(model: CoxModel, event: str, strata: str) -> str:
    names = [term.term for term in model.terms if term.kind != INTERACTION]
    verb = "goes" if len(names) == 1 else "go"
    said = f"{verb} with the hazard of {event}"
    if model.lr_p >= CLAIMED:
        said = f"{'is' if len(names) == 1 else 'are'} not shown to go with the hazard of {event}"
    within = f", within strata of {strata}" if strata else ""
    together = "" if len(names) == 1 else " together"
    return (
        f"{_some(names)}{together} {said}{within}: likelihood-ratio test on {model.lr_dof} df, {p_text(model.lr_p)}; "
        f"{_counted(model)}."
    )


def _of_term(model: CoxModel, term: CoxTerm, event: str, units: Mapping[str, str], strata: str) -> Iterable[str]:
    rows = [row for row in model.rows if row.term == term.term]
    tail = f"; {adjusted_for(model, term, strata)}; {_counted(model)}."
    if term.kind == NUMBER:
        (row,) = rows
        unit = f" {units[term.term]}" if units.get(term.term) else ""
        where = f"Per standard deviation ({row.sd:.3g}{unit}) more of {term.term}"
        yield f"{where} the hazard of {event} was {_direction(row)}: {_per_sd(row)}, {p_text(row.p)}{tail}"
    elif term.kind == CATEGORY:
        yield f"{_of_levels(term, rows, event)}{tail}"
    elif term.kind == SPLINE:
        (curve,) = (each for each in model.curves if each.term == term.term)
        unit = f" {units[term.term]}" if units.get(term.term) else ""
        each = curve.quartiles
        yield (
            f"The hazard of {event} changed with {term.term}, {p_text(term.lr_p)}: at the third quartile "
            f"({each.high:.3g}{unit}) against the first ({each.low:.3g}{unit}) {ratio_text(each)}{tail}"
        )
    else:
        yield f"The ratio of one of {term.term} depended on the other: interaction {p_text(term.lr_p)}{tail}"


def _of_levels(term: CoxTerm, rows: list[CoxRow], event: str) -> str:
    adjusted = holm([row.p for row in rows])
    claimed = [row for row, p in zip(rows, adjusted, strict=True) if p < CLAIMED and _direction(row) != "different"]
    if not claimed:
        return (
            f"The hazard of {event} differed between the levels of {term.term}, {p_text(term.lr_p)}, though no single "
            f"level is shown to differ from {term.reference} (reference)"
        )
    parts = [f"{_direction(row)} in {row.level}: {ratio_text(row)}, {p_text(row.p)}" for row in claimed]
    over = f" (Holm over {len(rows)} levels)" if len(rows) > 1 else ""
    return f"Against {term.reference} (reference of {term.term}) the hazard of {event} was {'; '.join(parts)}{over}"


def _direction(row: CoxRow) -> str:
    return "higher" if row.lower > 1 else "lower" if row.upper < 1 else "different"


def _per_sd(row: CoxRow) -> str:
    return ratio_text(Ratio(row.ratio_per_sd, row.lower_per_sd, row.upper_per_sd, row.p, np.nan))


def adjusted_for(model: CoxModel, term: CoxTerm, strata: str) -> str:
    """`adjusted for age and sex, within strata of centre`; an interaction's own parts are not said again."""
    names = [each.term for each in model.terms if each.kind != INTERACTION and each.term not in term.parts]
    said = f"adjusted for {_some(names)}" if names else "unadjusted"
    return f"{said}, within strata of {strata}" if strata else said


def _not_shown(terms: list[CoxTerm], adjusted: Mapping[str, float], count: int) -> str:
    if not terms:
        return ""
    names = listed([f"{term.term} ({p_text(term.lr_p)})" for term in terms], "and")
    over = f" after Holm over {len(adjusted)} terms" if len(adjusted) > 1 else ""
    beside = " beside the others" if count > 1 else ""
    return f"Not shown to matter{beside}{over}: {names}."


def _bend(model: CoxModel, term: str) -> str:
    (curve,) = (each for each in model.curves if each.term == term)
    said = "bends" if curve.nonlinear_p < CLAIMED else "is not shown to bend"
    return f"The curve of {term} {said}: {p_text(curve.nonlinear_p)} against a straight line."


def _within(model: CoxModel, term: CoxTerm, units: Mapping[str, str]) -> str:
    """The first part of an interaction at the values of the other, where they are few enough to be read."""
    found = [each for each in model.effects if each.interaction == term.term and each.of == term.parts[0]]
    if len(found) > NAMED:
        return ""
    unit = f" {units[term.parts[0]]}" if units.get(term.parts[0]) else ""
    parts = []
    for each in found:
        what = each.level or f"per standard deviation ({each.sd:.3g}{unit})"
        parts.append(f"{what} where {each.where} is {each.at} {ratio_text(each)}")
    return f"With the interaction, {term.parts[0]}: {'; '.join(parts)}."


def _proportional(model: CoxModel) -> str:
    if model.ph_global_p is None:
        return "Whether hazards are proportional cannot be tested on these events."
    doubtful = [term for term in model.terms if term.ph_p is not None and term.ph_p < DOUBTFUL]
    known = f"score test of all terms together {p_text(model.ph_global_p)}"
    if doubtful:
        names = listed([f"{term.term} ({p_text(term.ph_p)})" for term in doubtful], "and")
        return f"Hazards may not be proportional for {names}: such a ratio is an average over time; {known}."
    said = "may not be proportional" if model.ph_global_p < DOUBTFUL else "are not shown to be other than proportional"
    return f"Hazards {said}: {known}."


def ranking(model: CoxModel) -> str:
    """How well the model ranks, on its own patients and corrected."""
    if model.c_index is None:
        return "No two patients can be compared, so the model has no c-index."
    pairs = " within a stratum" if model.n_strata > 1 else ""
    said = f"The model ranks pairs of patients{pairs} with c = {model.c_index:.3f}"
    if model.c_index_corrected is None:
        return f"{said} on its own patients, not corrected for optimism."
    return (
        f"{said} on its own patients, {model.c_index_corrected:.3f} less its optimism "
        f"({counted(model.resamples_used, 'sample')})."
    )


def ridge_words(model: RidgeModel, event: str, units: Mapping[str, str], strata: str) -> tuple[str, ...]:
    """The sentences of a penalised model: no claim about a single covariate, for none has an interval."""
    gain = model.curve["cross_validated"].max() - model.null
    within = f", within strata of {strata}" if strata else ""
    said = [
        f"{_some([term.term for term in model.terms])} beside the hazard of {event}{within}, their ratios shrunken: "
        f"{_counted(model)}.",
        f"Penalty {model.penalty:.3g}, chosen by {model.folds}-fold cross-validation: {model.dof:.1f} effective "
        f"degrees of freedom of {model.n_columns}.",
    ]
    if gain > 0:
        largest = sorted(model.rows, key=lambda row: -abs(row.coefficient))[:NAMED]
        parts = [f"{_of_row(row, units)} {row.ratio:.2g}" for row in largest]
        said.append(
            f"In patients left out of the fit it gains {gain:.2g} in log likelihood over no covariate. The ratios "
            f"farthest from 1: {'; '.join(parts)}."
        )
    if model.c_index_left_out is not None and model.c_index is not None:
        said.append(
            f"Patients left out are ranked with c = {model.c_index_left_out:.3f} (the penalty chosen anew without "
            f"them); its own patients with {model.c_index:.3f}."
        )
    return (*said, model.no_interval)


def _of_row(row, units: Mapping[str, str]) -> str:
    if row.sd is None:
        return f"{row.term} {row.level}" if row.level else row.term
    unit = f" {units[row.term]}" if units.get(row.term) else ""
    return f"{row.term} per standard deviation ({row.sd:.3g}{unit})"


def _counted(model) -> str:
    return f"n = {model.n:,}, {counted(model.n_events, 'event')}"


def _some(names: list[str]) -> str:
    return listed(names, "and") if len(names) <= NAMED else f"{len(names)} covariates"
