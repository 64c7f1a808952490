"""Agreement: does a feature give the same patient the same value under two acquisition settings?"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, quiet
from core.errors import Problem, Refused
from core.stats.multiplicity import benjamini_hochberg

# pingouin keeps its rounding in one dictionary for the whole process and empties it while it works.
_PINGOUIN = threading.Lock()


@dataclass(frozen=True)
class Agreement:
    """Agreement of two settings, feature by feature.

    `n`: patients in both settings. `table`, indexed by feature: n (patients with both values), ccc (Lin's
    concordance) with its 95 % interval ccc_low and ccc_high, spearman with spearman_p and spearman_q
    (Benjamini-Hochberg over the features), icc (two-way random effects, absolute agreement, single rating: ICC(A,1))
    with its 95 % interval icc_low and icc_high, and note (why a number is absent, else empty).
    """

    n: int
    table: pd.DataFrame


def agreement(first: pd.DataFrame, second: pd.DataFrame, progress: Progress = quiet) -> Agreement:
    """How well do two settings agree on each feature?

    `first` and `second`: the same n patients (rows) and p features (columns), in the same order. A patient lacking
    either value is left out of that feature. A feature that is constant in a setting or has fewer than 3 patients
    gets NaN and a note. Refused when the two tables do not match.

    Lin 1989, doi:10.2307/2532051, with the corrected variance of Lin 2000 and the z-transform; McGraw and Wong 1996,
    doi:10.1037/1082-989X.1.1.30, as implemented by pingouin (Vallat 2018, doi:10.21105/joss.01026).
    """
    if not first.index.equals(second.index) or not first.columns.equals(second.columns):
        raise Refused(
            [Problem("the two settings differ in patients or features.", "", "Give both the same rows and columns.")]
        )
    x, y = (table.astype(float).replace([np.inf, -np.inf], np.nan) for table in (first, second))
    known = x.notna() & y.notna()
    x, y = x.where(known), y.where(known)
    n = known.sum().to_numpy()
    few = n < 3
    same = [_constant(values) for values in (x, y)]
    table = pd.DataFrame({"n": n}, index=first.columns)
    table["note"] = np.select(
        [few, same[0] & same[1], same[0], same[1]],
        ["fewer than 3 patients with both values", "constant in both settings", "constant in the first setting",
         "constant in the second setting"],
        "",
    )  # fmt: skip
    sound = (table["note"] == "").to_numpy()
    for columns, numbers in (
        (["ccc", "ccc_low", "ccc_high"], _concordance),
        (["spearman", "spearman_p"], _spearman),
    ):
        table[columns] = np.nan
        if sound.any():
            table.loc[sound, columns] = numbers(x.loc[:, sound], y.loc[:, sound], n[sound])
    table["spearman_q"] = benjamini_hochberg(table["spearman_p"].to_numpy())
    table[["icc", "icc_low", "icc_high"]] = _intraclass(x, y, sound, progress)
    order = [
        "n",
        "ccc",
        "ccc_low",
        "ccc_high",
        "spearman",
        "spearman_p",
        "spearman_q",
        "icc",
        "icc_low",
        "icc_high",
        "note",
    ]
    return Agreement(len(first), table[order].rename_axis("feature"))


def _constant(values: pd.DataFrame) -> np.ndarray:
    """Whether the known values of each feature are all the same but for rounding."""
    spread = (values.max() - values.min()).to_numpy()
    return ~(spread > 1e-12 * values.abs().max().to_numpy())


def _concordance(x: pd.DataFrame, y: pd.DataFrame, n: np.ndarray) -> np.ndarray:
    from scipy.special import ndtri

    mean_x, mean_y = x.mean().to_numpy(), y.mean().to_numpy()
    var_x, var_y = x.var(ddof=0).to_numpy(), y.var(ddof=0).to_numpy()
    covariance = ((x - mean_x) * (y - mean_y)).mean().to_numpy()
    r = np.clip(covariance / np.sqrt(var_x * var_y), -1, 1)
    shift = (mean_x - mean_y) ** 2 / np.sqrt(var_x * var_y)
    # The ratio of concordance to correlation, written out so that a correlation of 0 divides nothing.
    bias = 2 * np.sqrt(var_x * var_y) / (var_x + var_y + (mean_x - mean_y) ** 2)
    ccc = r * bias
    variance = (
        (1 - r**2) * bias**2 * (1 - ccc**2) + 2 * ccc**2 * bias * (1 - ccc) * shift - (ccc * bias * shift) ** 2 / 2
    )
    low, high = ccc.copy(), ccc.copy()
    # Perfect concordance has no error and no z; two patients in a row leave no degree of freedom.
    open_ = np.abs(ccc) < 1
    error = np.sqrt(np.maximum(variance[open_], 0) / (n[open_] - 2)) / (1 - ccc[open_] ** 2)
    z = np.arctanh(ccc[open_])
    low[open_], high[open_] = np.tanh(z - ndtri(0.975) * error), np.tanh(z + ndtri(0.975) * error)
    return np.column_stack([ccc, low, high])


def _spearman(x: pd.DataFrame, y: pd.DataFrame, n: np.ndarray) -> np.ndarray:
    from scipy.special import stdtr

    x, y = x.rank(), y.rank()
    x, y = x - x.mean(), y - y.mean()
    rho = ((x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum())).to_numpy()
    rho = np.where(np.abs(rho) > 1 - 1e-15, np.sign(rho), rho)
    p = np.where(np.abs(rho) == 1, 0.0, np.nan)
    open_ = np.abs(rho) < 1
    freedom = n[open_] - 2
    p[open_] = 2 * stdtr(freedom, -np.abs(rho[open_]) * np.sqrt(freedom / (1 - rho[open_] ** 2)))
    return np.column_stack([rho, p])


def _intraclass(x: pd.DataFrame, y: pd.DataFrame, sound: np.ndarray, progress: Progress) -> np.ndarray:
    """ICC(A,1) and its interval from pingouin, one feature after the other (about 10 ms each)."""
    numbers = np.full((len(sound), 3), np.nan)
    for position in np.flatnonzero(sound):
        progress(position / len(sound), f"ICC of feature {position + 1} of {len(sound)}")
        pair = np.column_stack([x.iloc[:, position], y.iloc[:, position]])
        pair = pair[~np.isnan(pair).any(axis=1)]
        # Without disagreement there is no error variance: the ratio is 1 and its interval undefined.
        numbers[position] = (1.0, np.nan, np.nan) if (pair[:, 0] == pair[:, 1]).all() else _pingouin_icc(pair)
    progress(1.0, "Agreement found")
    return numbers


def _pingouin_icc(pair: np.ndarray) -> tuple[float, float, float]:
    import pingouin

    n = len(pair)
    # Agreement does not depend on the scale; features of 1e12 and of 1e-9 are equally safe at scale 1.
    ratings = (pair - pair.mean()) / pair.std()
    long = pd.DataFrame(
        {"patient": np.repeat(np.arange(n), 2), "setting": np.tile([0, 1], n), "value": ratings.ravel()}
    )
    with _PINGOUIN, np.errstate(divide="ignore", invalid="ignore"):
        rounding = dict(pingouin.options)
        pingouin.options["round.column.CI95"] = None
        try:
            table = pingouin.intraclass_corr(long, targets="patient", raters="setting", ratings="value")
        finally:
            pingouin.options.update(rounding)
    row = table.set_index("Type").loc["ICC(A,1)"]
    return float(row["ICC"]), float(row["CI95"][0]), float(row["CI95"][1])
