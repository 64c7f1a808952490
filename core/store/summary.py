"""What an import understood, in counts: who has what, and the findings in the order of their weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core.store.schema import Draft, Finding

SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class Summary:
    """Counts of one draft; `lines` are label and text, `overlap` the patients that two tables have in common."""

    lines: tuple[tuple[str, str], ...]
    overlap: pd.DataFrame


def summarise(draft: Draft) -> Summary:
    """Patients, feature sets, endpoints and genes of a draft in canonical form. No patient id is in it."""
    lines = [
        ("Study", f"{draft.study.id}: {draft.study.name}"),
        ("Patients", f"{len(draft.patients)}, {_count(len(draft.attributes), 'attribute')}"),
    ]
    for chosen in draft.feature_sets:
        frame = draft.values[chosen.name]
        settings = frame.index.get_level_values("setting").value_counts()
        parts = ", ".join(f"{settings.get(name, 0)} under {name}" for name in chosen.settings)
        measured = frame.index.get_level_values("patient_id").nunique()
        text = f"{_count(len(chosen.features), 'feature')} of {_count(measured, 'patient')} ({parts}), {chosen.scale}"
        lines.append((f"Features: {chosen.name}", text))
    for endpoint in draft.endpoints:
        rows = draft.outcomes[draft.outcomes["endpoint"] == endpoint.name]
        events = int(rows["event"].sum())
        text = f"{_count(len(rows), 'patient')}, {_count(events, 'event')}, time in {endpoint.time_unit}"
        lines.append((f"Endpoint: {endpoint.name}", text))
    if draft.patient_panels:
        genes = len({gene for panel in draft.patient_panels.values() for gene in draft.panels[panel]})
        text = f"{_count(len(draft.mutations), 'mutation')} in {_count(draft.mutations['gene'].nunique(), 'gene')}"
        profiled = _count(len(draft.patient_panels), "patient")
        lines.append(("Mutations", f"{text}; {profiled} profiled for up to {_count(genes, 'gene')}"))
    if len(draft.expression):
        text = f"{_count(draft.expression.shape[1], 'gene')} of {_count(len(draft.expression), 'patient')}"
        lines.append(("Expression", text))
    if len(draft.gene_sets):
        lines.append(("Gene sets", str(draft.gene_sets["name"].nunique())))
    for chosen in draft.regions:
        keys = draft.region_values[chosen.name].index.to_frame(index=False)
        pairs = len(keys) // 2
        text = f"{_count(len(chosen.features), 'feature')} in {_count(pairs, 'pair')} of {' and '.join(chosen.members)}"
        lines.append((f"Regions: {chosen.name}", f"{text}, {_count(keys['patient_id'].nunique(), 'patient')}"))
    for structure in draft.structures:
        rows = draft.doses[draft.doses["structure"] == structure.name]
        text = f"{_count(rows['patient_id'].nunique(), 'patient')}, {_count(len(rows), 'row')}, volume in"
        lines.append((f"Doses: {structure.name}", f"{text} {structure.unit}"))
    return Summary(tuple(lines), _overlap(draft))


def by_severity(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    """Errors, warnings and notes, each in the order they were found."""
    return {severity: [f for f in findings if f.severity == severity] for severity in SEVERITIES}


def _overlap(draft: Draft) -> pd.DataFrame:
    """Square table of counts: patients that both the row's and the column's table have."""
    tables = {"patients": set(draft.patients.index)}
    for name, frame in draft.values.items():
        tables[name] = set(frame.index.get_level_values("patient_id"))
    if draft.patient_panels:
        tables["mutations"] = set(draft.patient_panels)
    if len(draft.expression):
        tables["expression"] = set(draft.expression.index)
    for name, frame in draft.region_values.items():
        tables[name] = set(frame.index.get_level_values("patient_id"))
    if len(draft.doses):
        tables["doses"] = set(draft.doses["patient_id"])
    for endpoint in draft.endpoints:
        tables[endpoint.name] = set(draft.outcomes.loc[draft.outcomes["endpoint"] == endpoint.name, "patient_id"])
    names = list(tables)
    counts = [[len(tables[row] & tables[column]) for column in names] for row in names]
    return pd.DataFrame(counts, index=names, columns=names)


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
