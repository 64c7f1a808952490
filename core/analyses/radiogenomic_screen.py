"""Every imaging feature against every gene of a study, with all tests counted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.molecular import asked_features, molecules, set_name, volumes
from core.analyses.parameters import Choice, Many, Number, Option, options, parameter
from core.analyses.radiogenomic_result import EXPRESSION, FOLLOWS, MUTATIONS, GeneScreen
from core.analyses.radiogenomic_words import gene_screen_words, no_test_words
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.radiogenomics.screen import expression_screen, mutation_screen
from core.radiogenomics.screened import RadiogenomicScreen
from core.radiogenomics.telling import side_by_side, telling
from core.stats.alike import spearman_with

#: Pairs that the table shows at least, and at most where more than these are below the threshold.
TOP, MOST = 1_000, 5_000


def _over(scope) -> tuple[Option, ...]:
    """What this study has that can be screened, expression first: it is known of more genes."""
    catalogue = scope.context.catalogue
    kinds = [(EXPRESSION, "expression of genes")] if catalogue.expression_genes else []
    kinds += [(MUTATIONS, "mutated genes")] if catalogue.mutation_genes else []
    return options(*kinds)


def _volumes(scope) -> tuple[Option, ...]:
    found = volumes(scope.context.catalogue.feature_sets[scope.values["features"]])
    return options((choices.NONE, "no volume"), *found)


def _strata(scope) -> tuple[Option, ...]:
    return (Option(choices.NONE, "all patients together"), *choices.categories(scope))


def _numbers(scope) -> tuple[Option, ...]:
    attributes = scope.context.catalogue.attributes.values()
    return tuple(Option(each.name, each.label or each.name) for each in attributes if each.type == "number")


@dataclass(frozen=True, eq=False)
class Read:
    """What a screen reads, rows of the same patients: those with features and genes.

    adjust  what is adjusted for, a column each under the name that readers see; strata: of the same patients, or None
    families    of each feature; kinds: its family and image filter, as one text
    volume      of the same patients, under its name: the one adjusted for, else the first of the set; None without one
    """

    features: pd.DataFrame
    genes: pd.DataFrame
    adjust: pd.DataFrame | None
    strata: pd.Series | None
    strata_label: str
    families: dict[str, str]
    kinds: dict[str, str]
    volume: pd.Series | None
    of: str
    n_cohort: int
    n_measured: int


@dataclass(frozen=True, kw_only=True)
class RadiogenomicScreening(Analysis):
    name = "gene_screen"
    title = "Screen"
    question = "Which imaging features go with which genes?"
    method = (
        "Every feature against every gene. Expression: Spearman's rank correlation. Mutations: Mann-Whitney with the "
        "rank-biserial correlation; exact or by permutation where fewer than 8 are mutated or wild type. Adjusted for "
        "numbers such as the volume, or within strata such as the centre: the partial correlation of the ranks. "
        "Benjamini-Hochberg over every pair tested. Patients without a value are left out of the pairs of that feature "
        "or gene only. Which pairs are tested is decided by numbers of patients alone."
    )
    sources = (
        "Singh, Chitalia and Kontos 2021, sections 1 and 4, https://pmc.ncbi.nlm.nih.gov/articles/PMC8212946",
        "Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x",
        "Mann and Whitney 1947, doi:10.1214/aoms/1177730491",
        "Spearman 1904, doi:10.2307/1412159",
        "Kim 2015, doi:10.5351/CSAM.2015.22.6.665",
        "Conover and Iman 1982, doi:10.2307/2530051",
    )
    pages = ("Radiogenomics",)
    rank = 10

    over: str = parameter(
        Choice(
            "Genes by",
            "What is known of the genes: how much they are expressed, or whether they are mutated.",
            options=_over,
            nothing="This study has neither mutations nor expression.",
            remedy="Choose another study, or import mutations or expression with it.",
        )
    )
    features: str = parameter(
        Choice(
            "Feature set",
            "All of its features are tried.",
            options=choices.feature_sets,
            nothing="This study has no imaging features.",
            remedy="Choose another study, or import features with it.",
        )
    )
    setting: str = parameter(Choice("Setting", "The acquisition setting.", options=choices.settings_of("features")))
    volume: str = parameter(
        Choice(
            "Adjust for the volume",
            "A feature that is the volume by its name: many features and many genes follow the size of a tumour.",
            options=_volumes,
        )
    )
    strata: str = parameter(
        Choice("Within", "Groups within which patients are compared, such as the centre.", options=_strata)
    )
    adjust: tuple[str, ...] = parameter(
        Many("Adjust for numbers", "Attributes such as age, by their ranks.", options=_numbers, default=(), most=4)
    )
    fewest: int | None = parameter(
        Number(
            "Fewest mutated patients",
            "Genes with fewer mutated, or fewer wild-type, patients are counted and not tested. Adjusted tests take "
            "at least 8.",
            low=1,
            high=50,
            step=1,
            default=3,
            whole=True,
            when=lambda values: values["over"] == MUTATIONS,
        )
    )
    q: float = parameter(
        Number("Found below q", "Share of false discoveries allowed.", low=0.01, high=0.25, step=0.01, default=0.05)
    )
    largest: int = parameter(
        Number("Rows and columns of the heat map", "At most.", low=4, high=60, step=4, default=24, whole=True)
    )
    seed: int | None = parameter(
        Number(
            "Seed",
            "Of the permutations, where few are mutated and values are tied.",
            low=0,
            high=99999,
            step=1,
            default=0,
            whole=True,
            when=lambda values: values["over"] == MUTATIONS,
        )
    )

    def read(self, context):
        return self.read_as(context, self.over)

    def read_as(self, context, over: str) -> Read:
        """What is screened, with genes by mutation or by expression."""
        store, cohort = context.store, context.cohort
        chosen = context.catalogue.feature_sets[self.features]
        names = asked_features(context, self.features)
        known_volumes = volumes(chosen) if self.volume == choices.NONE else [self.volume]
        measured = store.features(
            cohort, self.features, self.setting, list(dict.fromkeys([*names, *known_volumes[:1]]))
        )
        genes = molecules(store, cohort, over)
        both = measured.index.intersection(genes.index, sort=False)
        wanted = [*self.adjust, *([self.strata] if self.strata != choices.NONE else [])]
        attributes = store.patients(cohort, list(dict.fromkeys(wanted))).reindex(both)
        known = context.catalogue.attributes
        labels = {name: known[name].label or name for name in wanted}
        adjust = {}
        if self.volume != choices.NONE:
            adjust[f"the volume {self.volume}"] = measured.loc[both, self.volume]
        adjust |= {labels[name]: attributes[name] for name in self.adjust}
        return Read(
            features=measured.loc[both, names],
            genes=genes.loc[both],
            adjust=pd.DataFrame(adjust, index=both) if adjust else None,
            strata=attributes[self.strata] if self.strata != choices.NONE else None,
            strata_label=labels.get(self.strata, ""),
            families={each.name: each.family for each in chosen.features},
            kinds={each.name: f"{each.filter} {each.family}" for each in chosen.features},
            volume=measured.loc[both, known_volumes[0]] if known_volumes else None,
            of=set_name(chosen, self.setting),
            n_cohort=store.count(cohort),
            n_measured=len(measured),
        )

    def __call__(self, data, progress: Progress = quiet):
        if not len(data.features):
            what = "was profiled for mutations" if self.over == MUTATIONS else "has expression"
            raise NotEstimable(
                f"None of the {data.n_measured:,} patients with imaging features {what} "
                f"({data.n_cohort:,} patients in the cohort).",
                "Widen the cohort, or choose another feature set or setting.",
            )
        screen = self.screened(data, progress)
        if not screen.n_tests:
            raise NotEstimable(no_test_words(screen), "Widen the cohort, or adjust for less.")
        return self._result(data, screen)

    def screened(self, data: Read, progress: Progress = quiet) -> RadiogenomicScreen:
        """The screen of what was read."""
        how = {"adjust": data.adjust, "strata": None if data.strata is None else data.strata.to_numpy()}
        if self.over == MUTATIONS:
            return mutation_screen(
                data.features, data.genes, fewest=self.fewest, seed=self.seed, progress=progress, **how
            )
        return expression_screen(data.features, data.genes, progress=progress, **how)

    def _result(self, data: Read, screen: RadiogenomicScreen) -> GeneScreen:
        below, tested = screen.q < self.q, ~np.isnan(screen.p)
        copies = [screen.features.index(copy) for copy, _ in screen.copies]
        rows, columns = telling(screen, self.q, self.largest, self.largest)
        effects = screen.effect[np.ix_(rows, columns)]
        n_found = int(below.sum())
        table = screen.table(min(max(TOP, n_found), MOST))
        table.insert(1, "family", table["feature"].map(data.families))
        rho = np.full(len(screen.features), np.nan)
        if data.volume is not None:
            rho = spearman_with(data.features.to_numpy(float), data.volume.to_numpy(float))
            table["rho_volume"] = table["feature"].map(dict(zip(screen.features, rho, strict=True)))
        result = GeneScreen(
            over=self.over,
            of=data.of,
            feature_set=self.features,
            setting=self.setting,
            screen=screen,
            q=self.q,
            n_features=len(screen.features),
            n_genes=len(screen.genes),
            n_pairs=screen.p.size,
            n_tests=screen.n_tests,
            n_found=n_found,
            n_found_copies=int(below[copies].sum()),
            n_range=(int(screen.n[tested].min()), int(screen.n[tested].max())),
            n_cohort=data.n_cohort,
            n_measured=data.n_measured,
            n_both=len(data.features),
            n=screen.n_patients - screen.n_no_covariate,
            adjust=screen.adjust,
            strata=data.strata_label,
            rows=tuple(int(row) for row in rows[side_by_side(effects)]),
            columns=tuple(int(column) for column in columns[side_by_side(effects.T)]),
            found=table,
            not_tested=screen.not_tested(),
            families=data.families,
            volume="" if data.volume is None else str(data.volume.name),
            rho_volume=dict(zip(screen.features, rho.tolist(), strict=True)),
            n_follow=int(below[np.abs(rho) >= FOLLOWS].sum()),
        )
        return replace(result, words=gene_screen_words(result))
