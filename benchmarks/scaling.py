"""How time and memory grow with patients, nodes and features: a curve each, and the exponent of its growth.

`python -m benchmarks scaling` prints the rows; `python -m benchmarks.scaling PICTURE.svg` draws the curves and prints
the tables of docs/scaling.md.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pandas as pd

from benchmarks.claim import Row, seconds
from core.compute import alone
from core.network.sparse import ebic_network
from core.transport.kmeans import wasserstein_kmeans
from core.transport.metric import Ground, hop_ground
from core.transport.wasserstein import w1_matrix

SEED = 7
#: Edges per node of the made-up networks, as in the sparse networks of real features.
DENSITY = 2.4


@dataclass(frozen=True)
class Point:
    """One size, and what it took in one thread: seconds, and MB beyond what was there."""

    size: int
    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Curve:
    """What was varied (`axis`), what stayed, and the points."""

    work: str
    axis: str
    fixed: str
    points: tuple[Point, ...]

    @property
    def exponent(self) -> float:
        """b of time = a size^b, by least squares of the logarithms."""
        sizes, taken = (np.log([getattr(each, name) for each in self.points]) for name in ("size", "seconds"))
        return float(np.polyfit(sizes, taken, 1)[0])


def network(m: int, rng: np.random.Generator) -> Ground:
    """A connected network of m nodes with about `DENSITY` m edges."""
    pairs = {(int(rng.integers(j)), j) for j in range(1, m)}
    while len(pairs) < DENSITY * m:
        i, j = sorted(rng.choice(m, 2, replace=False).tolist())
        pairs.add((i, j))
    return hop_ground(m, np.array(sorted(pairs)))


def patients(n: int, m: int, k: int, rng: np.random.Generator) -> np.ndarray:
    """Distributions (n, m) of k overlapping groups."""
    profiles = 0.6 * rng.normal(size=(k, m))
    mass = np.exp(profiles[rng.integers(k, size=n)] + 0.5 * rng.normal(size=(n, m)))
    return mass / mass.sum(axis=1, keepdims=True)


def table(n: int, p: int, rng: np.random.Generator) -> pd.DataFrame:
    """Features (n, p) in chains of ten."""
    values = rng.normal(size=(n, p))
    for j in range(p):
        if j % 10:
            values[:, j] = 0.6 * values[:, j - 1] + 0.8 * values[:, j]
    return pd.DataFrame(values, columns=[f"f{j}" for j in range(p)])


def curve(work: str, axis: str, fixed: str, sizes: Sequence[int], task: Callable[[int], Callable[[], object]]) -> Curve:
    """Time and memory of `task(size)()` at each size, in one thread; the first call of all is not counted."""
    points = []
    with alone():
        task(sizes[0])()
        for size in sizes:
            ready = task(size)
            taken = seconds(ready)
            tracemalloc.start()
            ready()
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            points.append(Point(size, taken, peak / 2**20))
    return Curve(work, axis, fixed, tuple(points))


def _clusters(n: int, m: int) -> Callable[[], object]:
    rng = np.random.default_rng(SEED)
    ground, values = network(m, rng), patients(n, m, 4, rng)
    return lambda: wasserstein_kmeans(values, ground, 4, restarts=1, seed=SEED)


def _matrix(n: int, m: int) -> Callable[[], object]:
    rng = np.random.default_rng(SEED)
    ground, values = network(m, rng), patients(n, m, 4, rng)
    return lambda: w1_matrix(values, ground)


def _network(n: int, p: int) -> Callable[[], object]:
    features = table(n, p, np.random.default_rng(SEED))
    return lambda: ebic_network(features, gamma=0.5, threshold=False, lambda_min_ratio=0.2, lambdas=40)


#: What is measured: the work, what varies, what stays, the sizes, the task of a size, the steepest growth expected.
CURVES = {
    "W1 k-means against patients": (
        "n",
        "m = 60, k = 4, one start",
        (77, 300, 1000, 5000),
        lambda n: _clusters(n, 60),
        1.6,
    ),
    "W1 k-means against nodes": (
        "m",
        "n = 300, k = 4, one start",
        (30, 60, 100, 200, 300),
        lambda m: _clusters(300, m),
        3.0,
    ),
    "distances of all patients against patients": ("n", "m = 60", (77, 150, 300, 600), lambda n: _matrix(n, 60), 2.3),
    "distances of all patients against nodes": (
        "m",
        "n = 100",
        (30, 60, 100, 200, 300),
        lambda m: _matrix(100, m),
        3.0,
    ),
    "network path against features": (
        "p",
        "n = 500, 40 penalties to 0.2",
        (50, 100, 200, 400, 1000),
        lambda p: _network(500, p),
        3.5,
    ),
}


@cache
def measured(work: str) -> Curve:
    """The curve of a work, measured once."""
    axis, fixed, sizes, task, _ = CURVES[work]
    return curve(work, axis, fixed, sizes, task)


def row(work: str, claim: str) -> Row:
    """The exponent of the growth, with every point."""
    found, steepest = measured(work), CURVES[work][-1]
    points = "; ".join(
        f"{found.axis} = {each.size}: {each.seconds:.3g} s, {each.megabytes:.3g} MB" for each in found.points
    )
    span = f"{found.axis} = {found.points[0].size} to {found.points[-1].size}"
    goal = f"at most {steepest:g}"
    exponent = found.exponent
    return Row(claim, span, f"exponent {exponent:.2f}", None, goal, exponent <= steepest, f"{found.fixed}. {points}")


CLAIMS = {f"growth of {work}": partial(row, work) for work in CURVES}


def picture(curves: dict[str, Curve]):
    """Seconds and MB of every curve against size, all on logarithmic axes."""
    from core.plots import theme

    figure = theme.subplots(rows=2, cols=len(curves), vertical_spacing=0.1, horizontal_spacing=0.05)
    for column, (work, found) in enumerate(curves.items(), 1):
        sizes = [each.size for each in found.points]
        for row, (name, colour) in enumerate((("seconds", theme.PALETTE[0]), ("megabytes", theme.PALETTE[1])), 1):
            values = [getattr(each, name) for each in found.points]
            marks = {"mode": "lines+markers", "line": {"color": colour}, "showlegend": False}
            figure.add_scatter(x=sizes, y=values, row=row, col=column, **marks)
            figure.update_yaxes(type="log", row=row, col=column, title=(name if column == 1 else None))
        figure.update_xaxes(type="log", tickvals=sizes, row=1, col=column)
        heading = f"{work.replace(' against ', '<br>against ')}<br>power {found.exponent:.2f}"
        figure.update_xaxes(type="log", tickvals=sizes, title=f"{found.axis}<br><br>{heading}", row=2, col=column)
    return figure.update_layout(width=1200, height=520, paper_bgcolor="#FFFFFF", plot_bgcolor="#FFFFFF", margin_b=120)


def main(arguments: Sequence[str]) -> None:
    """Print a table per curve, and draw them all where a file is named."""
    for work in CURVES:
        found = measured(work)
        print(f"\n### {work[0].upper()}{work[1:]}\n\n{found.fixed}.\n")
        print(f"| {found.axis} | seconds | MB |\n|---|---|---|")
        for each in found.points:
            print(f"| {each.size:,} | {each.seconds:.3g} | {each.megabytes:.3g} |")
        print(f"\nTime grows with the power {found.exponent:.2f}.")
    for file in arguments:
        picture({work: measured(work) for work in CURVES}).write_image(file)


if __name__ == "__main__":
    main(sys.argv[1:])
