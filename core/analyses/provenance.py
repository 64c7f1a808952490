"""What a reader must know of where the numbers come from: earlier or damaged editions, and what every export says."""

from __future__ import annotations

from core.analyses.context import Context
from core.analyses.opening import page_analyses, page_link
from core.errors import CohortscopeError

SYNTHETIC = "Synthetic demonstration data"


def is_synthetic(page: str, context: Context) -> bool:
    """Whether anything on the page comes from made-up data: the study's own, or a network borrowed from another."""
    studies = {context.view.study}.union(*(each.all_studies(context) for each in page_analyses(page, context)))
    return any(context.elsewhere(study).catalogue.study.synthetic for study in studies)


def export_notes(page: str, context: Context) -> list[str]:
    """The lines that stand above every exported table: whose data, which patients with n, and the link."""
    catalogue, cohort = context.catalogue, context.cohort
    who = f"{cohort.english(catalogue)}; n = {context.store.count(cohort)} of {catalogue.n_patients}"
    lines = [SYNTHETIC] if is_synthetic(page, context) else []
    if context.features is not None:
        who += f"; features: {context.features.label} ({context.features.effect(context.store.catalogue)})"
    return [*lines, f"{catalogue.study.name}: {who}", f"Edition {catalogue.fingerprint}", page_link(page, context)]


def notices(context: Context) -> list[str]:
    """What the reader must know about the data: the link is from an earlier edition, or an edition is damaged."""
    texts = []
    for study, fingerprint in context.view.editions:
        store = context.elsewhere(study)
        if store.fingerprint.startswith(fingerprint):
            continue
        if study != context.view.study:
            texts.append(f"This link was made from an earlier edition of {store.catalogue.study.name}.")
            continue
        now = store.count(context.cohort)
        then = _count_then(context, fingerprint)
        before = (
            f"{then} patients then, {now} now"
            if then is not None
            else f"that edition is no longer kept; {now} patients now"
        )
        texts.append(f"This link was made from an earlier edition of the data: {before}.")
    if context.store.notice:
        texts.append(context.store.notice)
    return texts


def _count_then(context: Context, fingerprint: str) -> int | None:
    try:
        return context.library.open(context.view.study, fingerprint).count(context.cohort)
    except (CohortscopeError, KeyError):  # the edition is gone, or did not have these columns
        return None
