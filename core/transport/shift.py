"""How far a change of acquisition moves patients on a network: the reproducibility distance and its nulls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from core.compute import Progress, generators, in_threads, part, quiet, spread
from core.errors import NotEstimable, Problem, Refused
from core.transport.beat import Beat
from core.transport.density import Mode, learn_scaling, masses
from core.transport.metric import Ground
from core.transport.wasserstein import solve_pairs

#: With more patients than this, each is compared with as many others drawn at random.
_MOST_OTHERS = 100


@dataclass(frozen=True)
class Shift:
    """W1 between two settings for each of `n` patients, beside two nulls.

    `patients` has a row per patient: patient, w1, null_median, null_low and null_high (central 95% of the random
    features' W1), p_value, n_draws (null values at hand), between_median (W1 to other patients in the other setting).
    `share_below_null` of the patients lie under their null median; `p_mean` is the empirical p of `mean_w1` among
    `null_means`, one per draw; the least p that `draws` allow is 1 / (1 + draws).
    `within_to_between` is the median W1 within patients over that between patients: near 0 when settings hardly
    matter, near 1 when a patient under another setting is as far as another patient.
    `names` are the `m` nodes, `n_pool` the features that the null drew from, `n_pool_left_out` those with gaps or
    without variation. `identical_nodes` have the same values under both settings for everybody, as the shape of one
    contour copied to both images has: they speak for no reproducibility, and `n_pool_identical` counts them in the
    pool. Patients with no partner under the other setting, `missing` node values or `zero_mass` have
    no distance.
    """

    n: int
    m: int
    names: tuple[str, ...]
    patients: pd.DataFrame
    mean_w1: float
    median_w1: float
    null_mean_median: float
    null_means: np.ndarray
    share_below_null: float
    p_mean: float
    between_median: float
    within_to_between: float
    draws: int
    n_pool: int
    n_pool_left_out: int
    identical_nodes: tuple[str, ...]
    n_pool_identical: int
    only_first: tuple
    only_second: tuple
    missing: tuple
    zero_mass: tuple
    mode: Mode
    seed: int


def setting_shift(
    first: pd.DataFrame,
    second: pd.DataFrame,
    nodes: Sequence[str],
    ground: Ground,
    *,
    mode: Mode = "unit",
    draws: int = 1000,
    seed: int = 0,
    progress: Progress = quiet,
) -> Shift:
    """Do patients stay where they are on a common network when the acquisition setting changes?

    `first` and `second` are raw features of the whole pool (patients as index, features as columns), `nodes` the m
    features of the network, `ground` that network. Scales are learned over both settings together, so that a
    shift between them stays visible. Null: m features of the pool drawn at random, put on the same nodes, `draws`
    times; p = (1 + number of null W1 <= observed) / (1 + draws). After Oh et al. 2021 (PMC8085581), whose details
    are not published. A small p says that these features are steadier together than random ones, not that the
    settings agree. Raises `Refused` for absent nodes or patients given twice, `NotEstimable` when no patient has
    both settings or the pool is too small.
    """
    nodes = [str(name) for name in nodes]
    _require(first, second, nodes, ground, draws)
    shared = first.index[first.index.isin(second.index)]
    a, b = first.loc[shared], second.loc[shared]
    complete = np.isfinite(a[nodes].to_numpy(float)).all(axis=1) & np.isfinite(b[nodes].to_numpy(float)).all(axis=1)
    missing, a, b = tuple(shared[~complete]), a[complete], b[complete]
    if not len(a):
        raise NotEstimable(
            f"None of {len(shared)} patients with both settings has every node's value.", "Choose other settings."
        )
    pool, left_out = _pool(a, b)
    scaling = learn_scaling(pd.concat([a[nodes], b[nodes]]), mode)
    one, other = _normalised(masses(a, scaling)[0]), _normalised(masses(b, scaling)[0])
    massive = ~np.isnan(one[:, 0]) & ~np.isnan(other[:, 0])
    zero_mass, a, b, one, other = tuple(a.index[~massive]), a[massive], b[massive], one[massive], other[massive]
    if not len(a) or len(pool) < len(nodes):
        raise NotEstimable(
            f"{len(a)} patients have mass on the nodes and {len(pool)} features vary, for {len(nodes)} nodes.",
            "Choose a larger feature set or other settings.",
        )
    observed = _pairs(one, other, ground, Beat(progress))
    null = _null(a[pool], b[pool], mode, ground, draws, seed, part(progress, 0.0, 0.8))
    between = _between(one, other, ground, seed, part(progress, 0.8, 0.2))
    table = _table(a.index, observed, null, between)
    null_means = _over(np.nanmean, null)
    mean = float(observed.mean())
    identical = [name for name in pool if np.array_equal(a[name].to_numpy(float), b[name].to_numpy(float))]
    between_median = float(np.median(between)) if between.size else float("nan")
    return Shift(
        n=len(a),
        m=len(nodes),
        names=tuple(nodes),
        patients=table,
        mean_w1=mean,
        median_w1=float(np.median(observed)),
        null_mean_median=float(np.nanmedian(null_means)),
        null_means=null_means,
        share_below_null=float((table["w1"] < table["null_median"]).mean()),
        p_mean=float((1 + np.sum(null_means <= mean)) / (1 + np.sum(np.isfinite(null_means)))),
        between_median=between_median,
        within_to_between=float(np.median(observed) / between_median) if between_median > 0 else float("nan"),
        draws=draws,
        n_pool=len(pool),
        n_pool_left_out=left_out,
        identical_nodes=tuple(name for name in nodes if name in set(identical)),
        n_pool_identical=len(identical),
        only_first=tuple(first.index.difference(second.index, sort=False)),
        only_second=tuple(second.index.difference(first.index, sort=False)),
        missing=missing,
        zero_mass=zero_mass,
        mode=mode,
        seed=seed,
    )


def _require(first: pd.DataFrame, second: pd.DataFrame, nodes: list[str], ground: Ground, draws: int) -> None:
    problems = [
        Problem(
            "The network's feature is not measured here.", f"{setting} setting, {name}", "Choose a set that has it."
        )
        for setting, frame in (("first", first), ("second", second))
        for name in nodes
        if name not in frame.columns
    ]
    for setting, frame in (("first", first), ("second", second)):
        if not frame.index.is_unique:
            twice = frame.index[frame.index.duplicated()][0]
            problems.append(Problem(f"Patient {twice} is given twice.", f"{setting} setting", "Give one row each."))
    if ground.m != len(nodes):
        problems.append(Problem(f"A network of {ground.m} nodes for {len(nodes)} features.", "nodes"))
    if draws < 1:
        problems.append(Problem(f"{draws} draws make no null.", "draws", "Give at least 1, better 1,000."))
    if problems:
        raise Refused(problems)


def _pool(a: pd.DataFrame, b: pd.DataFrame) -> tuple[list[str], int]:
    """Features of both settings without gaps that vary over both together, and how many others there are."""
    common = [name for name in a.columns if name in b.columns]
    values = np.concatenate([a[common].to_numpy(dtype=float), b[common].to_numpy(dtype=float)])
    usable = np.isfinite(values).all(axis=0) & (np.ptp(np.nan_to_num(values), axis=0) > 0)
    pool = [name for name, good in zip(common, usable, strict=True) if good]
    return pool, len(common) - len(pool)


def _null(
    a: pd.DataFrame, b: pd.DataFrame, mode: Mode, ground: Ground, draws: int, seed: int, progress: Progress
) -> np.ndarray:
    """(draws, n) W1 when the nodes hold random features of the pool; NaN where a patient then has no mass."""
    scaling = learn_scaling(pd.concat([a, b]), mode)
    one, other = masses(a, scaling)[0], masses(b, scaling)[0]

    beat = Beat(progress)
    draw = partial(_draw, one, other, ground, beat)
    return np.array(spread(draw, generators(seed, draws), beat.tell, "Random features on the same network"))


def _draw(one: np.ndarray, other: np.ndarray, ground: Ground, beat: Beat, rng: np.random.Generator) -> np.ndarray:
    taken = rng.choice(one.shape[1], ground.m, replace=False)
    return _pairs(_normalised(one[:, taken]), _normalised(other[:, taken]), ground, beat)


def _between(one: np.ndarray, other: np.ndarray, ground: Ground, seed: int, progress: Progress) -> np.ndarray:
    """(others, n) W1 of each patient under the first setting to other patients under the second."""
    n = len(one)
    steps = np.arange(1, n)
    if len(steps) > _MOST_OTHERS:
        steps = np.sort(np.random.default_rng(seed).choice(steps, _MOST_OTHERS, replace=False))
    beat = Beat(progress)
    rows = in_threads(
        lambda step: _pairs(one, np.roll(other, -step, axis=0), ground, beat), steps, beat.tell, "Other patients"
    )
    return np.array(rows).reshape(len(steps), n)


def _pairs(one: np.ndarray, other: np.ndarray, ground: Ground, beat: Beat) -> np.ndarray:
    """(n,) W1 of each patient's two distributions; NaN where one of them has no mass."""
    there = np.flatnonzero(np.isfinite(one[:, 0] + other[:, 0]))
    distances = np.full(len(one), np.nan)
    distances[there] = solve_pairs(one, other, there, there, ground, beat=beat)[0]
    return distances


def _normalised(values: np.ndarray) -> np.ndarray:
    total = values.sum(axis=1, keepdims=True)
    return np.ascontiguousarray(np.where(total > 0, values / np.where(total > 0, total, 1.0), np.nan))


def _table(index: pd.Index, observed: np.ndarray, null: np.ndarray, between: np.ndarray) -> pd.DataFrame:
    at_hand = np.isfinite(null).sum(axis=0)
    low, median, high = (_over(partial(np.nanquantile, q=q), null.T) for q in (0.025, 0.5, 0.975))
    return pd.DataFrame(
        {
            "patient": index,
            "w1": observed,
            "null_median": median,
            "null_low": low,
            "null_high": high,
            "p_value": (1 + (null <= observed).sum(axis=0)) / (1 + at_hand),
            "n_draws": at_hand,
            "between_median": np.median(between, axis=0) if len(between) else np.nan,
        }
    )


def _over(summary, rows: np.ndarray) -> np.ndarray:
    """`summary` of each row's numbers; NaN for a row without any."""
    return np.array([summary(row) if np.isfinite(row).any() else np.nan for row in rows])
