"""What must hold in a draft before it is built: unique names, promised tables, references that lead somewhere.

Importers find and report the oddities of files; these checks catch what an importer left behind, because a join would
drop or double such rows without a word. No message holds a cell value or a patient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from core.errors import Problem, Refused
from core.store.schema import DOSE_KINDS, STRUCTURE_ROLES, VOLUME_UNITS, Draft, Endpoint, Regions


def refuse(problems: list[Problem]) -> None:
    """Raise `Refused` with all problems, if there are any."""
    if problems:
        raise Refused(problems)


def shape(draft: Draft) -> list[Problem]:
    """Names that must be unique and are not, and columns or tables that the dictionaries promise and nobody gave."""
    problems = []
    lists = {
        "attributes": [attribute.name for attribute in draft.attributes],
        "columns of the patients": [str(name) for name in draft.patients.columns],
        "patients": list(draft.patients.index),
        "endpoints": [endpoint.name for endpoint in draft.endpoints],
        "feature sets": [chosen.name for chosen in draft.feature_sets],
        "expressed genes": [str(gene) for gene in draft.expression.columns],
        "patients of the expression": list(draft.expression.index),
    }
    for chosen in draft.feature_sets:
        lists[f"features of {chosen.name}"] = list(chosen.names)
        if chosen.name in draft.values:
            lists[f"rows of {chosen.name}"] = list(draft.values[chosen.name].index)
    lists |= {
        "regions": [chosen.name for chosen in draft.regions],
        "structures": [structure.name for structure in draft.structures],
        **{f"features of regions {chosen.name}": list(chosen.names) for chosen in draft.regions},
    }
    problems += [
        Problem(f"{len(names) - len(set(names))} are repeated.", what)
        for what, names in lists.items()
        if len(set(names)) < len(names)
    ]
    absent = [a.name for a in draft.attributes if a.name not in draft.patients.columns]
    problems += [Problem("No column of the patients has this name.", f"attribute {name}") for name in absent]
    for chosen in draft.feature_sets:
        if not chosen.names or chosen.name not in draft.values:
            problems.append(Problem("It has no features.", f"feature set {chosen.name}"))
        elif set(chosen.names) - set(draft.values[chosen.name].columns):
            problems.append(Problem("Some of its features have no column.", f"feature set {chosen.name}"))
    for chosen in draft.regions:
        frame = draft.region_values.get(chosen.name)
        if frame is None or not chosen.names or set(chosen.names) - set(frame.columns):
            problems.append(Problem("It has no features, or some of them have no column.", f"regions {chosen.name}"))
    problems += [Problem(what, f"endpoint {name}") for name, what in competing(draft.endpoints)]
    if set(draft.patient_panels.values()) - set(draft.panels):
        problems.append(Problem("A patient has a panel that is not described.", "panels"))
    if draft.mutations[["patient_id", "gene"]].isna().any(axis=None):
        problems.append(Problem("A row has no patient or no gene.", "mutations"))
    if draft.patients.index.hasnans:
        problems.append(Problem("A patient has no id.", "patients"))
    if not len(draft.patients.index):
        problems.append(Problem("The study has no patients.", remedy="Check the patient id column."))
    return problems


def references(draft: Draft) -> list[Problem]:
    """References from one table to another that lead nowhere; without these checks a join would drop rows silently."""
    known = set(draft.patients.index)
    named = {
        "outcomes": draft.outcomes["patient_id"],
        "mutations": draft.mutations["patient_id"],
        "panels": draft.patient_panels,
        "expression": draft.expression.index,
        "doses": draft.doses["patient_id"],
        **{f"feature set {name}": frame.index.get_level_values(0) for name, frame in draft.values.items()},
        **{f"regions {name}": frame.index.get_level_values(0) for name, frame in draft.region_values.items()},
    }
    problems = [
        Problem(f"{len(set(ids) - known)} patients are not in the patients' table.", what, "Leave them out and say so.")
        for what, ids in named.items()
        if set(ids) - known
    ]
    endpoints = {endpoint.name for endpoint in draft.endpoints}
    if set(draft.outcomes["endpoint"]) - endpoints:
        problems.append(Problem("They name an endpoint that is not declared.", "outcomes"))
    if draft.outcomes.duplicated(["patient_id", "endpoint"]).any():
        problems.append(Problem("A patient has two rows for one endpoint.", "outcomes"))
    if (draft.outcomes["time"] < 0).any() or not draft.outcomes["event"].isin([0.0, 1.0]).all():
        problems.append(Problem("Times must not be negative and events must be 0 or 1.", "outcomes"))
    for chosen in draft.feature_sets:
        settings = set(draft.values[chosen.name].index.get_level_values(1))
        if settings - set(chosen.settings):
            problems.append(Problem("Rows name a setting that is not declared.", f"feature set {chosen.name}"))
    for chosen in draft.regions:
        problems += [Problem(what, f"regions {chosen.name}") for what in _unpaired(chosen, draft.region_values)]
    problems += [Problem(what, "doses") for what in _doses(draft)]
    return problems


def _unpaired(chosen: Regions, values: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    """What keeps the rows of paired regions from being whole pairs of the regions declared."""
    keys = values[chosen.name].index.to_frame(index=False)
    declared = {"section": chosen.sections, "location": chosen.locations, "region": chosen.members}
    for name, known in declared.items():
        if not keys[name].isin(known).all():
            yield f"Rows name a {name} that is not declared."
    if len(set(chosen.members)) != 2:
        yield "A pair has two regions of different names."
    if keys.duplicated().any():
        yield "A region of a patient has two rows."
    if (keys.groupby(["patient_id", "section", "location"])["region"].nunique() != 2).any():
        yield "A pair lacks one of its regions."


def _doses(draft: Draft) -> Iterator[str]:
    known = {structure.name for structure in draft.structures}
    if draft.doses.isna().any(axis=None):
        yield "A row lacks a value."
    if set(draft.doses["structure"]) != known:
        yield "The structures are not those that have rows."
    odd = [s for s in draft.structures if s.unit not in VOLUME_UNITS or s.role not in ("", *STRUCTURE_ROLES)]
    if odd or not draft.doses["kind"].isin(DOSE_KINDS).all():
        yield "A unit, a role or a kind of table is not one of those known."
    if (draft.doses.groupby(["patient_id", "structure"])["kind"].nunique() > 1).any():
        yield "A structure of a patient has tables of two kinds."
    if (draft.doses[["dose_gy", "volume"]] < 0).any(axis=None):
        yield "Doses and volumes must not be negative."


def competing(endpoints: Sequence[Endpoint]) -> list[tuple[str, str]]:
    """What is wrong with the competing events that endpoints declare: the endpoint and a sentence for each problem."""
    known = {endpoint.name: endpoint for endpoint in endpoints}
    problems = []
    for endpoint in endpoints:
        for name in dict.fromkeys(endpoint.competing):
            other = known.get(name)
            if name == endpoint.name:
                problems.append((endpoint.name, "It names itself as a competing event."))
            elif other is None:
                problems.append((endpoint.name, f"It names {name} as a competing event, which is no endpoint."))
            elif other.time_unit != endpoint.time_unit:
                units = f"{other.time_unit} against {endpoint.time_unit}"
                problems.append((endpoint.name, f"The competing event {name} is in another unit of time: {units}."))
            elif other.origin != endpoint.origin:
                starts = " against ".join(f"'{each.origin}'" if each.origin else "none" for each in (other, endpoint))
                what = f"The competing event {name} counts time from another origin: {starts}."
                problems.append((endpoint.name, what))
        if len(set(endpoint.competing)) < len(endpoint.competing):
            problems.append((endpoint.name, "It names a competing event twice."))
    return problems
