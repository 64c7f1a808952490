"""Which endpoints compete: what study.toml says, else what well-known names leave no doubt about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from core.store import checks
from core.store.schema import Endpoint
from core.store.sources.notebook import Notebook, shown
from core.store.sources.settings import FILE, Settings

#: The first of these that a study has stands for its local failures; local and regional alone may both be there.
LOCOREGIONAL, LOCAL_OR_REGIONAL = ("lrc", "lri"), ("lc", "rc")
DISTANT, PROGRESSION, DEATH = ("dm", "dmi"), "ttp", "os"


def with_competing(
    endpoints: Sequence[Endpoint],
    outcomes: pd.DataFrame,
    named: Iterable[str],
    settings: Settings,
    file: str,
    notebook: Notebook,
) -> list[Endpoint]:
    """The endpoints with their competing events.

    outcomes  patient_id, endpoint, time, event; named: all endpoints looked for, of which some may have been refused.
    What study.toml says rules, an empty list included; a wrong word there is refused (E121), an endpoint that seems to
    contain what it competes with is warned of (W270), and what was inferred is noted (I308).
    """
    said = {name: settings.named("endpoints", name).get("competing") for name in named}
    refused = {name for name in said if name not in {endpoint.name for endpoint in endpoints}}
    guessed = _inferred(endpoints, outcomes)
    found = []
    for endpoint in endpoints:
        told = said.get(endpoint.name)
        chosen = guessed.get(endpoint.name, ()) if told is None else (name for name in told if name not in refused)
        found.append(replace(endpoint, competing=tuple(chosen)))
    for name, what in checks.competing(found):
        remedy = f"Under [endpoints.{shown(name)}], competing may name other endpoints of the same unit and origin."
        notebook.add("E121", f"[endpoints.{shown(name)}] {shown(what, 200)}", file=FILE, count=1, remedy=remedy)
    for endpoint in found:
        name, rivals = shown(endpoint.name), ", ".join(map(shown, endpoint.competing))
        remedy = f"If that is wrong, put competing = [] under [endpoints.{name}] in {FILE}."
        if said.get(endpoint.name) is None and endpoint.competing:
            what = f"Taken as events that compete with {name}: {rivals}."
            notebook.add("I308", what, file=file, count=len(endpoint.competing), remedy=remedy)
        for rival in endpoint.competing:
            by_then = _by_then(outcomes, endpoint.name, rival)
            if len(by_then) and by_then.all():
                what = f"Everyone with the event of {shown(rival)} has that of {name} by then: if {name} is defined as "
                what += "either, the two do not compete."
                notebook.add("W270", what, file=file, count=1, remedy=remedy)
    return found


def competing_said(endpoint: Endpoint, settings: Settings) -> Mapping[str, list[str]]:
    """The line of study.toml about them: none where there are none and the user wrote none."""
    written = "competing" in settings.named("endpoints", endpoint.name)
    return {"competing": list(endpoint.competing)} if endpoint.competing or written else {}


def _by_then(outcomes: pd.DataFrame, endpoint: str, rival: str) -> pd.Series:
    """For everyone with an outcome of both who had `rival`: whether `endpoint` had happened by then."""
    one, other = (outcomes[outcomes["endpoint"] == name].set_index("patient_id") for name in (endpoint, rival))
    had = one.join(other, how="inner", rsuffix="_rival").query("event_rival == 1")
    return (had["event"] == 1) & (had["time"] <= had["time_rival"])


def _inferred(endpoints: Sequence[Endpoint], outcomes: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Death keeps progression, local and distant failure from coming, and the first failure is the one that counts.

    Only names that never include death are taken, not composites such as pfs, dfs or lrfs, and only where the data do
    not speak against it: some who died had none of the failure.
    """
    known = {endpoint.name: endpoint for endpoint in endpoints}
    if DEATH not in known:
        return {}

    def sure(name: str) -> bool:
        one, death = known.get(name), known[DEATH]
        alike = one is not None and (one.time_unit, one.origin) == (death.time_unit, death.origin)
        return alike and not _by_then(outcomes, name, DEATH).all()

    local = [name for name in LOCOREGIONAL if sure(name)][:1] or [name for name in LOCAL_OR_REGIONAL if sure(name)]
    failures = [*local, *[name for name in DISTANT if sure(name)][:1]]
    found = {name: (*(other for other in failures if other != name), DEATH) for name in failures}
    return found | ({PROGRESSION: (DEATH,)} if sure(PROGRESSION) else {})
