"""Gene masking: what a trained network says when it is shown some genes only, all others at the training mean.

Keep-only masking: the set stays as it is, everything else is silenced; nothing is trained again (Smedley, Aberle and
Hsu 2021, J Med Imaging 8(3)). A silenced gene is 0, so the first layer of a masked patient is its bias plus the set's
own columns times the set's own weights: a set of forty among a thousand genes costs a twenty-fifth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from core.compute import Progress, quiet
from core.radiogenomics.expression_network import FoldNetworks, SealedNetworks

#: Numbers that are held at once while random sets are scored; bounds the memory at about a hundred megabytes.
CELLS = 6_000_000


def masked_scores(networks: SealedNetworks, sets: Sequence[np.ndarray]) -> np.ndarray:
    """(sets, n, outputs) score of each patient by the networks that did not see it, shown one set of genes at a time.

    sets  places of genes among the G of the expression; each at least one. All genes give the unmasked scores.
    """
    found = np.empty((len(sets), networks.target.n, len(networks.target.outputs)))
    for each in networks.folds:
        scaled, (weights, biases) = _held_out(networks, each), each.first
        for number, genes in enumerate(sets):
            kept = each.scaling.places(np.sort(np.asarray(genes)))
            # All genes in order are the very product that an unmasked score is made of.
            found[number, each.fold.test] = each.scores(scaled[:, kept] @ weights[kept] + biases)
    return found


def single_gene_scores(networks: SealedNetworks, progress: Progress = quiet) -> Iterator[tuple[slice, np.ndarray]]:
    """Blocks of genes and their (genes, n, outputs) scores, each gene shown alone."""
    units = sum(member.width for member in networks.folds[0].members)
    size = max(1, CELLS // (networks.target.n * units))
    for start in range(0, networks.n_genes, size):
        block = slice(start, min(start + size, networks.n_genes))
        found = np.empty((block.stop - start, networks.target.n, len(networks.target.outputs)))
        for each in networks.folds:
            scaled, (weights, biases) = _held_out(networks, each), each.first
            column = {gene: place for place, gene in enumerate(each.scaling.kept)}
            places = [column.get(gene, -1) for gene in range(start, block.stop)]
            known = np.array([place >= 0 for place in places])
            before = np.broadcast_to(biases, (len(places), len(scaled), len(biases))).copy()
            of = [place for place in places if place >= 0]
            before[known] += scaled.T[of][:, :, None] * weights[of][:, None, :]
            found[:, each.fold.test] = each.scores(before)
        yield block, found
        progress(block.stop / networks.n_genes, "Showing one gene at a time")


def random_set_scores(
    networks: SealedNetworks, sizes: Sequence[int], draws: int, seed: int, progress: Progress = quiet
) -> Iterator[tuple[slice, np.ndarray]]:
    """Blocks of draws and their (draws, sizes, n, outputs) scores when random genes are shown.

    sizes  rising numbers of genes. The genes of one draw are nested: its set of 40 is the first 40 of the order that
    gives its set of 100. For each size by itself they are random sets of that size, and one pass gives all sizes.
    """
    chance = np.random.default_rng(seed)
    shape = len(sizes), networks.target.n, len(networks.target.outputs)
    block_size = max(1, CELLS // (shape[0] * shape[1] * max(shape[2], 1) * 8))
    prepared = [(each, _held_out(networks, each), *each.first) for each in networks.folds]
    for start in range(0, draws, block_size):
        block = slice(start, min(start + block_size, draws))
        found = np.empty((block.stop - start, *shape))
        for draw in range(block.stop - start):
            order = chance.permutation(networks.n_genes)[: sizes[-1]]
            for each, scaled, weights, biases in prepared:
                found[draw][:, each.fold.test] = each.scores(_nested(each, scaled, weights, biases, order, sizes))
        yield block, found
        progress(block.stop / draws, "Showing random genes of the same number")


def _nested(
    each: FoldNetworks,
    scaled: np.ndarray,
    weights: np.ndarray,
    biases: np.ndarray,
    order: np.ndarray,
    sizes: Sequence[int],
) -> np.ndarray:
    """(sizes, test, units) what goes into the first activations when the first so many genes of the order are shown."""
    where = each.scaling.where[order]
    used = where >= 0
    ends = np.concatenate([[0], np.cumsum(used)[np.asarray(sizes) - 1]])
    columns, rows = scaled[:, where[used]], weights[where[used]]
    before = np.empty((len(sizes), len(scaled), len(biases)))
    for number, (start, end) in enumerate(pairwise(ends.tolist())):
        np.matmul(columns[:, start:end], rows[start:end], out=before[number])
        before[number] += before[number - 1] if number else biases
    return before


def _held_out(networks: SealedNetworks, each: FoldNetworks) -> np.ndarray:
    """(test, kept) standard scores of the patients of a fold that its networks did not see."""
    return each.scaling.of(networks.expression[each.fold.test])
