"""Every genotype of the study beside each other: which have features that go with them, and which have none."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses.base import Analysis
from core.analyses.genotype import covariates
from core.analyses.genotype_choices import genotypes
from core.analyses.genotype_found import detectable_area, direction, where_text
from core.analyses.genotype_measures import coded, measures
from core.analyses.parameters import Scope
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.radiogenomics.genotype_screen import genotype_screen
from core.stats.multiplicity import benjamini_hochberg

#: Of genotypes and genes, so many at most, the first ones: more is a screen of genes, which has its own tab.
MOST = 12


@dataclass(frozen=True, eq=False)
class GenotypeOverview:
    """table    a row per genotype: name, n, n_carriers, n_tests, n_found (q below `q` among its own tests), strongest,
            direction, auc, lower, upper, p, q (the smallest), q_genotype, detectable, state

    q_genotype: Benjamini-Hochberg over the genotypes, of the smallest q of each, which is Simes' p that nothing goes
    with it; n_tests of all
    """

    table: pd.DataFrame
    noun: str
    q: float
    n_tests: int


@dataclass(frozen=True, kw_only=True)
class GenotypesTogether(Analysis):
    name = "genotype_overview"
    title = "All genotypes"
    question = "Which genotypes of the study go with imaging features, and which do not?"
    method = (
        "The screen of the genotype above for each of the others, with the same features and adjustment. q within "
        "each, so that what goes with one genotype makes nothing of another look found; over the genotypes, Benjamini-"
        "Hochberg of each one's smallest q, which is Simes' p that nothing goes with it."
    )
    sources = ("Benjamini and Bogomolov 2014, doi:10.1111/rssb.12028",)
    pages = ("Radiogenomics",)
    rank = 41

    def needs(self, context):
        return (context.analysis("genotype"),)

    def read(self, context):
        asked = context.analysis("genotype")
        found = measures(context, asked)
        shared, all_coded = covariates(context, asked.adjust or (), found.values.index), []
        for option in genotypes(Scope(context, {}))[:MOST]:
            try:
                all_coded.append((option.label, coded(context, asked, option.value)))
            except NotEstimable as state:
                all_coded.append((option.label, state.reason))
        return found, shared, all_coded, asked.q or 0.05

    def __call__(self, data, progress: Progress = quiet) -> GenotypeOverview:
        found, shared, all_coded, q = data
        rows = []
        for done, (label, each) in enumerate(all_coded, 1):
            state = each if isinstance(each, str) else ""
            row = {"name": label}
            try:
                row |= {} if state else _row(genotype_screen(found.values, each, shared, repeats=0), found, q)
            except NotEstimable as problem:
                state = problem.reason
            progress(done / len(all_coded), label)
            rows.append(row | {"state": state})
        names = ["name", "n", "n_carriers", "n_tests", "n_found", "strongest", "direction", "auc", "lower", "upper"]
        table = pd.DataFrame(rows, columns=[*names, "p", "q", "q_genotype", "detectable", "state"])
        table["q_genotype"] = benjamini_hochberg(table["q"].astype(float))
        return GenotypeOverview(table, found.noun, q, int(table["n_tests"].fillna(0).sum()))


def _row(screen, found, q: float) -> dict:
    """One genotype's part of the table."""
    table = found.columns.merge(screen.table, on="column", sort=False)
    carrier = screen.genotype.carrier[found.values.notna().any(axis=1) & screen.genotype.carrier.notna()]
    yes, no = int((carrier == 1).sum()), int((carrier == 0).sum())
    row = {
        "n": yes + no,
        "n_carriers": yes,
        "n_tests": screen.n_tests,
        "n_found": int((table["q"] < q).sum()),
        "detectable": detectable_area(yes, no, q / max(screen.n_tests, 1)),
    }
    if not screen.n_tests:
        return row
    first = table.sort_values("p", kind="stable").iloc[0]
    row |= {name: first[name] for name in ("auc", "lower", "upper", "p", "q")}
    row["strongest"] = where_text(first["label"], first["where"])
    row["direction"] = direction(screen.genotype, first["auc"])
    return row
