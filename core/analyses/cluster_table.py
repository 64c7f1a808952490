"""Clusters against what was not used to build them: subsite, HPV, stage, mutations, other attributes and features."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses.base import Analysis
from core.analyses.cautions import not_known
from core.analyses.parameters import Flag, Number, parameter
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.stats.associations import AssociationTable, associations
from core.store.schema import NOT_PROFILED

MOST_LEVELS = 12


@dataclass(frozen=True)
class ClusterTable:
    """`wasserstein`: a row per attribute, gene or feature tested against the clusters; `euclidean` the same for the
    comparator, with the same seed. `labels` name the rows; `blocks` say attribute, gene, feature or node; `roles` and
    `levels` are those of the attributes that have them.
    """

    wasserstein: AssociationTable
    euclidean: AssociationTable
    labels: dict[str, str]
    blocks: dict[str, str]
    roles: dict[str, str]
    levels: dict[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class ClusterAssociations(Analysis):
    name = "cluster_table"
    title = "Clusters against the rest"
    question = "Do the clusters differ in anything that did not build them?"
    method = (
        "Categories: Fisher's exact test for 2 x 2, else chi-square, with Monte-Carlo p where an expected count is "
        "below 5; effect Cramer's V. Numbers: Mann-Whitney or Kruskal-Wallis with their effect sizes. "
        "Benjamini-Hochberg over all tests made, whose number is stated. Features that built the clusters get no p."
    )
    sources = ("Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x",)
    pages = ("Clusters",)
    rank = 40

    genes: int = parameter(
        Number("Genes tested", "The most often mutated ones.", low=0, high=50, step=5, default=10, whole=True)
    )
    other_features: bool = parameter(
        Flag("Test other imaging features", "Those of the set that are not nodes of the network.", default=False)
    )
    seed: int = parameter(Number("Seed", "Of Monte-Carlo p-values.", low=0, high=99999, step=1, default=0, whole=True))

    def needs(self, context):
        return (context.analysis("clusters"),)

    def read(self, context):
        clusters = context.result(context.analysis("clusters"))
        distances = context.result(context.analysis("distances"))
        patients = list(clusters.patients["patient_id"])
        catalogue = context.catalogue
        known = [
            each
            for each in catalogue.attributes.values()
            if each.type == "number" or (each.type == "category" and 2 <= len(each.levels) <= MOST_LEVELS)
        ]
        table = context.store.patients(context.cohort, [each.name for each in known]).loc[patients]
        kinds = {each.name: each.type for each in known}
        labels = {each.name: each.label or each.name for each in known}
        blocks = dict.fromkeys(kinds, "attribute")
        parts = [table]

        def add(frame: pd.DataFrame, prefix: str, kind: str, block: str) -> None:
            renamed = frame.rename(columns={name: f"{prefix} {name}" for name in frame.columns})
            parts.append(renamed.loc[patients])
            kinds.update(dict.fromkeys(renamed.columns, kind))
            blocks.update(dict.fromkeys(renamed.columns, block))
            labels.update(dict(zip(renamed.columns, frame.columns, strict=True)))

        genes = list(catalogue.mutation_genes[: self.genes])
        if genes:
            status = context.store.mutation_status(context.cohort, genes)
            add(status.where(status != NOT_PROFILED, None), "gene", "category", "gene")
        others = [name for name in catalogue.feature_sets[clusters.feature_set].names if name not in clusters.nodes]
        volume = distances.volume
        wanted = (
            others if self.other_features else [volume.name] if volume is not None and volume.name in others else []
        )
        if wanted:
            add(
                context.store.features(context.cohort, clusters.feature_set, clusters.setting, wanted),
                "feature",
                "number",
                "feature",
            )
        add(distances.values, "feature", "number", "node")
        roles = {each.name: each.role for each in known if each.role}
        levels = {each.name: each.levels for each in known if each.levels}
        return clusters, pd.concat(parts, axis=1), kinds, labels, blocks, roles, levels

    def __call__(self, data, progress: Progress = quiet):
        clusters, table, kinds, labels, blocks, roles, levels = data
        if table.empty:
            raise NotEstimable("There is nothing to compare the clusters with.", "Import attributes with the study.")
        used = {name for name, block in blocks.items() if block == "node"}

        def against(column: str) -> AssociationTable:
            groups = pd.Series([f"cluster {label}" for label in clusters.patients[column]], index=table.index)
            found = associations(groups, table, kinds, self.seed, used, progress)
            for row, name in found.table.loc[found.table["p"].notna(), "attribute"].items():
                unknown = not_known(found.details[name].table.columns) if kinds[name] == "category" else ()
                if unknown:
                    found.table.loc[row, "note"] = f"{', '.join(unknown)} is counted as a level"
            return found

        return ClusterTable(against("cluster"), against("euclidean"), labels, blocks, roles, levels)
