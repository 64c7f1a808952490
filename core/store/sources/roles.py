"""What columns of a clinical table are, judged by their names: roles, and pairs of columns that make an endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.store.sources.ids import folded
from core.store.sources.settings import Settings

#: Per role the names that play it (folded: lower case, letters and digits only), best first.
ROLE_NAMES: dict[str, tuple[str, ...]] = {
    "subsite": (
        *("subsite", "tumorsubsite", "tumoursubsite", "tumorsite", "tumoursite", "primarytumorsite", "primarysite"),
        *("tumorlocation", "tumourlocation", "anatomicsite", "anatomicsubsite", "tumortissuesite", "subsiteraw"),
    ),
    "centre": ("centre", "center", "institution", "hospital", "centretss", "tissuesourcesite", "tss", "clinic"),
    "hpv": ("hpvstatus", "hpv", "hpvp16", "hpvp16status", "p16status", "p16"),
    "age": ("age", "ageyears", "ageatdiagnosis", "currentage"),
    "sex": ("sex", "gender"),
    "stage": (
        *("stage", "overallstage", "ajccstage", "clinicalstage", "pathologicstage", "tumorstage", "tumourstage"),
        *("ajccpathologictumorstage", "stagegroup", "stageraw", "tnmstage"),
    ),
    "t_stage": ("tstage", "ctstage", "ptstage", "clinicaltstage", "pathologictstage", "pathologytstage", "ajcct"),
    "n_stage": ("nstage", "cnstage", "pnstage", "clinicalnstage", "pathologicnstage", "pathologynstage", "ajccn"),
    "grade": ("grade", "whograde", "histologicgrade", "tumorgrade", "tumourgrade", "tumorisupgrade", "isupgrade"),
    "treatment": ("treatment", "treatmentarm", "treatmentgroup", "therapy", "arm"),
}
#: A single-nucleotide polymorphism, alone or after its gene: rs5743905, TOLLIP_rs5743905.
POLYMORPHISM = re.compile(r"(?:[A-Za-z0-9-]+[_. :-])?rs[0-9]{2,}(?:[_. :-].*)?", re.IGNORECASE)
GENOTYPE = "genotype"
#: Names that start so play the role when no exact name does.
ROLE_STARTS = {"age": "ageat"}

#: Endpoints known by name: what they are called in full, which is also how portals head their columns.
ENDPOINTS = {
    "os": "Overall survival",
    "pfs": "Progression-free survival",
    "pfi": "Progression-free interval",
    "dfs": "Disease-free survival",
    "dfi": "Disease-free interval",
    "dss": "Disease-specific survival",
    "css": "Cancer-specific survival",
    "rfs": "Relapse-free survival",
    "efs": "Event-free survival",
    "lrc": "Locoregional control",
    "lrfs": "Locoregional relapse-free survival",
    "lri": "Locoregional interval",
    "lc": "Local control",
    "rc": "Regional control",
    "dm": "Distant metastasis",
    "dmfs": "Distant metastasis-free survival",
    "dmi": "Distant metastasis interval",
    "ddfs": "Distant disease-free survival",
    "ttp": "Time to progression",
}
STEMS = {name: name for name in ENDPOINTS} | {folded(label): name for name, label in ENDPOINTS.items()}
UNITS = {"day": "days", "week": "weeks", "month": "months", "year": "years"}

EVENT = re.compile(r"(?P<stem>.+?)[\s_.]*(?P<kind>event|status|censor|cnsr)", re.IGNORECASE)
TIME = re.compile(r"(?P<stem>.+?)[\s_.(]*(?P<kind>time|days?|weeks?|months?|years?)\)?", re.IGNORECASE)
#: Event columns without a stem, the endpoint they make, and what their time column is called.
LOOSE_EVENTS = {
    **dict.fromkeys(("vitalstatus", "survivalstatus", "death", "dead", "deceased", "died"), "os"),
    **dict.fromkeys(("event", "status", "cnsr"), "event"),
}
LOOSE_TIME = re.compile(
    r"(vital|survival|follow[\s_.]*up|fu|os|event)?[\s_.]*(time[\s_.]*)?(time|days?|weeks?|months?|years?|aval)"
    r"([\s_.](after|from|since)[\s_.].+)?",
    re.IGNORECASE,
)
ORIGIN = re.compile(r"[\s_.](?:after|from|since)[\s_.](.+)", re.IGNORECASE)


@dataclass(frozen=True)
class Pair:
    """Two columns that make an endpoint. `unit` is "" when nothing says it; `censoring` when 0 means the event."""

    name: str
    label: str
    time: str
    event: str
    unit: str = ""
    origin: str = ""
    events: tuple[str, ...] = ()
    censored: tuple[str, ...] = ()
    censoring: bool = False


def roles(header: Iterable[str], settings: Settings) -> dict[str, str]:
    """Column name -> role. What the settings say comes first; each role is given once, that of a genotype to all."""
    header = list(header)
    given = {name: settings.named("attributes", name).get("role") for name in header}
    found = {name: role for name, role in given.items() if role}
    free = {folded(name): name for name in reversed(header) if given[name] is None}
    for role, names in ROLE_NAMES.items():
        if role in found.values():
            continue
        name = next((free[one] for one in names if one in free), None)
        start = ROLE_STARTS.get(role)
        if name is None and start:
            name = next((one for key, one in reversed(free.items()) if key.startswith(start)), None)
        if name is not None:
            found[name] = role
    found |= {name: GENOTYPE for name in free.values() if name not in found and POLYMORPHISM.fullmatch(name)}
    return found


def pairs(header: Sequence[str], settings: Settings) -> list[Pair]:
    """The endpoints of a table: those the settings name, then those whose columns are named for each other."""
    found: dict[str, Pair] = {}
    for pair in [*_by_stem(header), *_loose(header)]:
        found.setdefault(pair.name, pair)
    for name, said in settings.said.get("endpoints", {}).items():
        base = found.get(name, Pair(name, ENDPOINTS.get(name, name), "", ""))
        lists = {key: tuple(said[key]) for key in ("events", "censored") if key in said}
        texts = {key: said[key] for key in ("label", "time", "event", "unit", "origin") if key in said}
        if "time" in texts and "unit" not in texts:
            texts["unit"] = _unit(texts["time"])
        found[name] = replace(base, **texts, **lists)
    taken, kept = set(), []
    for pair in found.values():
        if not {pair.time, pair.event} & taken or pair.name in settings.said.get("endpoints", {}):
            kept.append(pair)
            taken |= {pair.time, pair.event}
    return kept


def _by_stem(header: Sequence[str]) -> list[Pair]:
    """os_event with os_days, OS_STATUS with OS_MONTHS, OS with OS.time, "Overall Survival Status" and its months."""
    times: dict[str, str] = {}
    for name in header:
        match = TIME.fullmatch(name)
        if match:
            times.setdefault(folded(match["stem"]), name)
    found = []
    for name in header:
        match = EVENT.fullmatch(name)
        stem = folded(match["stem"]) if match else folded(name)
        if stem not in times or (stem not in STEMS and not (match and match["kind"].lower() == "event")):
            continue
        short, time = STEMS.get(stem, stem), times[stem]
        censoring = bool(match) and match["kind"].lower() in ("cnsr", "censor")
        label = ENDPOINTS.get(short, match["stem"].replace("_", " ") if match else name)
        found.append(Pair(short, label, time, name, _unit(time), _origin(time), censoring=censoring))
    return found


def _loose(header: Sequence[str]) -> list[Pair]:
    """vital_status with vital_days_after_surgery, status with time, CNSR with AVAL."""
    time = next((name for name in header if LOOSE_TIME.fullmatch(name)), None)
    event = next((name for one in LOOSE_EVENTS for name in header if folded(name) == one), None)
    if time is None or event is None:
        return []
    short = LOOSE_EVENTS[folded(event)]
    label = ENDPOINTS.get(short, "Time to event")
    return [Pair(short, label, time, event, _unit(time), _origin(time), censoring=folded(event) == "cnsr")]


def _unit(name: str) -> str:
    match = re.search(r"(?<![a-z])(day|week|month|year)s?(?![a-z])", name.casefold())
    return UNITS[match[1]] if match else ""


def _origin(name: str) -> str:
    match = ORIGIN.search(name)
    return match[1].replace("_", " ").strip() if match else ""
