"""Which covariates stand for the clinic, the images and the genes, and who has all of them?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses import choices, cox_covariates
from core.analyses.base import Analysis
from core.analyses.blocks_read import MOST_OF_A_SIGNATURE, GenomicChoices, genomic_table, radiomic_table
from core.analyses.blocks_result import CLINICAL, GENOMIC, RADIOMIC, BlocksRead, same_patients
from core.analyses.cox_covariates import EACH, MAIN, Covariate
from core.analyses.marker import STAGES, main_stage, main_stages
from core.analyses.parameters import Choice, Flag, Many, Number, Scope, options, parameter
from core.compute import quiet
from core.errors import NotEstimable
from core.network.screening import volume_feature

NAMED, SIGNATURE, NOTHING = "named", "signature", "none"
#: Attributes that are molecular by their name: the genotypes chosen unasked.
MOLECULAR = ("idh", "mgmt", "1p19q", "codel", "egfr", "kras", "tert", "braf")


def _radiomic_default(scope: Scope) -> str:
    return NAMED if scope.context.catalogue.feature_sets else NOTHING


def _first_feature(scope: Scope) -> tuple[str, ...]:
    """The volume, or where none is known by its name the first feature."""
    names = scope.context.catalogue.feature_sets[scope.values["feature_set"]].names
    return (volume_feature(names) or names[0],)


def _genotypes(scope: Scope) -> tuple[str, ...]:
    names = [option.value for option in choices.categories(scope)]
    found = [name for name in names if name.lower().startswith(MOLECULAR[:2])]
    return tuple(found[:2])


def _genes(scope: Scope) -> tuple[str, ...]:
    """The gene most often mutated, where no attribute is molecular."""
    return () if scope.values["genotypes"] else scope.context.catalogue.mutation_genes[:1]


def _gene_sets(scope: Scope):
    catalogue = scope.context.catalogue
    return options(*catalogue.gene_sets) if catalogue.expression_genes else ()


def _radiomic(*kinds: str):
    return lambda values: values["radiomic"] in kinds


@dataclass(frozen=True, kw_only=True)
class Blocks(Analysis):
    name = "blocks"
    title = "Blocks of covariates"
    question = "Which covariates stand for the clinic, the images and the genes, and who has all of them?"
    method = (
        "Clinical, radiomic and genomic covariates are named beforehand, or the radiomic block is a signature: so many "
        "features of the set, chosen inside every training set. Patients who lack any covariate are left out of every "
        "model, and counted; nothing is imputed. A gene is mutated or wild type among patients profiled for it; a "
        "gene set is the mean rank of its genes within the patient. Levels with fewer than 5 patients or no event "
        "leave with their patients."
    )
    sources = ("Foroutan et al. 2018, doi:10.1186/s12859-018-2435-4",)
    pages = ("Survival",)
    rank = 50

    clinical: tuple[str, ...] = parameter(
        Many(
            "Clinical",
            "The attributes that every model contains: what is known without images and genes.",
            options=choices.comparable,
            default=cox_covariates.usual,
            most=8,
        )
    )
    radiomic: str = parameter(
        Choice(
            "Radiomic",
            "Features named beforehand can be tested. A signature is chosen by looking at the outcome, anew in every "
            "training set, and only patients left out can tell what it is worth.",
            options=lambda scope: options(
                *(
                    ((NAMED, "named features"), (SIGNATURE, "a signature of the whole set"))
                    if scope.context.catalogue.feature_sets
                    else ()
                ),
                (NOTHING, "none"),
            ),
            default=_radiomic_default,
        )
    )
    feature_set: str | None = parameter(
        Choice(
            "Feature set",
            "Where the features were measured.",
            options=choices.feature_sets,
            when=_radiomic(NAMED, SIGNATURE),
        )
    )
    setting: str | None = parameter(
        Choice(
            "Setting",
            "The acquisition setting.",
            options=choices.settings_of("feature_set"),
            when=_radiomic(NAMED, SIGNATURE),
        )
    )
    features: tuple[str, ...] | None = parameter(
        Many(
            "Features",
            "Named before looking at this outcome: the volume unless chosen here.",
            options=choices.features_of("feature_set"),
            default=_first_feature,
            most=8,
            when=_radiomic(NAMED),
        )
    )
    signature: int | None = parameter(
        Number(
            "Features in the signature",
            "In every training set those are chosen that tell most beside the clinical block, none like one before it "
            "(correlation below 0.7).",
            low=1,
            high=MOST_OF_A_SIGNATURE,
            step=1,
            default=3,
            whole=True,
            when=_radiomic(SIGNATURE),
        )
    )
    genotypes: tuple[str, ...] = parameter(
        Many(
            "Genotypes",
            "Attributes that were read from the tumour's genes, such as IDH or MGMT.",
            options=choices.categories,
            default=_genotypes,
            most=6,
        )
    )
    genes: tuple[str, ...] = parameter(
        Many(
            "Mutated genes",
            "Mutated against wild type among patients profiled for the gene.",
            options=choices.mutation_genes,
            default=_genes,
            most=8,
        )
    )
    expression: tuple[str, ...] = parameter(
        Many(
            "Expressed genes",
            "How strongly a gene is expressed, per standard deviation.",
            options=choices.expression_genes,
            default=(),
            most=8,
        )
    )
    gene_sets: tuple[str, ...] = parameter(
        Many(
            "Gene sets",
            "The mean rank of the set's genes among all genes measured in the patient, from 0 to 1.",
            options=_gene_sets,
            default=(),
            most=8,
        )
    )
    levels: str = parameter(
        Choice(
            "Sub-stages",
            "Main stages join IVA and IVB to IV; else each is a level by itself.",
            options=options((MAIN, "main stages"), (EACH, "each level")),
        )
    )
    rare: bool = parameter(
        Flag(
            "Leave out rare levels",
            "Levels with fewer than 5 patients or no event leave the models with their patients, counted.",
            default=True,
        )
    )

    def needs(self, context):
        return (context.analysis("follow_up"),)

    def read(self, context):
        followed = context.result(context.analysis("follow_up"))
        patients, catalogue = followed.outcomes.index, context.catalogue
        both = [name for name in self.clinical if name in self.genotypes]
        if both:
            raise NotEstimable(
                f"{both[0]} is chosen as clinical and as a genotype: nothing would be added by it.",
                "Remove it from one of the two.",
            )
        covariates, clinical = self._attributes(context, patients)
        tables, states = {CLINICAL: clinical}, {}
        if self.radiomic == NOTHING:
            known = catalogue.feature_sets
            states[RADIOMIC] = "No feature is chosen." if known else "This study has no imaging features."
        else:
            tables[RADIOMIC] = radiomic_table(
                context, self.feature_set, self.setting, self.features if self.radiomic == NAMED else None, patients
            )
        wanted = GenomicChoices(self.genotypes, self.genes, self.expression, self.gene_sets)
        if wanted.any():
            tables[GENOMIC] = genomic_table(context, wanted, patients)
        else:
            known = catalogue.mutation_genes or catalogue.expression_genes
            states[GENOMIC] = "Nothing genomic is chosen." if known else "This study has no genomics."
        if len(tables) == 1:
            raise NotEstimable(
                f"Nothing is added to the clinical block. {states[RADIOMIC]} {states[GENOMIC]}",
                "Choose a feature, a genotype, a gene or a gene set.",
            )
        return BlocksRead(followed, _distinct(tables), covariates, states)

    def _attributes(self, context, patients: pd.Index) -> tuple[tuple[Covariate, ...], pd.DataFrame]:
        if not self.clinical:
            raise NotEstimable("No clinical covariate is chosen.", "Choose at least one: what is added needs a base.")
        known = context.catalogue.attributes
        values = context.store.patients(context.cohort, list(self.clinical)).reindex(patients)
        table, found = {}, []
        for name in self.clinical:
            each, column = known[name], values[name]
            coarse = self.levels == MAIN and each.role in STAGES
            levels = main_stages(each.levels) if coarse else each.levels
            column = column.map(main_stage, na_action="ignore") if coarse else column
            label = each.label or each.name
            label = label if label not in table else name
            found.append(Covariate(f"attribute:{name}", label, each.type, each.unit, levels))
            table[label] = (
                column.astype(float)
                if each.type == "number"
                else pd.Series(pd.Categorical(column, categories=levels), index=patients)
            )
        return tuple(found), pd.DataFrame(table, index=patients)

    def __call__(self, data: BlocksRead, progress=quiet):
        return same_patients(data, self.signature or 0, self.feature_set or "", self.rare)


def _distinct(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Columns of two blocks with one label get the block's name before it."""
    labels = [name for table in tables.values() for name in table.columns]
    return {
        block: table.rename(columns={name: f"{block} {name}" for name in table.columns if labels.count(name) > 1})
        if block != CLINICAL
        else table
        for block, table in tables.items()
    }
