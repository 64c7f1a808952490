"""Which sets of genes stand at one end of a ranking of genes: pre-ranked enrichment as it is usually published."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import NotEstimable
from core.radiogenomics.enrichment_score import leading_edge
from core.stats.multiplicity import benjamini_hochberg

GENES, PATIENTS = "genes", "patients"
#: Genes of a set that have a score, for the set to be tested.
SMALLEST, LARGEST = 5, 500
PERMUTATIONS = 1_000
#: With fewer genes in all, a set is hardly told from the rest.
FEWEST_GENES = 20


@dataclass(frozen=True, eq=False)
class Enrichment:
    """What was found of every set that was tested.

    table   set, size (genes listed), present (of them with a score), es (enrichment score, -1 to 1), nes (es as a
            multiple of the mean of the random ones of its sign), p, q, fdr, leading_edge (tuple, the strongest first);
            the smallest p first. q: Benjamini-Hochberg over all n_tests. fdr: that of the GSEA program, from the
            normalised scores of all sets; NaN where patients were exchanged
    not_tested  set, size, present, reason
    null    what was exchanged: "genes" (takes genes for independent) or "patients" (keeps how genes go together)
    n_genes genes in the ranking; n_patients 0 where only scores were given
    """

    table: pd.DataFrame
    not_tested: pd.DataFrame
    null: str
    n_genes: int
    n_tests: int
    n_patients: int
    permutations: int
    seed: int


def usable_sets(
    genes: Collection[str], sets: Mapping[str, Collection[str]], smallest: int = SMALLEST, largest: int = LARGEST
) -> tuple[dict[str, list[str]], pd.DataFrame]:
    """The genes of each set that is to be tested, in the order of `genes`, and the sets that are not, with the reason.

    Raises `NotEstimable` where there are no sets, too few genes, or no set is left.
    """
    if not sets:
        raise NotEstimable("There are no gene sets.", "Put a GMT file into the study's folder and import it again.")
    if len(genes) < FEWEST_GENES:
        raise NotEstimable(
            f"There are {len(genes)} genes with a score; enrichment needs {FEWEST_GENES}.", "Import more genes."
        )
    order = {gene: place for place, gene in enumerate(genes)}
    kept, rows = {}, []
    for name, listed in sets.items():
        members = sorted({gene for gene in listed if gene in order}, key=order.__getitem__)
        reason = ""
        if len(members) < smallest:
            reason = f"fewer than {smallest} genes measured"
        elif len(members) > largest:
            reason = f"more than {largest} genes measured"
        elif len(members) == len(order):
            reason = "holds every gene measured"
        if reason:
            rows.append((name, len(set(listed)), len(members), reason))
        else:
            kept[name] = members
    if not kept:
        raise NotEstimable(
            f"None of {len(sets)} gene sets has {smallest} to {largest} of the {len(order)} genes measured.",
            "Lower the fewest genes of a set, or import sets of the genes that were measured.",
        )
    return kept, pd.DataFrame(rows, columns=["set", "size", "present", "reason"])


def preranked(
    scores: pd.Series,
    sets: Mapping[str, Collection[str]],
    *,
    seed: int = 0,
    permutations: int = PERMUTATIONS,
    smallest: int = SMALLEST,
    largest: int = LARGEST,
) -> Enrichment:
    """Which gene sets stand at one end of this ranking, when genes are exchanged at random?

    scores  a number per gene (index: gene), such as a correlation; missing ones are left out
    sets    name and genes of each; those with `smallest` to `largest` genes scored are tested

    GSEA pre-ranked with weight 1, by gseapy. p is from random sets of the same size: it takes genes for independent of
    each other, which they are not, so it is too small where the genes of a set go together (Wu and Smyth 2012,
    doi:10.1093/nar/gks461): `core.radiogenomics.enrichment_patients` exchanges patients instead. A p of 0 is written as
    1 / (permutations + 1), the smallest that so many can show. Raises `NotEstimable` where nothing can be tested.
    Subramanian and others 2005, doi:10.1073/pnas.0506580102; gseapy: Fang and others 2023,
    doi:10.1093/bioinformatics/btac757.
    """
    from gseapy.gsea import Prerank

    ranked = scores[np.isfinite(scores.to_numpy(float))].astype(float)
    if ranked.index.duplicated().any():
        raise ValueError("each gene must have one score")
    # Equal scores stand by name, so that the order of the columns decides nothing.
    ranked = ranked.sort_index().sort_values(ascending=False, kind="stable")
    kept, not_tested = usable_sets(list(ranked.index), sets, smallest, largest)
    if ranked.nunique() < 2:
        raise NotEstimable("All genes have the same score, so there is no ranking.", "Choose another feature.")
    # gseapy turns lower case into upper where all sets are so, and reads "__" in a name: it is given plain codes.
    code = {gene: f"G{place}" for place, gene in enumerate(ranked.index)}
    program = Prerank(
        rnk=ranked.rename(index=code),
        gene_sets={f"S{place}": [code[gene] for gene in members] for place, members in enumerate(kept.values())},
        outdir=None,
        min_size=1,
        max_size=len(ranked),
        permutation_num=permutations,
        ascending=None,
        weight=1.0,
        threads=1,
        seed=seed,
        no_plot=True,
    )
    program._logger.setLevel(logging.ERROR)  # it warns of equal scores, which stand by name here
    program.run()
    answer = program.res2d.set_index("Term")
    rows = []
    for place, (name, members) in enumerate(kept.items()):
        row = answer.loc[f"S{place}"]
        p = max(float(row["NOM p-val"]), 1 / (permutations + 1))
        edge = leading_edge(ranked, members)
        found = float(row["ES"]), float(row["NES"]), p, float(row["FDR q-val"])
        rows.append((name, len(set(sets[name])), len(members), *found, edge))
    table = pd.DataFrame(rows, columns=["set", "size", "present", "es", "nes", "p", "fdr", "leading_edge"])
    return Enrichment(
        table=tested_table(table),
        not_tested=not_tested,
        null=GENES,
        n_genes=len(ranked),
        n_tests=len(table),
        n_patients=0,
        permutations=permutations,
        seed=seed,
    )


def tested_table(table: pd.DataFrame) -> pd.DataFrame:
    """The columns of `Enrichment.table`, with q over all its rows, the smallest p first."""
    table = table.assign(q=benjamini_hochberg(table["p"]))
    table = table.sort_values(["p", "nes", "set"], key=lambda column: -column.abs() if column.name == "nes" else column)
    columns = ["set", "size", "present", "es", "nes", "p", "q", "fdr", "leading_edge"]
    return table[columns].reset_index(drop=True)
