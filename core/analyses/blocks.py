"""Which covariates stand for the clinic, the images and the genes, and who has all of them?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses import choices, cox_covariates
from core.analyses.base import Analysis
from core.analyses.blocks_read import MOST_OF_A_SIGNATURE, GenomicChoices, genomic_table, radiomic_table
from core.analyses.cox_covariates import EACH, MAIN, Covariate
from core.analyses.cox_modelled import Asked, cautions_of
from core.analyses.follow_up import Followed
from core.analyses.marker import STAGES, main_stage, main_stages
from core.analyses.parameters import Choice, Flag, Many, Number, Scope, options, parameter
from core.compute import quiet
from core.errors import NotEstimable
from core.network.screening import volume_feature
from core.survival.blocks import Block
from core.survival.covariates import complete
from core.survival.limits import FEWEST_PATIENTS
from core.survival.outcome import Outcome
from core.survival.partial import Patients
from core.survival.rare import something_left, without_rare

CLINICAL, RADIOMIC, GENOMIC = "clinical", "radiomic", "genomic"
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


@dataclass(frozen=True, eq=False)
class BlocksRead:
    """A table per block, a row per patient of the cohort; `states` says why a block has none."""

    followed: Followed
    tables: dict[str, pd.DataFrame]
    covariates: tuple[Covariate, ...]
    states: dict[str, str]


@dataclass(frozen=True, eq=False)
class BlocksOf:
    """The same patients for every model of the ladder.

    tables     clinical, radiomic and genomic as far as they were chosen: complete, a row per patient
    states     why there is no radiomic or genomic block, under its name
    counts     block, n, n_events: who has an outcome, who each block as well, and who all of them
    left_out   reason, n: patients of the cohort who are in no model; one may have several reasons
    signature  0, or how many radiomic columns are to be chosen inside each training set
    """

    endpoint: str
    time_unit: str
    origin: str
    tables: dict[str, pd.DataFrame]
    signature: int
    feature_set: str
    states: dict[str, str]
    counts: pd.DataFrame
    left_out: pd.DataFrame
    rare: pd.DataFrame
    cautions: tuple[str, ...]
    followed: Followed
    n_cohort: int
    n: int
    n_events: int

    @property
    def patients(self) -> Patients:
        """Times, events and one stratum of those with every block."""
        outcomes = self.followed.outcomes.loc[self.tables[CLINICAL].index]
        event = outcomes["event"].to_numpy(dtype=float) == 1
        return Patients(outcomes["time"].to_numpy(dtype=float), event, np.zeros(len(outcomes), dtype=int))

    def block(self, name: str) -> Block:
        """A block as the models take it; raises `NotEstimable` where there is none."""
        if name not in self.tables:
            raise NotEstimable(self.states[name])
        if name == RADIOMIC and self.signature:
            return Block.signature(name, self.tables[name], self.signature)
        return Block.of(name, self.tables[name])

    @property
    def added(self) -> tuple[Block, ...]:
        """The radiomic and the genomic block, as far as there are any."""
        return tuple(self.block(name) for name in (RADIOMIC, GENOMIC) if name in self.tables)

    @property
    def markers(self) -> tuple[str, ...]:
        """The names of everything in the models."""
        return tuple(str(name) for table in self.tables.values() for name in table.columns)


@dataclass(frozen=True, kw_only=True)
class Blocks(Analysis):
    name = "blocks"
    title = "Blocks of covariates"
    question = "Which covariates stand for the clinic, the images and the genes, and who has all of them?"
    method = (
        "Clinical, radiomic and genomic covariates are named beforehand, or the radiomic block is a signature: so many "
        "features of the set, chosen inside every training set. Patients who lack any covariate are left out of every "
        "model, and counted; nothing is imputed. A gene is mutated or wild type among patients profiled for it; a "
        "gene set is the mean rank of its genes within the patient. Levels with fewer than 5 patients or no event leave with "
        "their patients."
    )
    sources = ("Foroutan et al. 2018, BMC Bioinformatics 19:404",)
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
        followed = data.followed
        endpoint, outcomes = followed.endpoint, followed.outcomes
        outcome = Outcome.of(outcomes["time"], outcomes["event"], endpoint.time_unit, endpoint.origin)
        together = pd.concat(data.tables.values(), axis=1)
        screened = together if self.radiomic != SIGNATURE else together.drop(columns=data.tables[RADIOMIC].columns)
        known = pd.DataFrame({name: complete(table).all(axis=1) for name, table in data.tables.items()})
        placed = None if self.radiomic != SIGNATURE else np.where(known[RADIOMIC], "all", None)
        entered, rare = without_rare(outcome, screened, placed, FEWEST_PATIENTS if self.rare else None)
        something_left(entered, rare)
        used = complete(entered).all(axis=1).to_numpy() & outcome.kept & known.all(axis=1).to_numpy()
        if not used.any():
            raise NotEstimable(
                "No patient has an outcome and every covariate.",
                f"Choose covariates that the same patients have: {_each_known(known, outcome)}.",
            )
        tables = {
            name: _as_used(entered if set(table.columns) <= set(entered.columns) else together, table, used)
            for name, table in data.tables.items()
        }
        event = outcomes["event"].to_numpy(dtype=float, na_value=np.nan) == 1
        clinical = Asked(followed, data.covariates, data.tables[CLINICAL], None, "")
        return BlocksOf(
            endpoint=endpoint.label or endpoint.name,
            time_unit=endpoint.time_unit,
            origin=endpoint.origin,
            tables=tables,
            signature=self.signature or 0,
            feature_set=self.feature_set or "",
            states=data.states,
            counts=_counts(known, outcome, event, used),
            left_out=_left_out(data, outcome, endpoint, rare),
            rare=rare,
            cautions=cautions_of(clinical),
            followed=followed,
            n_cohort=len(outcomes),
            n=int(used.sum()),
            n_events=int((event & used).sum()),
        )


def _distinct(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Columns of two blocks with one label get the block's name before it."""
    labels = [name for table in tables.values() for name in table.columns]
    return {
        block: table.rename(columns={name: f"{block} {name}" for name in table.columns if labels.count(name) > 1})
        if block != CLINICAL
        else table
        for block, table in tables.items()
    }


def _as_used(entered: pd.DataFrame, table: pd.DataFrame, used: np.ndarray) -> pd.DataFrame:
    """The block's columns of the patients in the models, its categories with the levels that are left."""
    found = entered.loc[used, list(table.columns)].copy()
    for name in found.columns:
        if isinstance(found[name].dtype, pd.CategoricalDtype):
            found[name] = found[name].cat.remove_unused_categories()
    return found


def _each_known(known: pd.DataFrame, outcome: Outcome) -> str:
    return ", ".join(f"{name} {int((known[name].to_numpy() & outcome.kept).sum())}" for name in known.columns)


def _counts(known: pd.DataFrame, outcome: Outcome, event: np.ndarray, used: np.ndarray) -> pd.DataFrame:
    rows = [("an outcome", outcome.kept)]
    rows += [(f"an outcome and all {name} covariates", outcome.kept & known[name].to_numpy()) for name in known.columns]
    rows.append(("all of these, rare levels left out", used))
    return pd.DataFrame(
        [(what, int(who.sum()), int((who & event).sum())) for what, who in rows], columns=["block", "n", "n_events"]
    )


def _left_out(data: BlocksRead, outcome: Outcome, endpoint, rare: pd.DataFrame) -> pd.DataFrame:
    rows = [(f"no {endpoint.label or endpoint.name}", outcome.n_excluded)]
    for name, table in data.tables.items():
        unknown = ~complete(table)[outcome.kept]
        if table.shape[1] > 20:
            rows.append((f"{name}: some feature not known", int(unknown.any(axis=1).sum())))
        else:
            rows += [(f"{name}: {label} not known", int(n)) for label, n in unknown.sum().items()]
    rows += [
        (f"{row.covariate} {row.level}: a rare level, {row.n_events} of these patients had the event", int(row.n))
        for row in rare.itertuples()
    ]
    return pd.DataFrame([row for row in rows if row[1]], columns=["reason", "n"])
