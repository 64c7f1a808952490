"""The path of sparse networks: 100 penalties, against scikit-learn and R, and on half samples."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.claim import Absent, Row, faster, in_turns, seconds, within
from benchmarks.studies import library_with
from core.cohort.expression import EVERYBODY
from core.compute import generators, in_threads
from core.network.correlation import correlation_matrix, nearest_correlation
from core.network.path import penalties_of, penalty_path
from core.network.sparse import chosen_precision, ebic_network

#: Which of the 100 penalties scikit-learn is asked for, from the largest on; its whole path is extrapolated.
ASKED = (10, 30, 50, 70, 90)
ROUNDS = 3
#: Simulated paths go down to this share of the largest correlation.
RATIO = 0.1
#: R says how long its path took, start and reading not counted, and which pairs are edges at which penalty.
IN_R = """
suppressMessages(library(glasso))
S <- as.matrix(read.csv(commandArgs(TRUE)[1], header = FALSE))
penalties <- scan(commandArgs(TRUE)[2], quiet = TRUE)
thr <- as.numeric(commandArgs(TRUE)[3])
begun <- proc.time()[["elapsed"]]
path <- glassopath(S, penalties, thr = thr, maxit = 1e6, penalize.diagonal = FALSE, trace = 0)
cat(proc.time()[["elapsed"]] - begun, "\\n")
edges <- apply(path$wi != 0, 3, function(K) (K | t(K))[upper.tri(K)])
writeBin(as.integer(edges), commandArgs(TRUE)[4], size = 1)
"""


def simulated(n: int, p: int, seed: int = 0) -> np.ndarray:
    """n patients of p features: half in chains of five, a third in blocks of eight with a common factor."""
    rng = np.random.default_rng(seed)
    tie = np.eye(p)
    for i in range(1, p // 2):
        if i % 5:
            tie[i, i - 1] = rng.choice([-0.8, 0.6, 0.9])
    values = np.linalg.solve(tie, rng.normal(size=(p, n))).T
    for first in range(p // 2, p - p // 5 - 7, 8):
        values[:, first : first + 8] += rng.normal(size=(n, 1)) * rng.uniform(0.5, 1.5, 8)
    return values


def correlations(values: np.ndarray) -> np.ndarray:
    return nearest_correlation(np.corrcoef(values.T))


@cache
def compiled() -> None:
    """The first run pays for compiling, so it is not measured."""
    chosen_precision(correlations(simulated(60, 20)), 60, gamma=0.5, threshold=False, lambdas=10)


@cache
def features():
    """All patients of hn_tcia that have features."""
    compiled()
    library = library_with("hn_tcia")
    return library.open("hn_tcia").features(EVERYBODY, "features")


def path(claim: str) -> Row:
    """Seconds of the whole path, scored."""
    table = features()
    taken = sorted(seconds(lambda: ebic_network(table)) for _ in range(ROUNDS))[ROUNDS // 2]
    return within(claim, taken, 3, "s", f"n = {len(table)}, {table.shape[1]} features; compiling is not counted")


def by_scikit_learn(matrix: np.ndarray, penalties: np.ndarray) -> int:
    """`graphical_lasso` for each penalty, each from nothing; how many it gave up."""
    from sklearn.covariance import graphical_lasso
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.utils._testing import ignore_warnings

    failed = 0
    for penalty in penalties:
        try:
            ignore_warnings(category=ConvergenceWarning)(graphical_lasso)(matrix, alpha=penalty)
        except FloatingPointError:
            failed += 1
    return failed


def against_scikit_learn(claim: str) -> Row:
    """The same penalties of the same matrix by scikit-learn: the real features."""
    table = features()
    matrix = nearest_correlation(correlation_matrix(table, "pearson"))
    penalties = penalties_of(matrix, 100, 0.01)[list(ASKED)]
    failed: list[int] = []
    few, ours = in_turns(lambda: failed.append(by_scikit_learn(matrix, penalties)), lambda: ebic_network(table), ROUNDS)
    note = f"scikit-learn: {few:.3g} s for {len(ASKED)} penalties, {failed[-1]} of which it gave up; times 20"
    return faster(claim, few * 100 / len(ASKED), ours, 10, note)


def simulated_against_scikit_learn(claim: str) -> Row:
    """The same on 100 simulated features of 500 patients, with scores of ours and without any of theirs."""
    compiled()
    matrix = correlations(simulated(500, 100))
    penalties = penalties_of(matrix, 100, RATIO)
    failed: list[int] = []
    few, ours = in_turns(
        lambda: failed.append(by_scikit_learn(matrix, penalties[list(ASKED)])),
        lambda: chosen_precision(matrix, 500, gamma=0.5, threshold=False, penalties=penalties),
        ROUNDS,
    )
    note = (
        f"down to {RATIO:g} of the largest correlation; scikit-learn: {few:.3g} s for {len(ASKED)} of the 100, "
        f"{failed[-1]} of which it gave up; times 20"
    )
    return faster(claim, few * 100 / len(ASKED), ours, 50, note)


def in_r(matrix: np.ndarray, penalties: np.ndarray, thr: float) -> tuple[float, np.ndarray]:
    """Seconds of `glasso::glassopath` inside R, and its edges (pairs x penalties, the smallest penalty first)."""
    program = shutil.which("Rscript")
    if program is None:
        raise Absent("There is no R on this machine: install R and its package glasso.")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        np.savetxt(place / "S.csv", matrix, delimiter=",", fmt="%.17g")
        np.savetxt(place / "penalties.txt", penalties, fmt="%.17g")
        (place / "path.R").write_text(IN_R)
        run = subprocess.run(
            [program, "path.R", "S.csv", "penalties.txt", str(thr), "edges"], cwd=place, capture_output=True, text=True
        )
        if run.returncode:
            raise Absent(f"R could not run glasso; install its package glasso. R says: {run.stderr.strip()[-200:]}")
        edges = np.fromfile(place / "edges", dtype=np.int8).astype(bool)
        return float(run.stdout.split()[0]), edges.reshape(len(penalties), -1).T


def against_r(claim: str) -> Row:
    """300 simulated features of 500 patients; R once at its default tolerance, and ours solved to 1e-7."""
    compiled()
    p = 300
    matrix = correlations(simulated(500, p))
    penalties = penalties_of(matrix, 100, RATIO)
    theirs, loose = in_r(matrix, penalties, 1e-4)
    pairs = np.tril_indices(p, -1)
    solved: list[np.ndarray] = []

    def ours() -> None:
        solved[:] = [K[pairs] != 0 for _, K, _ in penalty_path(matrix, penalties)]

    taken = sorted(seconds(ours) for _ in range(ROUNDS))[ROUNDS // 2]
    mine = np.column_stack(solved[::-1])
    # R's default leaves some edges open; where R is solved tightly, at a few penalties, not one differs.
    few = np.array([5, 35, 65, 95])
    _, tight = in_r(matrix, penalties[::-1][few], 1e-9)
    apart = int((tight != mine[:, few]).sum())
    note = (
        f"glasso::glassopath with its default thr = 1e-4, R's start not counted; {int((loose != mine).sum())} of "
        f"{int(mine.sum())} edges of the path differ from that, {apart} from R solved to 1e-9 at {len(few)} penalties"
    )
    row = faster(claim, theirs, taken, 1, note)
    return row if apart == 0 else Row(row.claim, row.baseline, row.candidate, row.ratio, row.goal, False, note)


def half_samples(claim: str) -> Row:
    """100 half samples of 500 patients, 100 features: each its correlations, its path and its choice, in threads."""
    compiled()
    values = simulated(500, 100)

    def one(rng: np.random.Generator) -> float:
        half = values[rng.permutation(500)[:250]]
        return chosen_precision(correlations(half), 250, gamma=0.25, threshold=False)[0]

    busy = time.process_time()
    taken = seconds(lambda: in_threads(one, generators(1, 100)))
    busy = time.process_time() - busy
    note = f"gamma 0.25, 100 penalties down to 0.01 of the largest correlation; {busy:.3g} s of processor time"
    return within(claim, taken, 10, "s", note)


CLAIMS = {
    "network path of 100 penalties on 105 features (hn_tcia)": path,
    "the same path against a loop of scikit-learn's graphical_lasso": against_scikit_learn,
    "network path at p = 100, n = 500 (simulated) against the same loop": simulated_against_scikit_learn,
    "network path at p = 300, n = 500 (simulated) against R's glasso": against_r,
    "paths of 100 half samples at p = 100, in threads": half_samples,
}
