"""What a report on batches says, in sentences: the first is the headline."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from core.stats.harmonise import FEW_PATIENTS
from core.survival.words import p_text
from core.vocabulary import counted, listed

if TYPE_CHECKING:
    from core.analyses.batch import BatchReport


def batch_words(report: BatchReport) -> BatchReport:
    """The report with its sentences."""
    return dataclasses.replace(report, words=(_headline(report), *_told(report), *_cautions(report)))


def _headline(report: BatchReport) -> str:
    n = report.variance.n_tests
    beside = f" beside {listed(report.protected, 'and')}" if report.protected else ""
    share = report.variance.median
    if not n:
        return f"No feature varies enough to be tested against {report.batch}."
    return (
        f"{report.batch} explains a median of {100 * max(share, 0):.1f} % of the variance of {counted(n, 'feature')}"
        f"{beside}; {report.n_found:,} of them have a q below 0.05 (F test, Benjamini-Hochberg over "
        f"{counted(n, 'test')}; {counted(report.n, 'patient')})."
    )


def _told(report: BatchReport):
    found = report.predictable
    if found is None:
        return
    sure = "more than" if found.p < 0.05 else "not shown to be more than"
    yield (
        f"From all features together {report.batch} is told right in {100 * found.balanced_accuracy:.0f} % of held-out "
        f"patients, averaged over {len(found.table)} batches, where chance gives {100 * found.chance:.0f} %: {sure} "
        f"chance (permutation {p_text(found.p)}, {found.permutations} shuffles). Of all patients, "
        f"{100 * found.accuracy:.0f} % are told right; naming the largest batch for everybody gives "
        f"{100 * found.largest:.0f} %."
    )
    if found.balanced_accuracy > found.null_q95 and report.n_found == 0:
        yield (
            "No single feature shows it, so what differs between the batches is how features go together: moving and "
            "stretching each feature by itself, as ComBat does, cannot take that out."
        )


def _cautions(report: BatchReport):
    if report.standardised:
        yield (
            "Every feature has the same mean and spread in every batch: the values were z-scored within "
            f"{report.batch} before they came here. With the batch, the differences between the patients of the "
            "batches are gone too, and held-out patients may be told worse than by chance."
        )
    few = [f"{name} ({n})" for name, n in report.variance.counts.items() if n < FEW_PATIENTS]
    if few:
        yield f"Fewer than {FEW_PATIENTS} patients: {', '.join(few)}; what is estimated from them is poor."
    found = report.predictable
    if found is not None and len(found.left_out):
        small = ", ".join(f"{name} ({n})" for name, n in found.left_out.items())
        yield f"Too small to be told: {small}."
    if report.components is not None and report.components.left_out:
        yield f"{counted(len(report.components.left_out), 'feature')} with gaps or of one value are not in the picture."
    if not report.protected:
        yield (
            "Batches also differ by their patients: what is explained here may be biology. Protect the covariates in "
            "which the batches differ."
        )
