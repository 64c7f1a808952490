"""Gene sets against several imaging features at once: which is enough for which?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from core.analyses.base import Analysis
from core.analyses.expression_network import FEATURE, for_feature
from core.analyses.parameters import Many, Number, Option, parameter
from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.radiogenomics.expression_target import SPLIT
from core.radiogenomics.gene_masking import ADD_SETS, NO_SETS, masked_sets
from core.stats.multiplicity import benjamini_hochberg
from core.vocabulary import counted, listed

MOST = 12


def _set(scope):
    """The feature set of the networks; None where they predict classes."""
    network = scope.context.analysis("expression_network")
    return scope.context.catalogue.feature_sets[network.features] if network.over == FEATURE else None


def _features(scope) -> tuple[Option, ...]:
    chosen = _set(scope)
    return tuple(Option(each.name, each.label or each.name) for each in chosen.features) if chosen else ()


def _one_per_family(scope) -> tuple[str, ...]:
    """A feature of each family, its mean where it has one: they follow each other so closely that one will do."""
    chosen, first = _set(scope), {}
    for each in chosen.features if chosen else ():
        key = each.family, each.filter
        if key not in first or each.name.endswith("firstorder_Mean"):
            first[key] = each.name
    return tuple(first.values())[:8]


@dataclass(frozen=True, eq=False)
class MaskingMap:
    """table     feature, set, present, score, random_median, p, q, informative, found: a row per feature and set, q
              over all of them
    features   feature, unmasked (score with all genes), n
    failed     feature and why it could not be predicted
    """

    measure: str
    chance: float
    table: pd.DataFrame
    features: pd.DataFrame
    failed: dict[str, str]
    n_tests: int
    draws: int
    level: float
    words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MapOfMasking(Analysis):
    name = "masking_map"
    title = "Sets against features"
    question = "Which gene sets are enough for the networks to rank held-out patients by which imaging features?"
    method = (
        "Gene masking of one network per feature, the networks made as chosen above; p is corrected by "
        "Benjamini and Hochberg over all pairs of set and feature."
    )
    sources = ("Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x",)
    pages = ("Gene_masking",)
    rank = 40
    slow = True

    targets: tuple[str, ...] = parameter(
        Many("Features", "One of each family to begin with.", options=_features, default=_one_per_family, most=MOST)
    )
    draws: int = parameter(
        Number(
            "Random sets",
            "Of each size.",
            low=200,
            high=20000,
            step=100,
            default=2000,
            whole=True,
        )
    )
    level: float = parameter(
        Number("Found below q", "Share of false discoveries allowed.", low=0.01, high=0.25, step=0.01, default=0.05)
    )

    def needs(self, context):
        return (context.analysis("expression_network"),)

    def read(self, context):
        network = context.analysis("expression_network")
        if network.over != FEATURE:
            raise NotEstimable("The map is of imaging features.", "Choose an imaging feature to predict.")
        if not self.targets:
            raise NotEstimable("No feature is chosen.", "Choose one or more features.")
        sets = context.store.gene_sets()
        if not sets:
            raise NotEstimable(NO_SETS, ADD_SETS)
        shown, failed = {}, {}
        for feature in self.targets:
            one = for_feature(network, feature)
            try:
                shown[feature] = one, one.read(context)
            except NotEstimable as state:
                failed[feature] = state.reason
        if not shown:
            raise NotEstimable(next(iter(failed.values())), "Choose other features or a wider cohort.")
        return shown, failed, sets

    def __call__(self, data, progress: Progress = quiet):
        shown, failed, sets = data
        tables, rows, share = [], [], 1 / len(shown)
        for place, (feature, (network, given)) in enumerate(shown.items()):
            own = part(progress, place * share, share)
            found = network(given, part(own, 0.0, 0.5))
            masks = masked_sets(
                found.networks,
                found.genes,
                sets,
                draws=self.draws,
                seed=network.seed,
                level=self.level,
                progress=part(own, 0.5, 0.5),
            )
            tables.append(masks.table.assign(feature=feature))
            rows.append((feature, masks.unmasked[0], masks.n))
        table = pd.concat(tables, ignore_index=True)
        table["q"] = benjamini_hochberg(table["p"])
        table["found"] = table["informative"] & (table["q"] <= self.level)
        split = next(iter(shown.values()))[0].as_a == SPLIT
        result = MaskingMap(
            measure="AUC" if split else "Spearman",
            chance=0.5 if split else 0.0,
            table=table[["feature", *(name for name in table.columns if name not in ("feature", "output"))]],
            features=pd.DataFrame(rows, columns=["feature", "unmasked", "n"]),
            failed=failed,
            n_tests=len(table),
            draws=self.draws,
            level=self.level,
        )
        return replace(result, words=_words(result))


def _words(result: MaskingMap) -> tuple[str, ...]:
    hits = result.table[result.table["found"]].sort_values("score", ascending=False, kind="stable")
    over = f"{counted(result.n_tests, 'pair')} of {counted(len(result.features), 'feature')} and gene set"
    something = int(result.table["informative"].sum())
    if hits.empty:
        first = f"Of {over}, none is better than random genes of the same number (q at most {result.level:g})."
    else:
        named = listed([f"{row.set} for {row.feature} ({row.score:.2f})" for row in hits.head(3).itertuples()], "and")
        more = f", and {len(hits) - 3} more" if len(hits) > 3 else ""
        first = f"Of {over}, {len(hits)} better than random genes (q at most {result.level:g}): {named}{more}."
    rest = [f"Pairs whose own 95 % interval lies above chance: {something}."]
    least = result.n_tests / (result.draws + 1)
    if least > result.level:
        rest.append(
            f"With {result.draws:,} random sets no pair that stands alone can have a q below {least:.2g}; "
            f"{int(-(-result.n_tests // result.level)):,} would be needed."
        )
    rest += [f"{feature} is left out: {why}" for feature, why in result.failed.items()]
    return (first, *rest)
