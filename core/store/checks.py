"""What must hold in a draft before it is built: unique names, promised tables, references that lead somewhere.

Importers find and report the oddities of files; these checks catch what an importer left behind, because a join would
drop or double such rows without a word. No message holds a cell value or a patient.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import Problem, Refused
from core.store.schema import Draft, Endpoint


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
        **{f"feature set {name}": frame.index.get_level_values(0) for name, frame in draft.values.items()},
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
    return problems


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
