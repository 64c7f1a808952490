"""Random sets of features that hang together on a network, to compare a chosen set with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.errors import NotEstimable, Problem, Refused
from core.network.graph import Graph, connected_parts

#: Draws that may turn out as the chosen set itself before the search ends.
_TRIES = 1000


@dataclass(frozen=True)
class FeatureSets:
    """`sets` of `size` features each, drawn at random; `distinct` of them differ.

    `connected` says whether each hangs together on a network, else they are any features; `meaning` says it in words.
    """

    size: int
    sets: tuple[tuple[str, ...], ...]
    distinct: int
    connected: bool
    meaning: str


def random_connected_sets(
    graphs: Sequence[Graph],
    size: int,
    draws: int,
    *,
    besides: Collection[str] = (),
    pool: Sequence[str] = (),
    seed: int = 0,
) -> FeatureSets:
    """Which other sets of `size` features could have been taken from these networks?

    Each draw starts at a random feature of a part with at least `size` of them, in the networks in turn, and adds one
    random neighbour of the set after the other; larger and denser regions come up more often, so the draws are not
    exactly uniform. The set `besides` is never drawn. Where the networks have no other connected set of this size,
    sets of any features of the `pool` are drawn instead, and `meaning` says so. Raises `Refused` for a senseless
    number, `NotEstimable` when the pool has no other set either.
    """
    if size < 1 or draws < 1:
        raise Refused([Problem(f"{draws} sets of {size} features.", "draws", "Ask for at least one of each.")])
    avoided = frozenset(besides)
    grown = [graph for graph in graphs if _has_another(graph, size, avoided)]
    chance = np.random.default_rng(seed)
    if grown:
        regions = [_Region(graph, size) for graph in grown]
        sets = [_other(partial(regions[i % len(regions)].draw, chance), avoided) for i in range(draws)]
        where = "the network" if len(graphs) == 1 else f"the networks ({len(grown)} of {len(graphs)})"
        meaning = f"random connected sets of {size} features of {where}"
    else:
        names = np.array(sorted(pool), dtype=object)
        if len(names) < size or (len(names) == size and frozenset(names) == avoided):
            raise NotEstimable(
                f"There is no other set of {size} features to compare with.",
                "Choose a feature set with more features, or a smaller part of the network.",
            )
        sets = [_other(lambda: tuple(chance.choice(names, size, replace=False)), avoided) for _ in range(draws)]
        meaning = (
            f"random sets of {size} features, connected or not, because the network has no other connected set of "
            "that size"
        )
    kept = tuple(tuple(sorted(found)) for found in sets if found is not None)
    return FeatureSets(size, kept, len(set(kept)), bool(grown), meaning)


def _has_another(graph: Graph, size: int, avoided: frozenset[str]) -> bool:
    """Whether a connected set of this size other than the avoided one exists.

    A connected part with more features has at least two of them, since two of its features at least can be taken away
    without breaking it.
    """
    if size == 1:
        return bool(set(graph.names) - avoided)
    parts = [part for part in connected_parts(graph) if len(part) >= size]
    return any(len(part) > size or frozenset(part) != avoided for part in parts)


class _Region:
    """A network in which sets grow."""

    def __init__(self, graph: Graph, size: int):
        self.names, self.size = graph.names, size
        self.neighbours: list[list[int]] = [[] for _ in graph.names]
        for i, j in graph.edges:
            self.neighbours[i].append(int(j))
            self.neighbours[j].append(int(i))
        place = {name: index for index, name in enumerate(graph.names)}
        parts = [part for part in connected_parts(graph) if len(part) >= size]
        self.starts = sorted(place[name] for part in parts for name in part) or list(range(len(graph.names)))

    def draw(self, chance: np.random.Generator) -> tuple[str, ...]:
        first = int(self.starts[chance.integers(len(self.starts))])
        inside, edge = {first}, set(self.neighbours[first])
        while len(inside) < self.size:
            at = sorted(edge)
            chosen = at[chance.integers(len(at))]
            inside.add(chosen)
            edge = (edge | set(self.neighbours[chosen])) - inside
        return tuple(self.names[index] for index in inside)


def _other(draw: Callable[[], tuple[str, ...]], avoided: frozenset[str]) -> tuple[str, ...] | None:
    """The first draw that is not the avoided set."""
    return next((found for found in (draw() for _ in range(_TRIES)) if frozenset(found) != avoided), None)
