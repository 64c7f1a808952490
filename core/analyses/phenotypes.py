"""Do groups of patients, such as imaging phenotypes, differ in their genes, and does it hold in other patients?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.parameters import Choice, Many, Number, Option, options, parameter
from core.analyses.phenotype_groups import (
    CLUSTERS,
    Grouping,
    Second,
    assigned,
    group_choices,
    grouping,
    molecules,
    second,
    second_choices,
)
from core.analyses.phenotype_result import PhenotypeScreen
from core.analyses.phenotype_words import phenotype_words, second_words
from core.compute import Progress, quiet
from core.errors import NotEstimable, Refused
from core.radiogenomics.carried import Molecules, carried_findings
from core.radiogenomics.phenotypes import EXPRESSION, MUTATION, SET, PhenotypeTests, phenotype_tests


def _kinds(scope) -> tuple[Option, ...]:
    catalogue = scope.context.catalogue
    kinds = [(MUTATION, "mutations")] if catalogue.mutation_genes else []
    kinds += [(EXPRESSION, "expression of genes")] if catalogue.expression_genes else []
    kinds += [(SET, "gene sets")] if catalogue.expression_genes and catalogue.gene_sets else []
    return options(*kinds)


@dataclass(frozen=True, eq=False)
class _Read:
    grouping: Grouping
    molecules: Molecules
    sets: dict[str, tuple[str, ...]]
    second: Second | None
    no_second: str


@dataclass(frozen=True, kw_only=True)
class Phenotypes(Analysis):
    name = "phenotypes"
    title = "Phenotypes"
    question = "Do groups of patients differ in mutations, expression or gene sets, and does it hold in other patients?"
    method = (
        "Mutations: Fisher's exact test for two groups, chi-square for more (p from 10,000 random tables where an "
        "expected count is below 5), Cramer's V. Expression, and the mean z score of each gene set: Mann-Whitney for "
        "two groups, Kruskal-Wallis for more, with their effect sizes. Benjamini-Hochberg over all tests made. Groups "
        "too small for a kind of test are left out of it, which is decided by numbers of patients alone. What is found "
        "is tested once more, and nothing else, in other patients: those in the attribute's groups, or assigned to the "
        "nearest frozen centroid; adjusted over the findings carried over. It is replicated when the groups also lean "
        "the same way."
    )
    sources = (
        "Singh, Chitalia and Kontos 2021, section 4, https://pmc.ncbi.nlm.nih.gov/articles/PMC8212946",
        "Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x",
        "Kruskal and Wallis 1952, doi:10.1080/01621459.1952.10483441",
    )
    pages = ("Radiogenomics",)
    rank = 30
    slow = True

    groups: str = parameter(
        Choice(
            "Groups",
            "An attribute, or the imaging clusters of the Clusters page, which may take a minute to make.",
            options=group_choices,
            nothing="This study has neither an attribute with groups nor imaging features to make clusters of.",
        )
    )
    kinds: tuple[str, ...] = parameter(
        Many(
            "Held against",
            "Everything is tested, and all tests are counted together.",
            options=_kinds,
            default=lambda scope: tuple(option.value for option in _kinds(scope)),
            most=3,
        )
    )
    on: str = parameter(
        Choice(
            "Tried on",
            "What is found is tested once more in these patients. The cohort of the view stays that of discovery.",
            options=second_choices,
        )
    )
    adjustment: str | None = parameter(
        Choice(
            "Adjusted by",
            "Over the findings that could be tested there.",
            options=options(("Holm", "Holm (not one false)"), ("BH", "Benjamini-Hochberg")),
            when=lambda values: values["on"] != choices.NONE,
        )
    )
    q: float = parameter(
        Number("Found below q", "Share of false discoveries allowed.", low=0.01, high=0.25, step=0.01, default=0.05)
    )
    fewest: int = parameter(
        Number(
            "Fewest mutated patients",
            "Genes with fewer mutated, or fewer wild-type, patients are not tested.",
            low=1,
            high=50,
            step=1,
            default=3,
            whole=True,
        )
    )
    smallest: int = parameter(
        Number(
            "Fewest patients of a group", "Smaller ones are left out.", low=3, high=50, step=1, default=5, whole=True
        )
    )
    seed: int = parameter(Number("Seed", "Of random tables.", low=0, high=99999, step=1, default=0, whole=True))

    def needs(self, context):
        if self.groups != CLUSTERS:
            return ()
        if self.on == choices.NONE:
            return (context.analysis("clusters"),)
        try:
            return (assigned(context, self.on),)
        except (NotEstimable, Refused):  # said where the other patients would be
            return (context.analysis("clusters"),)

    def studies(self, context):
        return (context.view.study, *({self.on} - {choices.NONE, context.view.study}))

    def read(self, context):
        catalogue = context.catalogue
        if not catalogue.mutation_genes and not catalogue.expression_genes:
            raise NotEstimable(
                "This study has neither mutations nor expression to hold groups against.",
                "Choose another study, or import mutations or expression with it.",
            )
        found = grouping(context, self.groups)
        other, why = None, ""
        if self.on != choices.NONE:
            try:
                other = second(context, self.groups, self.on)
            except NotEstimable as state:
                why = str(state)
            except Refused as refused:
                why = str(refused.problems[0])
        return _Read(
            grouping=found,
            molecules=molecules(context.store, context.cohort, found.groups),
            sets=context.store.gene_sets(),
            second=other,
            no_second=why,
        )

    def groups_and_molecules(self, context) -> tuple[Molecules, dict[str, tuple[str, ...]]]:
        """The patients of the view in their groups, what is known of their genes, and the gene sets."""
        groups = grouping(context, self.groups).groups
        return molecules(context.store, context.cohort, groups), context.store.gene_sets()

    def __call__(self, data: _Read, progress: Progress = quiet):
        if not self.kinds:
            raise NotEstimable("Nothing is chosen to hold the groups against.", "Choose mutations or expression.")
        here = self._of_kinds(data.molecules)
        sets = data.sets if SET in self.kinds else {}
        only = None if EXPRESSION in self.kinds else self._without_genes(here, sets)
        tests = phenotype_tests(
            here.groups,
            here.mutated,
            here.expression,
            sets,
            only=only,
            fewest_mutated=self.fewest,
            fewest_in_group=self.smallest,
            seed=self.seed,
            progress=progress,
        )
        carried = None
        if data.second is not None:
            carried = carried_findings(
                tests,
                self.q,
                here,
                data.second.molecules,
                sets,
                adjustment=self.adjustment,
                fewest_mutated=self.fewest,
                fewest_in_group=self.smallest,
                seed=self.seed,
            )
        known = here.groups.dropna().astype(str).value_counts()
        result = PhenotypeScreen(
            tests=tests,
            table=_table(tests),
            label=data.grouping.label,
            sizes={name: int(known[name]) for name in tests.groups},
            q=self.q,
            n_found=int((tests.table["q"] < self.q).sum()),
            n_cohort=data.grouping.n_cohort,
            carried=carried,
            no_replication=data.no_second,
            second_study="" if data.second is None else data.second.study_name,
            second_how="" if data.second is None else data.second.how,
            cautions=() if data.second is None else data.second.cautions,
        )
        return replace(result, words=phenotype_words(result), second_words=second_words(result))

    def _of_kinds(self, known: Molecules) -> Molecules:
        mutated = known.mutated if MUTATION in self.kinds else None
        expression = known.expression if {EXPRESSION, SET} & set(self.kinds) else None
        return Molecules(known.groups, mutated, expression)

    def _without_genes(self, here: Molecules, sets) -> set[tuple[str, str]]:
        genes = () if here.mutated is None else here.mutated.columns
        return {*((MUTATION, str(gene)) for gene in genes), *((SET, name) for name in sets)}


def _table(tests: PhenotypeTests) -> pd.DataFrame:
    """The tests with what each group shows: its share mutated with both counts, or its mean z score."""
    table = tests.table.copy()
    for place, group in enumerate(tests.groups):
        table[f"{group}: value"] = tests.values[:, place]
        table[f"{group}: n"] = tests.counts[:, place]
        if tests.mutated.any():
            table[f"{group}: mutated"] = pd.array(tests.mutated[:, place], dtype="Int64")
            table.loc[table["kind"] != MUTATION, f"{group}: mutated"] = pd.NA
    order = table.assign(far=-table["effect"].abs().round(10)).sort_values(["p", "far", "item"], kind="stable").index
    return table.loc[order].reset_index(drop=True)
