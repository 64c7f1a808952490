"""Features against a genotype: all models at once against one at a time, and which interval holds a useless feature."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from benchmarks.claim import Row, faster, in_turns, within
from core.radiogenomics.genotype import genotype
from core.radiogenomics.genotype_screen import genotype_screen
from core.radiogenomics.left_out import deal
from core.radiogenomics.ordinal import fits

#: Patients, carriers, columns (31 features in 7 places), folds and repeats of the published layout.
N, CARRIERS, COLUMNS, FOLDS, REPEATS = 160, 60, 217, 5, 20
#: Useless features of the simulation, and the columns that statsmodels is asked for.
USELESS, ASKED = 400, 4


@cache
def patients() -> tuple[pd.DataFrame, pd.Series, pd.DataFrame]:
    """Simulated: columns, alleles, and age and sex."""
    rng = np.random.default_rng(0)
    alleles = pd.Series(np.where(np.arange(N) < CARRIERS, "1", "0"))
    covariates = pd.DataFrame({"age": rng.normal(66, 8, N), "sex": rng.choice(["f", "m"], N)})
    return pd.DataFrame(rng.normal(size=(N, COLUMNS))).add_prefix("f"), alleles, covariates


def whole_screen(adjusted: bool = True) -> float:
    """All columns with their areas in left-out patients; the smallest p."""
    values, alleles, covariates = patients()
    coded = genotype(alleles, ("0", "1"))
    found = genotype_screen(values, coded, covariates if adjusted else None, folds=FOLDS, repeats=REPEATS)
    return float(found.table["p"].min())


def by_statsmodels() -> None:
    """A few columns, fold by fold, as one would write it."""
    import statsmodels.api as sm

    values, alleles, covariates = patients()
    y = (alleles == "1").to_numpy(dtype=float)
    others = np.column_stack((covariates["age"], covariates["sex"] == "m")).astype(float)
    rng = np.random.default_rng(0)
    for _ in range(REPEATS):
        dealt = deal(y, FOLDS, rng)
        for fold in range(FOLDS):
            inside = dealt != fold
            for column in range(ASKED):
                x = sm.add_constant(np.column_stack((values.to_numpy()[:, column], others)))
                sm.Logit(y[inside], x[inside]).fit(disp=0).predict(x[~inside])


def against_statsmodels(claim: str) -> Row:
    """The adjusted screen against the loop, extrapolated to all columns."""
    by_statsmodels(), whole_screen()  # the first run pays for importing
    loop, ours = in_turns(by_statsmodels, whole_screen, 3)
    note = (
        f"n = {N}, {COLUMNS} columns, {FOLDS} folds x {REPEATS} repeats; statsmodels for {ASKED} of them, extrapolated"
    )
    return faster(claim, loop / ASKED * COLUMNS, ours, 4, note)


def in_seconds(claim: str) -> Row:
    """The unadjusted screen, as the page first shows it."""
    whole_screen(False)
    taken, _ = in_turns(lambda: whole_screen(False), lambda: None, 3)
    return within(claim, taken, 3, "s", f"n = {N}, {COLUMNS} columns, {FOLDS} folds x {REPEATS} repeats")


@cache
def misses() -> dict[str, float]:
    """Of useless features: the share whose 95 % interval lacks 0.5, by where the interval comes from."""
    from scipy.stats import t

    rng = np.random.default_rng(3)
    y = (np.arange(N) < CARRIERS).astype(int)
    x = rng.normal(size=(N, USELESS))
    averaged, areas = np.zeros((N, USELESS)), []
    for _ in range(REPEATS):
        dealt = deal(y, FOLDS, rng)
        for fold in range(FOLDS):
            rows = dealt == fold
            weights = np.broadcast_to((~rows)[:, None], x.shape).astype(float)
            fitted = fits(x, y, weights, np.empty((N, 0)), 1e-6)
            scores = fitted.cuts[:, 0] + x[rows] * fitted.slope
            averaged[rows] += 1 / (1 + np.exp(-scores))
            areas.append(placed(scores, y[rows])[0])
    every = np.array(areas)
    error = np.sqrt(every.var(axis=0, ddof=1) * (1 / len(every) + 1 / (FOLDS - 1)))
    corrected = np.abs(every.mean(axis=0) - 0.5) > t.ppf(0.975, len(every) - 1) * error
    return {"left-out": outside(averaged, y), "corrected": corrected.mean(), "own": outside(x, y)}


def placed(scores: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Area of each column, and the placements of carriers and of others."""
    right = scores[y == 1][:, None, :] > scores[y == 0][None]
    return right.mean(axis=(0, 1)), right.mean(axis=1), right.mean(axis=0)


def outside(scores: np.ndarray, y: np.ndarray) -> float:
    """The share of columns whose interval by DeLong lacks 0.5."""
    area, above, below = placed(scores, y)
    variance = above.var(axis=0, ddof=1) / len(above) + below.var(axis=0, ddof=1) / len(below)
    return float((np.abs(area - 0.5) > 1.96 * np.sqrt(variance)).mean())


def which_interval_holds(claim: str) -> Row:
    """DeLong's interval of the feature itself beside those made from left-out scores."""
    found = misses()
    note = f"n = {N}, {CARRIERS} carriers, {USELESS} useless features; Nadeau and Bengio: {found['corrected']:.1%}"
    holds = found["own"] < 0.08 < 0.15 < found["left-out"]
    ratio = found["left-out"] / found["own"]
    return Row(
        claim,
        f"{found['left-out']:.1%} left-out scores",
        f"{found['own']:.1%} the feature itself",
        ratio,
        "5 % against more than 15 %",
        holds,
        note,
    )


CLAIMS = {
    "Genotype: the adjusted screen against a loop of statsmodels": against_statsmodels,
    "Genotype: the screen of a page": in_seconds,
    "Genotype: intervals that lack the 0.5 of a useless feature": which_interval_holds,
}
