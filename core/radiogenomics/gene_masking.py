"""Does a network that is shown one gene set only still rank held-out patients, and better than with any genes?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.radiogenomics.expression_network import SealedNetworks
from core.radiogenomics.masking import masked_scores, random_set_scores
from core.stats.multiplicity import benjamini_hochberg

#: A random score this close to the real one is not below it: both are sums in another order.
CLOSE = 1e-9
NO_SETS = "This study has no gene sets."
ADD_SETS = "Put a GMT file, such as the Hallmark sets, into the study's folder and import it again."


@dataclass(frozen=True, eq=False)
class MaskedSets:
    """What was found of every set, for every output of the networks.

    table    output ("" for a number, else the class scored against the rest), set, size (genes listed), present (of
             them measured), coverage, score (area under the curve, or Spearman), lower and upper (95 %), random_median,
             random_low and random_high (5 % and 95 % of random sets of as many genes), p and q (better than random
             genes?), informative (its interval lies above what knowing nothing reaches), found (informative, and q at
             most `level`)
    skipped  set, size: not one gene measured
    unmasked (outputs,) score of the same patients when all genes are shown
    n_tests  rows of the table; draws: random sets per number of genes
    in_sample  True: scored on the patients the networks were trained on, as published; then there is no p
    """

    table: pd.DataFrame
    skipped: pd.DataFrame
    unmasked: tuple[float, ...]
    n: int
    n_tests: int
    n_genes: int
    draws: int
    seed: int
    level: float
    in_sample: bool

    @property
    def smallest_q(self) -> float:
        """The q of a set that beats all random ones while no other set does: the least that so many draws can show."""
        return self.n_tests / (self.draws + 1)


def places_of(genes: Sequence[str], sets: Mapping[str, Collection[str]]) -> tuple[dict[str, np.ndarray], pd.DataFrame]:
    """The places of each set's genes among `genes`, and the sets (set, size) of which none is measured.

    Raises `NotEstimable` where there are no sets, or none has a gene.
    """
    if not sets:
        raise NotEstimable(NO_SETS, ADD_SETS)
    place = {gene: number for number, gene in enumerate(genes)}
    kept, skipped = {}, []
    for name, listed in sets.items():
        found = sorted({place[gene] for gene in listed if gene in place})
        if found:
            kept[name] = np.array(found)
        else:
            skipped.append((name, len(set(listed))))
    if not kept:
        raise NotEstimable(
            f"None of the {len(sets)} gene sets has a gene that was measured.",
            "Import sets of the same gene names as the expression table.",
        )
    return kept, pd.DataFrame(skipped, columns=["set", "size"])


def masked_sets(
    networks: SealedNetworks,
    genes: Sequence[str],
    sets: Mapping[str, Collection[str]],
    *,
    draws: int = 1000,
    seed: int = 0,
    level: float = 0.05,
    in_sample: bool = False,
    progress: Progress = quiet,
) -> MaskedSets:
    """Which gene sets are enough for the networks to rank patients that they have not seen?

    genes (G,) names of the columns of the networks' expression; sets: names and genes of each. p = (b + 1) /
    (draws + 1) says whether a set is better than `draws` random sets of as many measured genes, with Benjamini-Hochberg
    over all sets and outputs. It takes genes for exchangeable, which those of one pathway are not (Goeman and Bühlmann
    2007, doi:10.1093/bioinformatics/btm051), and where random genes rank the patients backwards a set can be better
    than they and know nothing: so a set is `found` only when its own interval lies above chance as well. That is no
    second test: held-out patients have trained the networks of the other folds, so shuffling them would find too much.

    in_sample: networks that were trained on the same patients, as published: scores only, for neither an interval nor a
    p would be honest.
    Raises `NotEstimable` without usable sets.
    """
    kept, skipped = places_of(genes, sets)
    raters = networks.raters
    scores = masked_scores(networks, list(kept.values()))
    rows = pd.DataFrame(
        {
            "set": list(kept),
            "size": [len(set(sets[name])) for name in kept],
            "present": [len(each) for each in kept.values()],
        }
    )
    rows["coverage"] = rows["present"] / rows["size"]
    found = np.array([rater.rate(scores[:, :, j]) for j, rater in enumerate(raters)])
    tables = [rows.assign(output=name, score=found[j]) for j, name in enumerate(networks.target.outputs)]
    if not in_sample:
        for j, rater in enumerate(raters):
            tables[j]["lower"], tables[j]["upper"] = rater.intervals(scores[:, :, j], found[j])
        _against_random(networks, kept, found, tables, draws, seed, progress)
    return _result(networks, tables, skipped, draws, seed, level, in_sample)


def _against_random(
    networks: SealedNetworks,
    kept: Mapping[str, np.ndarray],
    found: np.ndarray,
    tables: list[pd.DataFrame],
    draws: int,
    seed: int,
    progress: Progress,
) -> None:
    """Fill in what random sets of the same number of genes reach."""
    present = np.array([len(each) for each in kept.values()])
    sizes, which = np.unique(present, return_inverse=True)
    raters = networks.raters
    null = np.empty((len(raters), draws, len(sizes)))
    for block, scores in random_set_scores(networks, sizes.tolist(), draws, seed, progress):
        for j, rater in enumerate(raters):
            null[j, block] = rater.rate(scores[..., j])
    for j, table in enumerate(tables):
        low, median, high = np.quantile(null[j], (0.05, 0.5, 0.95), axis=0)
        table["random_low"], table["random_median"], table["random_high"] = low[which], median[which], high[which]
        table["p"] = (1 + (null[j][:, which] >= found[j] - CLOSE).sum(axis=0)) / (draws + 1)


COLUMNS = (
    "output", "set", "size", "present", "coverage", "score", "lower", "upper",
    "random_median", "random_low", "random_high", "p", "q", "informative", "found",
)  # fmt: skip


def _result(
    networks: SealedNetworks,
    tables: list[pd.DataFrame],
    skipped: pd.DataFrame,
    draws: int,
    seed: int,
    level: float,
    in_sample: bool,
) -> MaskedSets:
    table = pd.concat(tables, ignore_index=True)
    table = table.reindex(columns=list(COLUMNS))
    chance = 0.0 if networks.target.is_number else 0.5
    # A score that separates the classes has no interval, and one that is the same for all is at chance itself.
    table["informative"] = table["lower"].fillna(table["score"]) > chance
    if in_sample:
        table["informative"] = table["found"] = False
    else:
        table["q"] = benjamini_hochberg(table["p"])
        table["found"] = table["informative"] & (table["q"] <= level)
    table = table.sort_values(["score", "set"], ascending=[False, True], kind="stable").reset_index(drop=True)
    unmasked = tuple(float(rater.rate(networks.scores[:, j])) for j, rater in enumerate(networks.raters))
    return MaskedSets(
        table=table,
        skipped=skipped,
        unmasked=unmasked,
        n=networks.target.n,
        n_tests=0 if in_sample else len(table),
        n_genes=networks.n_genes,
        draws=0 if in_sample else draws,
        seed=seed,
        level=level,
        in_sample=in_sample,
    )
