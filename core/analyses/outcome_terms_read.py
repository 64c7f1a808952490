"""The candidates of a model of an outcome of radiotherapy: a column per term, and who has them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses import dose_choices as dosed
from core.analyses.parameters import Option
from core.radiogenomics.dose import Dvh
from core.radiogenomics.dose_tables import dose_tables
from core.store.schema import Attribute

if TYPE_CHECKING:
    from core.analyses.outcome_terms import OutcomeModel

DOSE, CLINICAL, GENOTYPE, IMAGE = "dose", "clinical", "genotype", "image"


class Metric(NamedTuple):
    """A number that a dose table gives: its label, unit, and how."""

    label: str
    unit: str
    of: Callable[[Dvh], float]


def _volume(dose: float) -> Callable[[Dvh], float]:
    return lambda dvh: 100 * dvh.volume_at(dose)


def _dose(share: float) -> Callable[[Dvh], float]:
    return lambda dvh: dvh.dose_at(share)


MEASURED: dict[str, Metric] = {
    "mean": Metric("mean dose", "Gy", lambda dvh: dvh.mean_gy),
    "max": Metric("greatest dose", "Gy", lambda dvh: dvh.max_gy),
    "min": Metric("least dose", "Gy", lambda dvh: dvh.min_gy),
    **{f"v{dose}": Metric(f"V{dose}", "%", _volume(dose)) for dose in (5, 10, 20, 30, 40, 50, 60, 70)},
    **{f"d{part}": Metric(f"D{part}%", "Gy", _dose(part / 100)) for part in (2, 50, 95, 98)},
}


def metric_options() -> tuple[Option, ...]:
    """Every metric, with its unit."""
    return tuple(Option(key, f"{metric.label} ({metric.unit})") for key, metric in MEASURED.items())


@dataclass(frozen=True, eq=False)
class Terms:
    """A row per patient of the cohort.

    table       a numeric column per candidate, NaN where not known; event: 1, 0 or NaN
    candidates  name, kind, coding, n; clinical: names of the clinical columns
    """

    table: pd.DataFrame
    event: pd.Series
    event_text: str
    candidates: pd.DataFrame
    clinical: tuple[str, ...]

    def left_out(self) -> pd.DataFrame:
        """reason, n: patients without the outcome, then those who lack a kind of candidate, each counted once."""
        rest = self.event.notna()
        rows = [("without a known outcome", int((~rest).sum()))]
        for kind, names in self.candidates.groupby("kind", sort=False)["name"]:
            lacking = rest & self.table[list(names)].isna().any(axis=1)
            rows.append((f"without some {WORDS[kind]}", int(lacking.sum())))
            rest &= ~lacking
        return pd.DataFrame([row for row in rows if row[1]], columns=["reason", "n"])


WORDS = {DOSE: "dose", CLINICAL: "clinical term", GENOTYPE: "genotype", IMAGE: "imaging feature"}


def terms(context, asked: OutcomeModel) -> Terms:
    """The candidates that the analysis asks for, read from the store."""
    catalogue, store, cohort = context.catalogue, context.store, context.cohort
    names = list(dict.fromkeys([asked.outcome, *asked.clinical, *asked.genotypes]))
    attributes = store.patients(cohort, names)
    columns: dict[str, tuple[pd.Series, str, str]] = {}
    for structure in asked.structures:
        columns |= _doses(context, structure, asked.metrics, attributes.index, len(asked.structures) > 1)
    called = _called([catalogue.attributes[name] for name in (*asked.clinical, *asked.genotypes)])
    for name in asked.clinical:
        columns |= _coded(catalogue.attributes[name], called[name], attributes[name])
    for name in asked.genotypes:
        levels = catalogue.attributes[name].levels
        count = attributes[name].map({level: float(place) for place, level in enumerate(levels)})
        columns[called[name]] = (count.astype(float), GENOTYPE, "minor alleles")
    if asked.features != choices.NONE and asked.images:
        chosen = catalogue.feature_sets[asked.features]
        units = {each.name: each.unit for each in chosen.features}
        values = store.features(cohort, asked.features, names=list(asked.images)).reindex(attributes.index)
        columns |= {name: (values[name], IMAGE, units[name]) for name in asked.images}
    outcome = catalogue.attributes[asked.outcome]
    event = attributes[asked.outcome].map(lambda level: float(level in set(asked.event)), na_action="ignore")
    table = pd.DataFrame({name: column for name, (column, _, _) in columns.items()}, index=attributes.index)
    rows = [(name, kind, coding, int(column.notna().sum())) for name, (column, kind, coding) in columns.items()]
    candidates = pd.DataFrame(rows, columns=["name", "kind", "coding", "n"])
    clinical = tuple(candidates.loc[candidates["kind"] == CLINICAL, "name"])
    text = dosed.event_text(outcome.label or outcome.name, outcome.levels, asked.event)
    return Terms(table, event.astype(float), text, candidates, clinical)


def _doses(context, structure: str, metrics, index: pd.Index, several: bool) -> dict[str, tuple[pd.Series, str, str]]:
    chosen = context.catalogue.structures[structure]
    tables = dose_tables(context.store.dvh(context.cohort, structure), chosen.unit)
    columns = {}
    for metric in metrics:
        label, unit, of = MEASURED[metric]
        values = pd.Series({patient: of(dvh) for patient, dvh in tables.dvhs.items()}, dtype=float)
        name = f"{chosen.label or structure}, {label}" if several else label[:1].upper() + label[1:]
        columns[name] = (values.reindex(index), DOSE, unit)
    return columns


def _called(attributes: Sequence[Attribute]) -> dict[str, str]:
    """What each attribute is called: its label, or its name where two have one label."""
    labels = [each.label for each in attributes]
    return {each.name: each.label if each.label and labels.count(each.label) == 1 else each.name for each in attributes}


def _coded(attribute: Attribute, label: str, values: pd.Series) -> dict[str, tuple[pd.Series, str, str]]:
    """A number as it is; a category as a 0/1 column per level but the first that patients here have."""
    if attribute.type == "number":
        return {label: (values.astype(float), CLINICAL, attribute.unit)}
    here = [level for level in attribute.levels if (values == level).any()]
    return {
        f"{label}: {level}": (
            pd.Series(np.where(values.isna(), np.nan, values == level), values.index, dtype=float),
            CLINICAL,
            f"1, against {here[0]} and others 0" if len(here) > 2 else f"1, {here[0]} 0",
        )
        for level in here[1:]
    }
