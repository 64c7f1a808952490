"""Times in one unit or another."""

from __future__ import annotations

from typing import TypeVar

Times = TypeVar("Times")
#: How many of each unit a year has: the Gregorian mean, so that 12 months are one year exactly.
IN_A_YEAR = {"days": 365.2425, "weeks": 365.2425 / 7, "months": 12.0, "years": 1.0}


def years(count: float, unit: str) -> float:
    """`count` years in `unit`; ValueError for a unit that is not days, weeks, months or years."""
    return converted(count, "years", unit)


def converted(time: Times, unit: str, wanted: str) -> Times:
    """A number or an array of times given in `unit`, in the unit that is wanted; equal times stay equal."""
    for name in (unit, wanted):
        if name.lower() not in IN_A_YEAR:
            raise ValueError(f"{name!r} is not one of {', '.join(IN_A_YEAR)}")
    if unit.lower() == wanted.lower():
        return time
    return time * (IN_A_YEAR[wanted.lower()] / IN_A_YEAR[unit.lower()])
