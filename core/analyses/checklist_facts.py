"""What the data of a study and cohort prove by themselves, read from the store once."""

from __future__ import annotations

import importlib.metadata
import platform
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.analyses.acquisition import acquisition_attributes, is_protocol, levels_of
from core.cohort import Cohort
from core.store.schema import Attribute, FeatureSet, Study

if TYPE_CHECKING:
    from core.analyses.context import Context

#: Programs whose versions a result depends on.
PROGRAMS = ("numpy", "scipy", "pandas", "scikit-learn", "lifelines", "statsmodels", "duckdb")
#: Settings whose names speak of a second scan of the same patient, and of a second contour.
AGAIN = re.compile(
    r"re-?test|re-?scan|\btest\b|\b(scan|time|day|week|visit) ?\d+|\bscan\b|baseline|follow.?up", re.IGNORECASE
)
CONTOURS = re.compile(r"\bman(ual)?\b|\bauto(matic)?\b|semi.?auto|\b(reader|observer|contour) ?\w\b", re.IGNORECASE)


@dataclass(frozen=True)
class Levels:
    """An attribute with the patients of the cohort at each level, and those without a value."""

    label: str
    levels: tuple[tuple[str, int], ...]
    n_missing: int


@dataclass(frozen=True)
class Known:
    """An attribute: whether it is described, and how many patients lack it; `summary` of an age or sex, else empty."""

    label: str
    role: str
    described: bool
    n_missing: int
    summary: str


@dataclass(frozen=True)
class SetFacts:
    """A feature set in the cohort. `n_paired` patients were measured under two settings or more."""

    label: str
    software: str
    modality: str
    roi: str
    scale: str
    n_features: int
    n_ibsi: int
    n_families: int
    filters: tuple[str, ...]
    settings: tuple[str, ...]
    n: int
    n_paired: int
    n_missing: int


@dataclass(frozen=True)
class EndpointFacts:
    """An endpoint in the cohort: patients with a time and a status, and events among them."""

    label: str
    origin: str
    unit: str
    n: int
    n_events: int
    competing: bool


@dataclass(frozen=True)
class Facts:
    """Everything that evidence is written from, of the `n` patients of the cohort of `n_study`."""

    study: Study
    fingerprint: str
    n: int
    n_study: int
    steps: tuple[tuple[str, int], ...]
    attributes: tuple[Known, ...]
    n_complete: int
    treatment: Levels | None
    centre: Levels | None
    acquisition: tuple[Levels, ...]
    feature_sets: tuple[SetFacts, ...]
    endpoints: tuple[EndpointFacts, ...]
    n_profiled: int
    n_expression: int
    n_genes: int
    findings: tuple[tuple[str, int], ...]
    versions: tuple[tuple[str, str], ...]


def facts(context: Context) -> Facts:
    """The facts of the view's study and cohort."""
    store, catalogue, cohort = context.store, context.store.catalogue, context.cohort
    known = [each for each in catalogue.attributes.values() if each.type != "text"]
    table = store.patients(cohort, [each.name for each in known])
    presence = store.presence(cohort)
    parts = cohort.parts
    report = store.report()
    treatment, centre = catalogue.role("treatment"), catalogue.role("centre")
    acquisition = [each for each in acquisition_attributes(catalogue) if is_protocol(each)]
    return Facts(
        study=catalogue.study,
        fingerprint=catalogue.fingerprint,
        n=len(table),
        n_study=catalogue.n_patients,
        steps=tuple(
            (part.english(catalogue), store.count(Cohort(parts[: done + 1]))) for done, part in enumerate(parts)
        ),
        attributes=tuple(_known(each, table[each.name]) for each in known),
        n_complete=int(table.notna().all(axis=1).sum()),
        treatment=_levels(treatment, table),
        centre=_levels(centre, table),
        acquisition=tuple(_levels(each, table) for each in acquisition),
        feature_sets=tuple(_set(context, each) for each in catalogue.feature_sets.values()),
        endpoints=tuple(_endpoint(store.outcomes(cohort, each.name), each) for each in catalogue.endpoints.values()),
        n_profiled=int(presence["mutations"].sum()) if catalogue.mutation_genes else 0,
        n_expression=int(presence["expression"].sum()) if "expression" in presence else 0,
        n_genes=len(catalogue.mutation_genes),
        findings=tuple((str(severity), int(n)) for severity, n in report["severity"].value_counts().items()),
        versions=versions(),
    )


def versions() -> tuple[tuple[str, str], ...]:
    """Python, and the programs that numbers come from, with their versions."""
    found = [("Python", platform.python_version())]
    for name in PROGRAMS:
        try:
            found.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:  # an optional one
            continue
    return tuple(found)


def _known(attribute: Attribute, values: pd.Series) -> Known:
    return Known(
        label=attribute.label or attribute.name,
        role=attribute.role,
        described=bool(attribute.description),
        n_missing=int(values.isna().sum()),
        summary=_summary(attribute, values.dropna()) if attribute.role in ("age", "sex") else "",
    )


def _summary(attribute: Attribute, values: pd.Series) -> str:
    label = attribute.label or attribute.name
    if not len(values):
        return ""
    if attribute.type == "number":
        middle, low, high = np.quantile(values.astype(float), (0.5, 0.25, 0.75))
        return f"{label} {middle:.3g} [{low:.3g}, {high:.3g}]"
    counts = values.value_counts()
    return f"{label} " + ", ".join(f"{level} {counts[level]:,}" for level in attribute.levels if level in counts)


def _levels(attribute: Attribute | None, table: pd.DataFrame) -> Levels | None:
    if attribute is None or attribute.name not in table:
        return None
    values = table[attribute.name]
    order = {level: place for place, level in enumerate(attribute.levels)}
    found = levels_of(values, pd.Series(True, index=values.index))
    found.sort(key=lambda row: order.get(row[0], len(order)))
    return Levels(
        attribute.label or attribute.name, tuple((level, n) for level, n, _ in found), int(values.isna().sum())
    )


def _set(context: Context, chosen: FeatureSet) -> SetFacts:
    times: dict[str, int] = {}
    missing, first = 0, 0
    for place, setting in enumerate(chosen.settings):
        values = context.store.features(context.cohort, chosen.name, setting)
        for patient in values.index:
            times[patient] = times.get(patient, 0) + 1
        if place == 0:
            missing, first = int(values.isna().to_numpy().sum()), len(values)
    return SetFacts(
        label=chosen.label or chosen.name,
        software=chosen.software,
        modality=chosen.modality,
        roi=chosen.roi,
        scale=chosen.scale,
        n_features=len(chosen.features),
        n_ibsi=sum(bool(each.ibsi) for each in chosen.features),
        n_families=len({each.family for each in chosen.features if each.family}),
        filters=tuple(dict.fromkeys(each.filter for each in chosen.features if each.filter)),
        settings=chosen.settings,
        n=first if len(chosen.settings) == 1 else len(times),
        n_paired=sum(count > 1 for count in times.values()),
        n_missing=missing,
    )


def _endpoint(outcomes: pd.DataFrame, endpoint) -> EndpointFacts:
    both = outcomes.dropna()
    return EndpointFacts(
        label=endpoint.label or endpoint.name,
        origin=endpoint.origin,
        unit=endpoint.time_unit,
        n=len(both),
        n_events=int(both["event"].sum()),
        competing=bool(endpoint.competing),
    )
