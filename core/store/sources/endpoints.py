"""Times and events as an analysis needs them, or the reason why they cannot be told."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.store.schema import OUTCOMES, Endpoint
from core.store.sources.columns import Table
from core.store.sources.competing import with_competing
from core.store.sources.notebook import Notebook, shown
from core.store.sources.roles import Pair
from core.store.sources.settings import Settings

#: Spellings of an event and of its absence that mean nothing else. yes and no do: they are asked about (E110).
EVENTS = {"1": 1.0, "true": 1.0, "dead": 1.0, "deceased": 1.0, "event": 1.0}
NO_EVENTS = {"0": 0.0, "false": 0.0, "alive": 0.0, "living": 0.0, "censored": 0.0}
SPELLED = EVENTS | NO_EVENTS
#: Days in a unit, to compare times of different units.
DAYS = {"days": 1.0, "weeks": 7.0, "months": 30.4375, "years": 365.25}
#: A follow-up beyond a hundred years, and a ratio of medians as between days and months, are slips of unit (W205).
LONGEST = 1200 * DAYS["months"]
SLIP = (25, 35)


def read_endpoints(
    table: Table, found: Sequence[Pair], ids: pd.Series, settings: Settings, notebook: Notebook, centre: str = ""
) -> tuple[list[Endpoint], pd.DataFrame]:
    """The endpoints and their outcomes, one row per patient with both a time and an event."""
    endpoints, frames = [], []
    for pair in found:
        absent = [name for name in (pair.time, pair.event) if name not in table]
        if absent:
            what = f"The endpoint {shown(pair.name)} names a column that the table does not have."
            remedy = f"Correct time and event under [endpoints.{shown(pair.name)}] in study.toml."
            notebook.add("E121", what, file=table.file, column=shown(absent[0]), count=1, remedy=remedy)
            continue
        times, events = _times(table, pair, settings, notebook), _events(table, pair, settings, notebook)
        if times is None or events is None or not pair.unit:
            continue
        incomplete = times.isna() | events.isna()
        if incomplete.any():
            what = f"Without a time or an event; left out of {shown(pair.label)}."
            notebook.add("W204", what, file=table.file, column=shown(pair.time), rows=table.lines[incomplete])
        frame = pd.DataFrame({"patient_id": ids, "endpoint": pair.name, "time": times, "event": events})
        endpoints.append(Endpoint(pair.name, pair.label, pair.unit, pair.origin))
        frames.append(frame[~incomplete])
    if not frames:
        return endpoints, pd.DataFrame(columns=OUTCOMES)
    outcomes = pd.concat(frames)
    _mixed_units(table, endpoints, outcomes, centre, notebook)
    endpoints = with_competing(endpoints, outcomes, [pair.name for pair in found], settings, table.file, notebook)
    return endpoints, outcomes.reset_index(drop=True)[OUTCOMES]


def _times(table: Table, pair: Pair, settings: Settings, notebook: Notebook) -> pd.Series | None:
    if not pair.unit:
        what = f"The unit of the times of {shown(pair.label)} is not in the column's name."
        remedy = f'Put unit = "days" (or weeks, months, years) under [endpoints.{pair.name}] in study.toml.'
        notebook.add("E122", what, file=table.file, column=shown(pair.time), count=1, remedy=remedy)
    times = table.numbers(pair.time, notebook, settings.missing)
    negative, zero = times < 0, times == 0
    if negative.any():
        what, remedy = "Negative times.", "Correct them, or empty them (= missing)."
        notebook.add("E111", what, file=table.file, column=shown(pair.time), rows=times.index[negative], remedy=remedy)
    if zero.any():
        what = "Times of zero were kept."
        notebook.add("W203", what, file=table.file, column=shown(pair.time), rows=times.index[zero])
    if pair.unit and (times * DAYS[pair.unit] > LONGEST).any():
        rows = times.index[times * DAYS[pair.unit] > LONGEST]
        what, remedy = f"Times beyond 100 years for {pair.unit}.", UNIT.format(pair.name)
        notebook.add("W205", what, file=table.file, column=shown(pair.time), rows=rows, remedy=remedy)
    return None if negative.any() else times


UNIT = "If the unit is another, put it under [endpoints.{0}] in study.toml."


def _events(table: Table, pair: Pair, settings: Settings, notebook: Notebook) -> pd.Series | None:
    """1.0 for an event, 0.0 for none, NaN for missing; None when the coding cannot be told (E110)."""
    cells = table.text(pair.event, settings.missing)
    plain = cells.map(_plain, na_action="ignore")
    file, column = table.file, shown(pair.event)
    declare = f'Use 0 and 1, or say the map under [endpoints.{pair.name}] in study.toml: events = ["..."], '
    declare += 'censored = ["..."].'
    if pair.events or pair.censored:
        said = {_plain(one): 1.0 for one in pair.events} | {_plain(one): 0.0 for one in pair.censored}
        known = plain.map(said)
    elif pair.censoring:
        known = pd.to_numeric(plain, errors="coerce").map(lambda value: float(value == 0), na_action="ignore")
        what = "A censoring indicator: 0 was read as the event, other numbers as censored."
        notebook.add("W224", what, file=file, column=column, count=int(known.notna().sum()))
    elif set(plain.dropna()) <= {"1", "2"} and "2" in set(plain):
        what = "Events are coded 1 and 2, which could mean either."
        notebook.add("E110", what, file=file, column=column, rows=plain.index[plain == "2"], remedy=declare)
        return None
    else:
        known = plain.map(SPELLED)
        worded = plain.notna() & ~plain.isin(["0", "1"])
        if worded.any() and not (plain.notna() & known.isna()).any():
            what = "Words were read as 1 (it happened) and 0 (it did not)."
            notebook.add("I303", what, file=file, column=column, count=int(worded.sum()))
    stray = cells.index[cells.notna() & known.isna()]
    if len(stray):
        what = "Events are neither 0 and 1 nor a known pair of words."
        notebook.add("E110", what, file=file, column=column, rows=stray, remedy=declare)
        return None
    return known.astype(float)


def _plain(cell: str) -> str:
    """Lower case, 1.0 as 1, and the number alone of `1:DECEASED`."""
    text = cell.strip().casefold()
    prefixed = re.fullmatch(r"([01])\s*:.*", text)
    return prefixed[1] if prefixed else re.sub(r"(?<=\d)\.0+$", "", text)


def _mixed_units(
    table: Table, endpoints: Sequence[Endpoint], outcomes: pd.DataFrame, centre: str, notebook: Notebook
) -> None:
    """Warn where two endpoints, or two centres of one endpoint, differ as days and months do (W205)."""
    days = outcomes["time"] * outcomes["endpoint"].map({one.name: DAYS[one.time_unit] for one in endpoints})
    medians = days.groupby(outcomes["endpoint"]).median()
    if _slipped(medians):
        what = "The median times of two endpoints differ as days and months do."
        notebook.add("W205", what, file=table.file, count=len(medians), remedy=UNIT.format("..."))
    if not centre or centre not in table:
        return
    groups = table.text(centre).reindex(outcomes.index)
    for endpoint in endpoints:
        of = outcomes["endpoint"] == endpoint.name
        sizes = days[of].groupby(groups[of].to_numpy()).agg(["median", "size"])
        if _slipped(sizes.loc[sizes["size"] >= 10, "median"]):
            what = f"The median times of {shown(endpoint.label)} differ between centres as days and months do."
            notebook.add("W205", what, file=table.file, column=shown(centre), count=len(sizes))


def _slipped(medians: pd.Series) -> bool:
    medians = np.sort(medians[medians > 0].to_numpy())
    ratios = (medians[None, :] / medians[:, None]).ravel()
    return bool(((ratios >= SLIP[0]) & (ratios <= SLIP[1])).any())
