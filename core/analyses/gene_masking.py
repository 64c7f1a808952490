"""Which gene sets are enough for the networks to rank held-out patients?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from core.analyses.base import Analysis
from core.analyses.expression_network import ExpressionNetworks
from core.analyses.gene_masking_words import masking_words
from core.analyses.parameters import Choice, Number, options, parameter
from core.compute import Progress, part, quiet
from core.radiogenomics.gene_masking import ADD_SETS, NO_SETS, MaskedSets, masked_sets
from core.radiogenomics.sealed_folds import whole

HELD_OUT, PUBLISHED = "held_out", "published"


@dataclass(frozen=True, eq=False)
class GeneMasking:
    """What the masks of `found` are of: `measure` is "AUC" or "Spearman". `held_out_scores` (by output and set) are
    beside those of the training patients, where those were asked for."""

    label: str
    kind: str
    levels: tuple[str, ...]
    measure: str
    chance: float
    found: MaskedSets
    n_cohort: int
    n_sets: int
    how: str
    held_out_scores: pd.DataFrame | None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MaskingOfSets(Analysis):
    name = "gene_masking"
    title = "Gene masking"
    question = "Which gene sets are enough for the networks to rank patients that they have not seen?"
    method = (
        "Keep-only masking: a trained network is shown the genes of one set, all others at the mean of the training "
        "patients; nothing is trained again. Every patient is scored by networks that did not see it, and compared "
        "with patients held out by the same fold: area under the curve, or Spearman's correlation. p = (b + 1) / "
        "(m + 1) against m random sets of as many measured genes, Benjamini-Hochberg over all sets and classes; a set "
        "is found when its own 95 % interval lies above chance as well. Sets without "
        "a measured gene are not scored. As published: networks scored on the patients they were trained on, without "
        "a null."
    )
    sources = (
        "Smedley, Aberle and Hsu 2021, J Med Imaging 8(3), https://www.ncbi.nlm.nih.gov/pmc/articles/PMC8105647/",
        "Goeman and Bühlmann 2007, doi:10.1093/bioinformatics/btm051",
        "Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x",
    )
    pages = ("Gene_masking",)
    rank = 20

    how: str = parameter(
        Choice(
            "Scored on",
            "As published, sets are scored on the very patients that the networks were trained on.",
            options=options((HELD_OUT, "held-out patients"), (PUBLISHED, "the training patients, as published")),
        )
    )
    draws: int | None = parameter(
        Number(
            "Random sets",
            "Of each size. With 1,000 one set among 50 can reach q = 0.05.",
            low=200,
            high=10000,
            step=100,
            default=1000,
            whole=True,
            when=lambda values: values["how"] == HELD_OUT,
        )
    )
    level: float = parameter(
        Number("Found below q", "Share of false discoveries allowed.", low=0.01, high=0.25, step=0.01, default=0.05)
    )
    seed: int = parameter(Number("Seed", "Of the random sets.", low=0, high=9999, step=1, default=0, whole=True))

    def needs(self, context):
        return (context.analysis("expression_network"),)

    def read(self, context):
        from core.errors import NotEstimable

        sets = context.store.gene_sets()
        if not sets:
            raise NotEstimable(NO_SETS, ADD_SETS)
        network = context.analysis("expression_network")
        return network, context.result(network), network.read(context), sets

    def __call__(self, data, progress: Progress = quiet):
        network, found, shown, sets = data
        networks, others = found.networks, None
        if self.how == PUBLISHED:
            others = masked_sets(networks, found.genes, sets, in_sample=True).table[["output", "set", "score"]]
            everybody = whole(found.n)
            networks = network.trained(shown, found.target, everybody, part(progress, 0.0, 0.8))
        masks = masked_sets(
            networks,
            found.genes,
            sets,
            draws=self.draws or 0,
            seed=self.seed,
            level=self.level,
            in_sample=self.how == PUBLISHED,
            progress=progress,
        )
        result = masking_of(found, masks, len(sets), self.how, others)
        return replace(result, words=masking_words(result))


def masking_of(
    found: ExpressionNetworks, masks: MaskedSets, n_sets: int, how: str, others: pd.DataFrame | None
) -> GeneMasking:
    """The masks with what they are of."""
    number = found.target.is_number
    return GeneMasking(
        label=found.label,
        kind=found.target.kind,
        levels=found.target.levels,
        measure="Spearman" if number else "AUC",
        chance=0.0 if number else 0.5,
        found=masks,
        n_cohort=found.n_cohort,
        n_sets=n_sets,
        how=how,
        held_out_scores=others,
    )
