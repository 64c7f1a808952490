"""A list of features that somebody saved with its recipe: the columns that every page then works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.errors import Problem, Refused
from core.network.screening import volume_feature
from core.store.saved import Saved
from core.store.schema import Catalogue, FeatureSet

KIND = "features"
LONGEST_LABEL = 80


@dataclass(frozen=True)
class FeatureList:
    """`names` of features, kept under `id`; `recipe` says in words how they were found, `link` shows it.

    `study` and `feature_set` are where they were found. The names hold wherever a set has features of these names.
    """

    id: str
    label: str
    study: str
    feature_set: str
    names: tuple[str, ...]
    recipe: str
    link: str

    def within(self, features: FeatureSet) -> FeatureSet:
        """The set with the listed features only; a set that has none of them stays whole.

        The volume of the region stays even where it is not listed, for without it no feature can be told to follow
        the volume.
        """
        listed = set(self.names)
        if listed.isdisjoint(features.names):
            return features
        listed.add(volume_feature(features.names))
        return replace(features, features=tuple(each for each in features.features if each.name in listed))

    def narrowed(self, catalogue: Catalogue) -> Catalogue:
        """The dictionaries with the listed features only."""
        sets = {name: self.within(each) for name, each in catalogue.feature_sets.items()}
        return replace(catalogue, feature_sets=sets)

    def fits(self, catalogue: Catalogue) -> bool:
        """Whether some feature set of the study has one of the features."""
        return any(not set(self.names).isdisjoint(each.names) for each in catalogue.feature_sets.values())

    def effect(self, catalogue: Catalogue) -> str:
        """What the list does to a study's feature sets, in words: how many features are left of how many, and where."""
        told = []
        for each in catalogue.feature_sets.values():
            kept = len(self.within(each).features)
            label = each.label or each.name
            none = set(self.names).isdisjoint(each.names)
            told.append(f"{label}: none listed, so all {kept}" if none else f"{label}: {kept} of {len(each.features)}")
        return "; ".join(told)


def save(saved: Saved, label: str, found: Mapping[str, Any]) -> str:
    """Keep a list under a name and give its id; `found` has study, feature_set, names, recipe and link.

    Raises `Refused` for a list without a name or without features.
    """
    label = " ".join(label.split())
    problems = []
    if not 0 < len(label) <= LONGEST_LABEL:
        problems.append(Problem(f"a name has 1 to {LONGEST_LABEL} signs.", "name of the list", "Write a short one."))
    if not found["names"]:
        problems.append(Problem("no feature is on it.", "list of features", "Loosen the criteria."))
    if problems:
        raise Refused(problems)
    return saved.put(KIND, {**found, "names": sorted(found["names"]), "label": label})


def load(saved: Saved, id: str) -> FeatureList | None:
    """The list of this id, or None when it is not kept here."""
    record = saved.get(KIND, id)
    return None if record is None else _read(id, record)


def lists(saved: Saved) -> tuple[FeatureList, ...]:
    """The lists kept on this server, the latest first."""
    return tuple(_read(id, record) for id, record in saved.latest(KIND))


def _read(id: str, record: Mapping[str, Any]) -> FeatureList:
    texts = (record[name] for name in ("label", "study", "feature_set"))
    return FeatureList(id, *texts, tuple(record["names"]), record["recipe"], record["link"])
