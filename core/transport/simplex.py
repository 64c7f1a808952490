"""Wasserstein-1 on a network, exactly: a primal network simplex on the network's own edges, compiled with numba.

The problem is Beckmann's (1952, doi:10.2307/1907646): the cheapest flow along the edges that carries p - q away. Mass
may cross an edge either way at the same price, so any spanning tree with the flows that it forces is a feasible start,
and the optimum lies on a tree. A pivot takes in an edge that is shorter than the potentials of its ends differ, and
pushes mass round the cycle past every edge whose flow turns round on the way, as long as that pays (a long-step ratio
test); one pivot costs O(nodes).

All of this is done in integers, so nothing is rounded and the search must end. Masses are taken at about 2^-50 of
their sum, lengths at 2^-60 of theirs, and each node but the root holds one unit more than its share: then no flow on
any tree is zero, every pivot lowers the cost, and no tree comes back. The answer itself is worked out again in floating
point on the tree that was found.

Import this module inside the function that uses it: it imports numba.
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: Sums of masses and of lengths fit 2^60, far enough from the end of 64 bits for the sums of a pivot.
_BITS = 60

#: Parts of one kernel: handing many arrays from function to function would cost a fifth of the time.
_part = njit(nogil=True, cache=True, forceinline=True)


@_part
def plant(tail, head, lengths, distances, parent, road, order, place, size):
    """The tree of shortest roads from the most central node, as arrays over nodes, in place.

    `parent` and `road` (the edge to it) of each node, -1 at the root; `order` lists the nodes so that every subtree is
    one stretch of it, starting at `place` and `size` long.
    """
    m = len(parent)
    hub, least = 0, np.inf
    for v in range(m):
        total = 0.0
        for u in range(m):
            total += distances[v, u]
        if total < least:
            hub, least = v, total
    away, best = distances[hub], np.full(m, np.inf)
    for e in range(len(tail)):
        for turn in range(2):
            u, v = (tail[e], head[e]) if turn == 0 else (head[e], tail[e])
            if away[u] < away[v] and away[u] + lengths[e] < best[v]:
                best[v] = away[u] + lengths[e]
                parent[v], road[v] = u, e
    outward = np.arange(m)
    for k in range(1, m):
        v, at = outward[k], k
        while at > 0 and away[outward[at - 1]] > away[v]:
            outward[at] = outward[at - 1]
            at -= 1
        outward[at] = v
    size[:] = 1
    for k in range(m - 1, 0, -1):
        size[parent[outward[k]]] += size[outward[k]]
    free = np.zeros(m, np.int64)
    parent[hub], road[hub], place[hub], free[hub] = -1, -1, 0, 1
    for k in range(1, m):
        v = outward[k]
        place[v] = free[parent[v]]
        free[parent[v]] += size[v]
        free[v] = place[v] + 1
    for v in range(m):
        order[place[v]] = v


@_part
def load(surplus, parent, road, order, tolls, upward, potential, fineness):
    """Integer flow up from every node and integer potentials, 0 at the root, on the tree for the `surplus` (m,).

    False for masses that are no numbers, or that differ by less than floating point can scale.
    """
    m = len(order)
    total = 0.0
    for v in range(m):
        total += abs(surplus[v])
    if not 1e-250 < total < 1e250:
        return False
    scale = 2.0 ** (_BITS - np.ceil(np.log2(total))) / fineness
    for v in range(m):
        upward[v] = np.int64(np.rint(surplus[v] * scale)) * fineness + 1
    for k in range(m - 1, 0, -1):
        upward[parent[order[k]]] += upward[order[k]]
    potential[order[0]] = 0
    settle(1, m, parent, road, order, tolls, upward, potential)
    return True


@_part
def settle(begin, end, parent, road, order, tolls, upward, potential):
    """Potentials of the nodes in a stretch of `order`: mass flows down them, by one toll on every road of the tree."""
    for k in range(begin, end):
        v = order[k]
        toll = tolls[road[v]]
        potential[v] = potential[parent[v]] + (toll if upward[v] > 0 else -toll)


@_part
def price(start, block, tail, head, tolls, potential):
    """The edge that saves most of the first block of edges from `start` on in which any does, or -1: all is optimal."""
    E = len(tail)
    most, enter, e, stop = 0, -1, start, block
    for seen in range(1, E + 1):
        saving = abs(potential[tail[e]] - potential[head[e]]) - tolls[e]
        if saving > most:
            most, enter = saving, e
        e = e + 1 if e + 1 < E else 0
        if seen == stop:
            if enter >= 0:
                break
            stop += block
    return enter


@_part
def ratio(enter, i, j, parent, road, size, tolls, upward, potential, turning):
    """Push mass from i to j over the entering edge and back along the tree -> the edge that leaves, the cycle's top.

    Edges are named by the node below them. Those whose flow runs against the push turn round one after the other, each
    making the rest of the push dearer by twice its toll; the one that ends the gain leaves, with no flow left.
    """
    a, b, count = i, j, 0
    while a != b:
        if size[a] < size[b]:
            if upward[a] > 0:
                turning[count] = a
                count += 1
            a = parent[a]
        else:
            if upward[b] < 0:
                turning[count] = b
                count += 1
            b = parent[b]
    slope = tolls[enter] - (potential[i] - potential[j])
    while True:
        first = 0
        for c in range(1, count):
            if abs(upward[turning[c]]) < abs(upward[turning[first]]):
                first = c
        leave = turning[first]
        slope += 2 * tolls[road[leave]]
        if slope >= 0:
            return leave, a
        count -= 1
        turning[first] = turning[count]


@_part
def move(top, leave, graft, parent, order, place, size, fresh):
    """Bring the subtree below the leaving edge, from its node `top` on, to right behind the node `graft` in `order`."""
    low, high, filled = place[top], place[top] + size[top], 0
    for k in range(low, high):
        fresh[filled] = order[k]
        filled += 1
    v = top
    while v != leave:
        v = parent[v]
        for k in range(place[v], low):
            fresh[filled] = order[k]
            filled += 1
        for k in range(high, place[v] + size[v]):
            fresh[filled] = order[k]
            filled += 1
        low, high = place[v], place[v] + size[v]
    if place[graft] < low:
        at = place[graft] + 1
        for k in range(low - 1, at - 1, -1):
            order[k + filled] = order[k]
            place[order[k]] = k + filled
    else:
        at = place[graft] + 1 - filled
        for k in range(high, place[graft] + 1):
            order[k - filled] = order[k]
            place[order[k]] = k - filled
    for k in range(filled):
        order[at + k] = fresh[k]
        place[fresh[k]] = at + k


@_part
def regraft(top, leave, graft, enter, first, parent, road, size, upward):
    """Turn the roads between `top` and the leaving edge round, and hang `top` on `graft` by the entering edge."""
    whole, below = size[leave], 0
    v, over, by, flow = top, graft, enter, first
    while True:
        above, old_road, old_flow, old_size = parent[v], road[v], upward[v], size[v]
        parent[v], road[v], upward[v], size[v] = over, by, flow, whole - below
        if v == leave:
            return
        over, by, flow, below, v = v, old_road, -old_flow, old_size, above


@_part
def climb(v, apex, parent, amounts, change):
    """Add `change` to the amounts of the nodes from v up to below the apex -> the last of them, or the apex itself."""
    last = v
    while v != apex:
        amounts[v] += change
        last, v = v, parent[v]
    return last


@_part
def pivot(enter, tail, head, tolls, parent, road, order, place, size, upward, potential, turning, fresh):
    """Take the edge `enter` into the tree and the one that the ratio test finds out of it."""
    i, j = tail[enter], head[enter]
    if potential[i] < potential[j]:
        i, j = j, i
    leave, apex = ratio(enter, i, j, parent, road, size, tolls, upward, potential, turning)
    push = abs(upward[leave])
    top, graft, first = (i, j, push) if upward[leave] > 0 else (j, i, -push)
    climb(i, apex, parent, upward, -push)
    climb(j, apex, parent, upward, push)
    move(top, leave, graft, parent, order, place, size, fresh)
    shrunk = climb(parent[leave], apex, parent, size, -size[leave])
    grown = climb(graft, apex, parent, size, size[leave])
    regraft(top, leave, graft, enter, first, parent, road, size, upward)
    for branch in (shrunk, top if grown == apex else grown):
        if branch != apex:
            settle(place[branch], place[branch] + size[branch], parent, road, order, tolls, upward, potential)


@_part
def optimise(tail, head, tolls, tree, upward, potential, turning, fresh, most_pivots):
    """Pivot until no edge saves anything; False when `most_pivots` did not do."""
    parent, road, order, place, size = tree[0], tree[1], tree[2], tree[3], tree[4]
    E, enter = len(tail), -1
    for _ in range(most_pivots):
        enter = price(enter + 1 if enter + 1 < E else 0, 32 + E // 16, tail, head, tolls, potential)
        if enter < 0:
            return True
        pivot(enter, tail, head, tolls, parent, road, order, place, size, upward, potential, turning, fresh)
    return False


@_part
def difference(p, q, surplus):
    """p - q or q - p, whichever starts with a positive entry, in `surplus` (m,) -> its sign, 0 for equal p and q."""
    sign = 0.0
    for v in range(len(surplus)):
        if sign == 0.0 and p[v] != q[v]:
            sign = 1.0 if p[v] > q[v] else -1.0
        surplus[v] = sign * (p[v] - q[v])
    return sign


@_part
def revive(kept, tree):
    """A tree from what was kept of it (3, m): parents, roads and order, from which places and sizes follow."""
    parent, road, order, place, size = tree[0], tree[1], tree[2], tree[3], tree[4]
    m = len(parent)
    for v in range(m):
        parent[v], road[v], order[v], size[v] = kept[0, v], kept[1, v], kept[2, v], 1
        place[order[v]] = v
    for k in range(m - 1, 0, -1):
        size[parent[order[k]]] += size[order[k]]


@njit(nogil=True, cache=True)
def transport(
    tail, head, lengths, distances, a, b, left, right, cost, potentials, along, trees, planted, slot, most_pivots
):
    """W1 between a[left[k]] and b[right[k]] for every k, in place: `cost` (K,), NaN where `most_pivots` did not do.

    `a`, `b` (any, m) rows of equal sums; `tail`, `head`, `lengths` (E,) the edges, `distances` (m, m) between nodes.
    `potentials` (K, m) and the flow `along` each edge (K, E), from tail to head, are filled unless they have no rows;
    they come full of zeros. A potential is 0 at the root, which also takes up what rounding leaves of the sums.

    Pair k starts from trees[slot[k]] (3, m) where `planted`, and leaves its last tree there; without `trees` every pair
    starts from the shortest roads. Then p and q may change places, and pairs be dealt out in any way, without changing
    the last bit.
    """
    m, E = len(distances), len(tail)
    start, tree = np.empty((5, m), np.int64), np.empty((5, m), np.int64)
    plant(tail, head, lengths, distances, start[0], start[1], start[2], start[3], start[4])
    parent, road, order = tree[0], tree[1], tree[2]
    turning, fresh = np.empty(m, np.int64), np.empty(m, np.int64)
    upward, potential, surplus = np.empty(m, np.int64), np.empty(m, np.int64), np.empty(m)
    scale = 2.0 ** (_BITS - np.ceil(np.log2(lengths.sum())))
    tolls, fineness = np.empty(E, np.int64), 1
    for e in range(E):
        tolls[e] = np.int64(np.rint(lengths[e] * scale))
    while fineness <= m:
        fineness *= 2
    for k in range(len(left)):
        if len(trees) and planted[slot[k]]:
            revive(trees[slot[k]], tree)
        else:
            revive(start, tree)
        sign = difference(a[left[k]], b[right[k]], surplus)
        solved = sign == 0.0
        if not solved and load(surplus, parent, road, order, tolls, upward, potential, fineness):
            solved = optimise(tail, head, tolls, tree, upward, potential, turning, fresh, most_pivots)
        cost[k] = 0.0 if solved else np.nan
        if len(trees):
            for row in range(3):
                for v in range(m):
                    trees[slot[k], row, v] = tree[row, v]
            planted[slot[k]] = True
        if sign == 0.0 or not solved:
            continue
        for n in range(m - 1, 0, -1):
            v, e = order[n], road[order[n]]
            surplus[parent[v]] += surplus[v]
            cost[k] += lengths[e] * abs(surplus[v])
            if len(along):
                along[k, e] = sign * surplus[v] if tail[e] == v else -sign * surplus[v]
        if len(potentials):
            for v in range(m):
                potentials[k, v] = sign * potential[v] / scale
