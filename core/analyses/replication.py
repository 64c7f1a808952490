"""Clusters found on some patients, frozen and applied to others: of another study, or of the rest of this one."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.comparison import shown_tests
from core.analyses.network import NO_SET
from core.analyses.parameters import Choice, Expression, Number, Option, options, parameter
from core.analyses.replication_patients import (
    REST,
    WHERE,
    attributes_of,
    common_columns,
    common_endpoints,
    fitting_set,
    fitting_setting,
    others,
)
from core.analyses.replication_result import Frozen, NewPatients, Replication
from core.analyses.replication_tables import ASSIGNED, DISCOVERY, RECLUSTERED, one_side, side_by_side
from core.analyses.replication_words import agreement_words, attribute_words, cautions, survival_words
from core.compute import Progress, part, quiet
from core.errors import NotEstimable, Refused
from core.transport.density import Densities
from core.transport.kmeans import assign_to, wasserstein_kmeans
from core.transport.replication import CarriedOver, carried_over, euclidean_on
from core.transport.wasserstein import to_centroids, w1_matrix

#: Genes held against the clusters: the most often mutated ones.
GENES = 10


def _patients(scope) -> tuple[Option, ...]:
    here = scope.values["on"] == scope.context.view.study
    rest = "the rest of this study" if here else "every patient of that study"
    return options((REST, rest), (WHERE, "those who fit an expression"))


@dataclass(frozen=True, kw_only=True)
class ReplicationOfClusters(Analysis):
    name = "replication"
    title = "Replication"
    question = "Do the clusters found here hold on other patients?"
    method = (
        "Network, nodes, scaling (the ranges of the discovery patients; values outside are set to their ends and "
        "counted) and centroids are frozen. New patients are (a) assigned to the nearest frozen centroid and (b) "
        "clustered anew on the frozen network and scaling, with the same k, method and seed. Agreement of both: "
        "adjusted Rand, adjusted mutual information. Prediction strength: the lowest share, over their own clusters, "
        "of pairs that assignment keeps together. Attributes that both sides have are tested in the three groupings, "
        "Benjamini-Hochberg within each; a difference holds when q < 0.05 in discovery and among the assigned, in the "
        "same direction. Patients in both cohorts are refused."
    )
    sources = (
        "Tibshirani and Walther 2005, doi:10.1198/106186005X59243",
        "Kapp and Tibshirani 2007, doi:10.1093/biostatistics/kxj029",
        "Oh et al. 2021, doi:10.1117/1.JMI.8.3.031904",
    )
    pages = ("Replication",)
    rank = 10

    on: str = parameter(Choice("Study of the new patients", "This study or another one.", options=choices.studies))
    patients: str = parameter(
        Choice("New patients", "All others, or those you choose; never those of discovery.", options=_patients)
    )
    where: str | None = parameter(
        Expression(
            "Who they are",
            "A cohort expression on the study of the new patients, such as centre = B.",
            study=lambda scope: scope.values["on"],
            when=lambda values: values["patients"] == WHERE,
        )
    )
    features: str = parameter(
        Choice(
            "Feature set of the new patients",
            "Must hold the network's features under the same names and on the same scale.",
            options=choices.feature_sets_of("on"),
            default=fitting_set,
            nothing=NO_SET,
            remedy="Choose another study, or import features with it.",
        )
    )
    setting: str = parameter(
        Choice(
            "Setting of the new patients",
            "The acquisition setting.",
            options=choices.settings_of("features", "on"),
            default=fitting_setting,
        )
    )
    of: str = parameter(
        Choice(
            "Clusters by",
            "Wasserstein k-means, or the Euclidean comparator on the same features.",
            options=options(("wasserstein", "Wasserstein"), ("euclidean", "Euclidean")),
        )
    )
    endpoint: str = parameter(
        Choice("Endpoint", "The event whose time is compared; both studies have it.", options=common_endpoints)
    )
    seed: int = parameter(
        Number("Seed", "Of Monte-Carlo and permutation p-values.", low=0, high=99999, step=1, default=0, whole=True)
    )

    def needs(self, context):
        return (context.analysis("clusters"),)

    def studies(self, context):
        return (context.view.study, self.on)

    def read(self, context):
        asked = others(context, self.on, self.patients, self.where)
        store, recipe, method = context.elsewhere(self.on), context.analysis("distances"), context.analysis("clusters")
        there, ours = store.catalogue.feature_sets[self.features], context.catalogue.feature_sets[recipe.features]
        if there.scale != ours.scale:
            raise NotEstimable(
                f"The features of discovery are {ours.scale}, those of the new patients {there.scale}: one scaling "
                "cannot serve both.",
                f"Choose a feature set that is {ours.scale}.",
            )
        clusters, distances = context.result(method), context.result(recipe)
        nodes = list(distances.graph.names)
        lacking = [name for name in nodes if name not in there.names]
        if lacking:
            shown = ", ".join(lacking[:5]) + (" ..." if len(lacking) > 5 else "")
            raise NotEstimable(
                f"{len(lacking)} of the network's {len(nodes)} features are not in {self.features}: {shown}.",
                "Choose a feature set with the same features.",
            )
        volume = distances.volume.name if distances.volume is not None and distances.volume.name in there.names else ""
        wanted = list(dict.fromkeys([*nodes, *([volume] if volume else [])]))
        measured = store.features(asked.cohort, self.features, self.setting, wanted)
        columns = common_columns(context.store.catalogue, store.catalogue, GENES, volume, self.endpoint)
        before = list(clusters.patients["patient_id"])
        return {
            "asked": asked,
            "recipe": recipe,
            "method": method,
            "network": context.analysis("network"),
            "distances": distances,
            "clusters": clusters,
            "measured": measured,
            "columns": columns,
            "known": context.store.catalogue.attributes,
            "before": attributes_of(context.store, context.cohort, columns, False, distances.volume, before),
            "after": attributes_of(
                store, asked.cohort, columns, True, measured[volume] if volume else None, list(measured.index)
            ),
            "sentence": context.cohort.english(context.store.catalogue),
            "study": context.view.study,
            "cohort": str(context.cohort),
        }

    def __call__(self, data, progress: Progress = quiet):
        asked, measured, clusters, distances = (data[name] for name in ("asked", "measured", "clusters", "distances"))
        if measured.empty:
            raise NotEstimable(
                f"None of the {asked.n_cohort:,} new patients has features of {self.features} under {self.setting}.",
                "Choose other patients, another feature set or another setting.",
            )
        nodes = list(distances.graph.names)
        found = self._placed(distances, measured[nodes])
        carried = self._carried(data, found, measured[nodes].loc[list(found.patients)], part(progress, 0.0, 0.8))
        labels = {
            DISCOVERY: self._discovery(clusters),
            ASSIGNED: pd.Series(carried.assigned, index=list(found.patients)),
            RECLUSTERED: pd.Series(carried.reclustered, index=list(found.patients)),
        }
        columns = data["columns"]
        volume = f"feature {columns.volume}" if columns.volume else ""
        used = {volume} if columns.volume in nodes else set()
        sides = tuple(
            one_side(
                name,
                own,
                carried.k,
                data["before"] if name == DISCOVERY else data["after"],
                columns.kinds,
                used,
                self.seed,
                part(progress, 0.8 + 0.06 * place, 0.06),
            )
            for place, (name, own) in enumerate(labels.items())
        )
        table = side_by_side(sides, labels, data["before"].frame, data["after"].frame, columns.labels)
        new = self._new(asked, found, measured)
        return Replication(
            frozen=self._frozen(data, carried.k),
            new=new,
            carried=carried,
            sides=sides,
            table=table,
            volume=volume,
            patients=pd.DataFrame(
                {
                    "patient_id": found.patients,
                    "assigned": carried.assigned,
                    "reclustered": carried.reclustered,
                    "distance": carried.distances.min(axis=1),
                }
            ),
            words=(
                *agreement_words(carried),
                *attribute_words(table, sides, data["known"], volume),
                *survival_words(sides),
            ),
            cautions=(
                *cautions(asked, data["network"], distances, new, volume in used, data["study"]),
                *(f"In discovery: {note}" for note in clusters.notes if self.of == "wasserstein"),
            ),
        )

    def tests(self, context, result):
        here, new = (result.frozen.study, result.frozen.cohort), (result.new.study, result.new.cohort)
        entries = []
        for side in result.sides:
            if side.survival is not None:
                whose = here if side.name == DISCOVERY else new
                entries += shown_tests(side.survival, *whose, f"clusters, {side.name}")
        return tuple(entries)

    def _placed(self, distances, nodes: pd.DataFrame) -> Densities:
        try:
            return distances.placed(nodes)
        except Refused as refused:
            raise NotEstimable(
                f"The new patients do not fit the scale of discovery: {refused.problems[0].what}",
                "Bring all features to [0, 1], or use shares of each patient's mass.",
            ) from refused

    def _carried(self, data, found: Densities, values: pd.DataFrame, progress: Progress) -> CarriedOver:
        """Assignment to the frozen clusters beside clusters of the new patients' own."""
        clusters, method, distances = data["clusters"], data["method"], data["distances"]
        if self.of == "euclidean":
            return euclidean_on(
                distances.values.to_numpy(float),
                values.to_numpy(float),
                clusters.euclidean,
                restarts=method.restarts,
                seed=method.seed,
                progress=progress,
            )
        frozen, ground = clusters.wasserstein, distances.ground
        if frozen.centroid == "distance":
            to_each = to_centroids(found.values, distances.densities.values, ground, part(progress, 0.0, 0.2))
            to_frozen = pd.DataFrame(to_each.T).groupby(frozen.labels).mean().to_numpy().T
        else:
            _, to_frozen = assign_to(found.values, frozen, ground, part(progress, 0.0, 0.2))
        pairwise = w1_matrix(found.values, ground, part(progress, 0.2, 0.3))
        own = wasserstein_kmeans(
            found.values,
            ground,
            frozen.k,
            centroid=method.centroid,
            restarts=method.restarts,
            seed=method.seed,
            start=method.start,
            pairwise=pairwise,
            progress=part(progress, 0.5, 0.5),
        )
        return carried_over(to_frozen, own.labels, frozen.distances.min(axis=1), pairwise)

    def _discovery(self, clusters) -> pd.Series:
        column = "cluster" if self.of == "wasserstein" else "euclidean"
        return clusters.patients.set_index("patient_id")[column]

    def _frozen(self, data, k: int) -> Frozen:
        clusters, recipe = data["clusters"], data["recipe"]
        return Frozen(
            study=data["study"],
            cohort=data["cohort"],
            sentence=data["sentence"],
            n=clusters.n,
            n_cohort=clusters.n_cohort,
            feature_set=recipe.features,
            setting=recipe.setting,
            scaling=recipe.scaling,
            metric=recipe.metric,
            mass=recipe.mass,
            gamma=recipe.gamma,
            unit=data["distances"].unit if self.of == "wasserstein" else "standard deviations of discovery",
            nodes=clusters.nodes,
            of=self.of,
            k=k,
            sizes=(clusters.wasserstein if self.of == "wasserstein" else clusters.euclidean).sizes,
        )

    def _new(self, asked, found: Densities, measured: pd.DataFrame) -> NewPatients:
        clips = self.of == "wasserstein"
        return NewPatients(
            study=asked.study,
            study_name=asked.study_name,
            cohort=str(asked.cohort),
            sentence=asked.sentence,
            n_cohort=asked.n_cohort,
            n_unmeasured=asked.n_cohort - len(measured),
            n_missing=len(found.missing),
            n_zero_mass=len(found.zero_mass),
            n=len(found.patients),
            feature_set=self.features,
            setting=self.setting,
            n_clipped=found.clipped if clips else 0,
            n_values=found.n_values,
            clipped=found.clipped_by_feature if clips else found.clipped_by_feature * 0,
        )
