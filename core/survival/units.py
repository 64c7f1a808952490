"""Years in the unit of an endpoint."""

from __future__ import annotations

#: How many of each unit a year has: the Gregorian mean, so that 12 months are one year exactly.
IN_A_YEAR = {"days": 365.2425, "weeks": 365.2425 / 7, "months": 12.0, "years": 1.0}


def years(count: float, unit: str) -> float:
    """`count` years in `unit`; ValueError for a unit that is not days, weeks, months or years."""
    if unit.lower() not in IN_A_YEAR:
        raise ValueError(f"{unit!r} is not one of {', '.join(IN_A_YEAR)}")
    return count * IN_A_YEAR[unit.lower()]
