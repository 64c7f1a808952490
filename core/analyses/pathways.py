"""Gene sets in the ranking of genes that an imaging feature gives."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.analyses.base import Analysis
from core.analyses.parameters import Choice, Many, Number, Option, options, parameter
from core.analyses.pathway_result import PathwayScreen
from core.analyses.pathway_words import pathway_words
from core.analyses.radiogenomic_result import EXPRESSION
from core.compute import Progress, quiet
from core.errors import NotEstimable, Refused
from core.radiogenomics.enrichment import GENES, PATIENTS
from core.radiogenomics.enrichment_patients import FeatureEnrichment, feature_enrichment
from core.radiogenomics.enrichment_score import leading_edge
from core.radiogenomics.representative import representatives
from core.radiogenomics.telling import side_by_side

REPRESENTATIVE, CHOSEN, ALL = "representative", "chosen", "all"


def _features(scope) -> tuple[Option, ...]:
    try:
        screen = scope.context.analysis("gene_screen")
    except Refused:  # what is wrong with the screen is said once, by the screen
        return ()
    chosen = scope.context.catalogue.feature_sets[screen.features]
    return tuple(Option(each.name, each.label or each.name) for each in chosen.features)


@dataclass(frozen=True, kw_only=True)
class Pathways(Analysis):
    name = "pathways"
    title = "Pathways"
    question = "Which gene sets stand at one end of the genes, when these are ranked by an imaging feature?"
    method = (
        "All genes are ranked by their rank correlation with the feature (partial where the screen is adjusted), and "
        "each gene set gets the enrichment score of GSEA with weight 1. Corrected, the default: the feature's values "
        "are exchanged between patients and all correlations made anew, so that genes that go together still do; p is "
        "the share of scores at least as far from 0, each as a multiple of the mean of its sign. As usually published: "
        "pre-ranked GSEA, which exchanges genes as if they were independent of each other (gseapy). Benjamini-Hochberg "
        "over all features and sets tested. A gene that some patients lack stands at its mean rank for these."
    )
    sources = (
        "Subramanian et al. 2005, doi:10.1073/pnas.0506580102",
        "Wu and Smyth 2012, doi:10.1093/nar/gks461",
        "Freedman and Lane 1983, doi:10.2307/1391660",
        "Fang, Liu and Peltz 2023 (gseapy), doi:10.1093/bioinformatics/btac757",
        "Singh, Chitalia and Kontos 2021, section 1, https://pmc.ncbi.nlm.nih.gov/articles/PMC8212946",
    )
    pages = ("Radiogenomics",)
    rank = 20
    slow = True

    which: str = parameter(
        Choice(
            "Features",
            "One per family and filter: the feature most like the others of it, chosen without a look at genes.",
            options=options(
                (REPRESENTATIVE, "one per family"), (CHOSEN, "those you choose"), (ALL, "all, which takes longer")
            ),
        )
    )
    chosen: tuple[str, ...] | None = parameter(
        Many(
            "Chosen features",
            "Each is tested against every gene set.",
            options=_features,
            default=(),
            most=40,
            when=lambda values: values["which"] == CHOSEN,
        )
    )
    null: str = parameter(
        Choice(
            "Exchanged at random",
            "Patients keep how genes go together. Genes is how it is usually published, and too sure.",
            options=options((PATIENTS, "patients (corrected)"), (GENES, "genes (as usually published)")),
        )
    )
    permutations: int = parameter(
        Number("Permutations", "Per feature.", low=500, high=20_000, step=500, default=2_000, whole=True)
    )
    smallest: int = parameter(
        Number("Fewest genes of a set", "Of those measured.", low=2, high=100, step=1, default=5, whole=True)
    )
    largest: int = parameter(
        Number("Most genes of a set", "Of those measured.", low=10, high=2_000, step=10, default=500, whole=True)
    )
    q: float = parameter(
        Number("Found below q", "Share of false discoveries allowed.", low=0.01, high=0.25, step=0.01, default=0.05)
    )
    seed: int = parameter(Number("Seed", "Of the permutations.", low=0, high=99999, step=1, default=0, whole=True))

    def needs(self, context):
        return (context.analysis("gene_screen"),)

    def read(self, context):
        if not context.catalogue.expression_genes:
            raise NotEstimable(
                "This study has no expression of genes, so none can be ranked.",
                "Choose another study, or import expression with it.",
            )
        (screen,) = self.needs(context)
        return screen.read_as(context, EXPRESSION), context.store.gene_sets()

    def __call__(self, data, progress: Progress = quiet):
        read, sets = data
        if not len(read.features):
            raise NotEstimable(
                f"None of the {read.n_measured:,} patients with imaging features has expression.", "Widen the cohort."
            )
        names = self._names(read.features, read.kinds)
        found = feature_enrichment(
            read.features[names],
            read.genes,
            sets,
            adjust=read.adjust,
            strata=None if read.strata is None else read.strata.to_numpy(),
            null=self.null,
            permutations=self.permutations,
            seed=self.seed,
            smallest=self.smallest,
            largest=self.largest,
            progress=progress,
        )
        tested = np.flatnonzero(~np.isnan(found.p).all(axis=1))
        nes = found.nes[tested]
        result = PathwayScreen(
            enrichment=found,
            table=_table(found, read.families, self.q),
            of=read.of,
            q=self.q,
            n_found=int((found.q < self.q).sum()),
            smallest_q=min(1.0, found.n_tests / (self.permutations + 1)),
            rows=tuple(int(row) for row in tested[side_by_side(nes)]),
            columns=tuple(int(column) for column in side_by_side(nes.T)),
            chosen={
                REPRESENTATIVE: "of each family and filter the one most like the others, no gene looked at",
                CHOSEN: "those chosen",
                ALL: "all of them",
            }[self.which],
            n_all=read.features.shape[1],
            n_cohort=read.n_cohort,
            n_both=len(read.features),
            adjust=found.adjust,
            strata=read.strata_label,
            families=read.families,
        )
        return replace(result, words=pathway_words(result))

    def _names(self, features: pd.DataFrame, kinds: dict[str, str]) -> list[str]:
        if self.which == ALL:
            return list(features.columns)
        if self.which == REPRESENTATIVE:
            names = representatives(features, kinds)
            if not names:
                raise NotEstimable("Every feature is constant in these patients.", "Widen the cohort.")
            return names
        names = [name for name in self.chosen if name in features.columns]
        if not names:
            raise NotEstimable("No feature is chosen.", "Choose at least one, or one per family.")
        return names


def _table(found: FeatureEnrichment, families: dict[str, str], q: float) -> pd.DataFrame:
    """Every test, the smallest p first."""
    rows = []
    for i, feature in enumerate(found.features):
        scores = pd.Series(found.scores[i], index=found.genes)
        for j, name in enumerate(found.sets):
            if np.isnan(found.p[i, j]):
                continue
            edge = leading_edge(scores, list(found.members[name]))
            numbers = [float(values[i, j]) for values in (found.es, found.nes, found.p, found.q)]
            kind = families.get(feature, "")
            size = found.sizes[name], len(found.members[name])
            rows.append((feature, kind, name, *size, int(found.n[i]), *numbers, numbers[-1] < q, ", ".join(edge)))
    columns = ["feature", "family", "set", "size", "present", "n", "es", "nes", "p", "q", "found", "leading_edge"]
    table = pd.DataFrame(rows, columns=columns)
    order = table.assign(far=-table["nes"].abs().round(10)).sort_values(["p", "far", "feature", "set"], kind="stable")
    return table.loc[order.index].reset_index(drop=True)
