"""How much of an organ or tumour got how much dose? A dose-volume table made safe at the door, and its summaries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.errors import Problem, Refused

DIFFERENTIAL, CUMULATIVE = "differential", "cumulative"
#: How far a total may be from 1 or from 100 %: tables are printed with few digits, and the digits of many rows add up.
ROUNDING = 0.005
#: Volumes closer than this are the same: sums of shares such as 0.1 + 0.2 are not exact.
SAME = 1e-12
#: Exponents this large, or this close to 0, give their limit to every digit.
EXTREME = 1e100


@dataclass(frozen=True, eq=False)
class Dvh:
    """The dose-volume histogram of one structure of one patient; built with `Dvh.of`, which checks.

    Bins rise in dose and do not overlap; each holds some volume. Within a bin the volume is spread evenly from
    `low_gy` to `high_gy`, which is what a straight line between two rows of a cumulative table says; a bin whose ends
    are equal holds its volume at exactly that dose.

    low_gy, dose_gy, high_gy    (k,) the ends of each bin, and the dose that stands for it in sums: the middle
    volume                      (k,) share of the structure's volume in each bin, above 0; the sum is 1
    total_given                 the total of the table before it was made 1: near 1 or near 100
    """

    low_gy: np.ndarray
    dose_gy: np.ndarray
    high_gy: np.ndarray
    volume: np.ndarray
    total_given: float

    @classmethod
    def of(cls, dose_gy: Sequence, volume: Sequence, kind: str) -> Dvh:
        """Check a table of doses in Gy and relative volumes, as shares or in per cent (the total tells which).

        `kind` is "cumulative": `volume` (k + 1,) receives at least `dose_gy` (k + 1,); the first row has the whole
        volume and the last none, so that no tail is cut off; a dose given twice is a step. Or "differential":
        `volume` (k,) lies in bins with edges `dose_gy` (k + 1,), or at exactly the doses `dose_gy` (k,), as for
        voxels. Bins without volume are dropped. Raises `Refused` with every problem found, ValueError for another
        `kind`.
        """
        if kind not in (DIFFERENTIAL, CUMULATIVE):
            raise ValueError(f"{kind!r} is neither {DIFFERENTIAL!r} nor {CUMULATIVE!r}")
        problems: list[Problem] = []
        doses, volumes = _numbers(dose_gy, "dose", problems), _numbers(volume, "volume", problems)
        problems += _problems(doses, volumes, kind)
        if problems:
            raise Refused(problems)
        total = float(volumes[0] if kind == CUMULATIVE else volumes.sum())
        shares = -np.diff(volumes) if kind == CUMULATIVE else volumes
        edges = len(doses) == len(shares) + 1
        low, high = (doses[:-1], doses[1:]) if edges else (doses, doses)
        order = np.argsort(low, kind="stable")
        kept = order[shares[order] > 0]
        low, high, shares = low[kept], high[kept], shares[kept]
        return cls(low, low + (high - low) / 2, high, shares / shares.sum(), total)

    @property
    def mean_gy(self) -> float:
        """The mean dose in Gy."""
        return float(self.volume @ self.dose_gy)

    @property
    def min_gy(self) -> float:
        """The least dose in Gy."""
        return float(self.low_gy[0])

    @property
    def max_gy(self) -> float:
        """The greatest dose in Gy."""
        return float(self.high_gy.max())

    def differential(self) -> pd.DataFrame:
        """A row per bin: low_gy, dose_gy, high_gy, volume (share)."""
        columns = ("low_gy", "dose_gy", "high_gy", "volume")
        return pd.DataFrame({name: getattr(self, name) for name in columns})

    def cumulative(self) -> pd.DataFrame:
        """dose_gy and volume (share that receives at least that dose), from 1 to 0; `Dvh.of` takes it back."""
        above = np.append(np.cumsum(self.volume[::-1])[::-1], 0.0)
        above[0] = 1.0
        rows = pd.DataFrame(
            {
                "dose_gy": np.stack((self.low_gy, self.high_gy), axis=1).ravel(),
                "volume": np.minimum(np.stack((above[:-1], above[1:]), axis=1).ravel(), 1.0),
            }
        )
        return rows.drop_duplicates(ignore_index=True)

    def volume_at(self, dose_gy: float) -> float:
        """Vx: the share of the volume that receives at least `dose_gy`, interpolated within a bin.

        1 at and below the least dose, 0 above the greatest; volume at exactly `dose_gy` counts.
        Raises `Refused` for a negative dose.
        """
        if not dose_gy >= 0:
            raise Refused([Problem(f"{dose_gy} is no dose.", "dose_gy", "Give a dose of 0 Gy or more.")])
        width = self.high_gy - self.low_gy
        inside = (self.high_gy - dose_gy) / np.where(width > 0, width, 1.0)
        share = np.where(width > 0, np.clip(inside, 0.0, 1.0), self.low_gy >= dose_gy)
        return 1.0 if (share == 1).all() else float(self.volume @ share)

    def dose_at(self, volume: float) -> float:
        """Dx in Gy: the least dose of the hottest `volume` (a share, 0 to 1), interpolated within a bin.

        The whole volume gives the least dose, none the greatest. Where the share ends between two bins, it is the
        dose of the hotter one. Raises `Refused` for a share outside 0 to 1.
        """
        if not 0 <= volume <= 1:
            problem = Problem(f"{volume} is no share of a volume.", "volume", "Give a share from 0 to 1, not per cent.")
            raise Refused([problem])
        hotter = np.append(np.cumsum(self.volume[::-1])[::-1], 0.0)
        hotter[0] = 1.0
        # The hottest bin with which the share is complete.
        place = int(np.flatnonzero(hotter[:-1] >= volume - SAME)[-1])
        into = np.clip((volume - hotter[place + 1]) / self.volume[place], 0.0, 1.0)
        return float(self.high_gy[place] - into * (self.high_gy[place] - self.low_gy[place]))

    def bed(self, fractions: int, alpha_beta_gy: float) -> Dvh:
        """The same table in biologically effective dose: each dose D in n equal fractions becomes D (1 + D/n/(a/b)).

        The dose of each bin and both its ends are converted. `alpha_beta_gy` may be infinite (no effect of the
        fraction). Raises `Refused` for fractions below 1 and a ratio of 0 or less. Source: Fowler 1989,
        doi:10.1259/0007-1285-62-740-679.
        """
        fractionation(fractions, alpha_beta_gy)
        low, dose, high = (d * (1 + d / fractions / alpha_beta_gy) for d in (self.low_gy, self.dose_gy, self.high_gy))
        return replace(self, low_gy=low, dose_gy=dose, high_gy=high)

    def eqd2(self, fractions: int, alpha_beta_gy: float) -> Dvh:
        """The same table in the dose that does the same in fractions of 2 Gy: the BED over 1 + 2/(a/b). As `bed`."""
        bed, share = self.bed(fractions, alpha_beta_gy), 1 + 2 / alpha_beta_gy
        return replace(bed, low_gy=bed.low_gy / share, dose_gy=bed.dose_gy / share, high_gy=bed.high_gy / share)


def geud_gy(dvh: Dvh, a: float) -> float:
    """Which uniform dose is as good as this table? (sum of v D^a)^(1/a) in Gy, safe for every `a`.

    1 is the mean, 0 the geometric mean, plus and minus infinity the greatest and the least dose of a bin (its middle,
    as in the sum). With volume at dose 0 it is 0 for `a` of 0 or less. It never falls as `a` rises. Raises `Refused`
    when `a` is no number. Source: Gay and Niemierko 2007, doi:10.1016/j.ejmp.2007.07.001.
    """
    if np.isnan(a):
        raise Refused([Problem("The volume parameter is no number.", "a", "Give a number; infinity is one.")])
    if abs(a) < 1 / EXTREME or abs(a) > EXTREME:
        a = 0.0 if abs(a) < 1 else np.copysign(np.inf, a)
    if np.isinf(a):
        return float(dvh.dose_gy.max() if a > 0 else dvh.dose_gy.min())
    positive = dvh.dose_gy > 0
    if not positive.any() or (a <= 0 and not positive.all()):
        return 0.0
    volume, logs = dvh.volume[positive], np.log(dvh.dose_gy[positive])
    centre = float(volume @ logs / volume.sum())
    if a == 0:
        return float(np.exp(centre))
    powers = a * (logs - centre)
    if abs(powers).max() < 1:
        # Close to 0 all powers are close to 1: adding up what is beyond 1 loses no digits.
        beyond = volume @ np.expm1(powers) - dvh.volume[~positive].sum()
        return float(np.exp(centre + np.log1p(beyond) / a))
    largest = powers.max()
    return float(np.exp(centre + (largest + np.log(volume @ np.exp(powers - largest))) / a))


def fractionation(fractions: float, alpha_beta_gy: float) -> None:
    """Raise `Refused` for fewer fractions than 1 and for a ratio alpha/beta that is not above 0 Gy."""
    problems = []
    if not (fractions >= 1 and float(fractions).is_integer()):
        problems.append(
            Problem(f"{fractions} fractions cannot be given.", "fractions", "Give a whole number from 1 on.")
        )
    if not alpha_beta_gy > 0:
        problems.append(Problem(f"{alpha_beta_gy} Gy is no ratio.", "alpha_beta_gy", "Give a ratio above 0 Gy."))
    if problems:
        raise Refused(problems)


def _numbers(values: Sequence, where: str, problems: list[Problem]) -> np.ndarray:
    given = pd.Series(np.ravel(np.asarray(values, dtype=object)), dtype=object)
    numbers = pd.to_numeric(given, errors="coerce").to_numpy(dtype=float)
    if unknown := int((~np.isfinite(numbers)).sum()):
        problems.append(Problem(f"{unknown} values are missing or no numbers.", where, "Give a number in every row."))
    return numbers


def _problems(doses: np.ndarray, volumes: np.ndarray, kind: str) -> Iterator[Problem]:
    rows = f"{len(doses)} doses were given with {len(volumes)} volumes."
    if kind == CUMULATIVE and (len(doses) != len(volumes) or len(doses) < 2):
        yield Problem(rows, "dose", "A cumulative table has one of each per row, and two rows or more.")
        return
    if kind == DIFFERENTIAL and (len(doses) - len(volumes) not in (0, 1) or not len(volumes)):
        yield Problem(rows, "dose", "Give the edges of the bins, one more than volumes, or one dose per volume.")
        return
    if negative := int((doses < 0).sum()):
        yield Problem(f"{negative} doses are negative.", "dose", "Doses are 0 Gy or more.")
    if negative := int((volumes < 0).sum()):
        yield Problem(f"{negative} volumes are negative.", "volume", "Volumes are 0 or more.")
    steps = np.diff(doses)
    # Edges rise, and the rows of a cumulative table never fall: a dose given twice is a step there.
    falling = int(((steps < 0) if kind == CUMULATIVE else (steps <= 0)).sum())
    if falling and (len(doses) != len(volumes) or kind == CUMULATIVE):
        yield Problem(f"The dose does not rise at {falling} rows.", "dose", "Sort the rows by dose.")
    yield from _totals(volumes, kind)


def _totals(volumes: np.ndarray, kind: str) -> Iterator[Problem]:
    total = volumes[0] if kind == CUMULATIVE else volumes.sum()
    if not min(abs(total - 1), abs(total / 100 - 1)) <= ROUNDING and np.isfinite(total):
        said = "The first row holds" if kind == CUMULATIVE else "The volumes add up to"
        yield Problem(f"{said} {total:g}, which is neither 1 nor 100 %.", "volume", "Divide by the whole volume.")
    if kind != CUMULATIVE:
        return
    if rising := int((np.diff(volumes) > 0).sum()):
        remedy = "In a cumulative table each row is the volume that receives at least that dose."
        yield Problem(f"The volume rises at {rising} rows.", "volume", remedy)
    if volumes[-1] > 0:
        remedy = "Add a row with the greatest dose and volume 0."
        yield Problem(
            f"At the last dose {volumes[-1]:g} of the volume is left, so its dose is unknown.", "volume", remedy
        )
