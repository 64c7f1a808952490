"""Write docs/gene-masking.md from a real study and the demonstration study: `python -m docs.gene_masking_numbers`.

Needs a store (COHORTSCOPE_STORE) with the demonstration study and nsclc_radiogenomics, the latter imported from a
folder into which the Hallmark gene sets (h.all.v6.2.symbols.gmt) were put. Every number and sentence of the document
comes from the link above it; only the headings and the remarks are written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from core.analyses.context import Context
from core.analyses.expression_models import ExpressionModels
from core.analyses.gene_masking import GeneMasking
from core.analyses.gene_masking_words import verdict_of
from core.analyses.masking_map import MaskingMap
from core.analyses.opening import opened
from core.run import remembering
from core.store.library import Library
from core.survival.words import p_number
from core.view import unlink

FILE = Path(__file__).parent / "gene-masking.md"
LUNG, DEMO = "Gene_masking?v=1&study=nsclc_radiogenomics", "Gene_masking?v=1&study=demo"
DENSITY, SHAPE = (
    f"{LUNG}&expression_network.feature=original_{name}" for name in ("firstorder_Mean", "shape_Sphericity")
)
HISTOLOGY = f"{LUNG}&expression_network.over=category&expression_network.attribute=histology"
EVERY = "expression_models.models=elastic_net,random_forest,gradient_boosting,svm"
#: Rows of a table of gene sets.
ROWS = 5


@dataclass(frozen=True)
class Case:
    """One view: a heading, the link, the analysis shown, what a reader should note, and whether the test asks again."""

    heading: str
    link: str
    analysis: str = "expression_models"
    remark: str = ""
    tested: bool = False


CASES = (
    Case(
        "Mean CT density from expression",
        DENSITY,
        remark="A little can be read: about a sixth of the variance. Ridge regression on the same data has "
        "an r2 of 0.14.",
        tested=True,
    ),
    Case(
        "Shape from expression",
        SHAPE,
        remark="A null result, and shown as one.",
        tested=True,
    ),
    Case(
        "Which gene sets are enough for the density?",
        f"{DENSITY}&section=Masking",
        "gene_masking",
        "Most Hallmark sets are enough, and so are random genes of the same number: what the networks know of the "
        "density is spread over the thousand most variable genes, and no pathway owns it. Without such a null a list "
        "of predictive pathways would be read from the same numbers.",
        tested=True,
    ),
    Case(
        "The same as published: scored on the training patients",
        f"{DENSITY}&section=Masking&gene_masking.how=published",
        "gene_masking",
    ),
    Case(
        "Density above or below the median, all models, and the network's score as published",
        f"{DENSITY}&expression_network.as_a=median&{EVERY}&expression_models.published=yes",
    ),
    Case(
        "Histology from expression, all models",
        f"{HISTOLOGY}&{EVERY}&expression_models.published=yes",
        remark="Smedley and others report 0.86 for adenocarcinoma and 0.91 for squamous cancers on 89 other patients. "
        "Here there are two classes, held out by cross-validation, and plainer models do as well as networks.",
    ),
    Case(
        "Which gene sets are enough for the histology?",
        f"{HISTOLOGY}&section=Masking",
        "gene_masking",
        "Published: hypoxia gene sets above 0.90 for the histology. That is so here as well, and of random genes too.",
    ),
    Case(
        "The demonstration study: planted drivers",
        f"{DEMO}&section=Sets and features",
        "masking_map",
        "Planted are hypoxia for `original_firstorder`, epithelial-mesenchymal transition for `wavelet-LLL_firstorder` "
        "and the interferon gamma response for `original_glrlm`, each with correlations of 0.35 to 0.6. Each comes "
        "first for its feature. None beats random genes after correction: thirty random genes of three hundred hold "
        "three of the driver's own, and these are enough to rank the patients.",
    ),
)

INTRODUCTION = """# Expression to image, and gene masking

What the Gene masking page says of a public study (117 lung cancers with CT features and expression of 1,000 genes,
Hallmark gene sets) and of the demonstration study, number for number: each paragraph below is generated from the link
above it, and `tests/docs/test_gene_masking_document.py` holds the first three against the program. The study is test
data and no part of the project. Anybody who has put `h.all.v6.2.symbols.gmt` into its folder and imported it writes
this file anew with `python -m docs.gene_masking_numbers`.

The method is that of Smedley, Aberle and Hsu (J Med Imaging 2021;8(3)): networks from expression to a feature or a
class, shown one gene set at a time, all other genes silenced. What is different here, and why:"""
#: Published, here, and why.
CHANGES = (
    (
        "a network's score in cross-validation is the best of all epochs on the fold that is scored",
        "an inner split of the training patients chooses the epoch; the fold is looked at once",
        "the best of many is too good; the page shows by how much on request",
    ),
    (
        "sets scored on the training patients",
        "on held-out patients, with an interval",
        "a network knows its training patients by heart",
    ),
    (
        "two random sets, of 100 and 200 genes",
        "at least 200 random sets of each set's own size, p and q",
        "with correlated genes almost any forty are enough",
    ),
    (
        "(nothing is held out; with cross-validation scores are usually pooled over folds)",
        "patients compared with those of their own fold",
        "networks of different folds have different offsets; pooled, one that knows nothing ranks backwards",
    ),
    (
        "networks of thousands of units",
        "64 units, five networks averaged, by scikit-learn; deep ones with PyTorch where it is installed",
        "with a hundred patients there is nothing to gain",
    ),
)


def result_of(case: Case, library: Library, kept: dict[str, Context]) -> Any:
    """What the page shows for a case; views of one target share their networks."""
    memo = kept.setdefault("memo", remembering())
    context = opened(unlink(case.link)[1], library, memo)
    return context.result(context.analysis(case.analysis))


def section(case: Case, result: Any) -> str:
    """Heading, link, the generated words, a table and the remark."""
    lines = [f"## {case.heading}", f"`{case.link}`", f"> {' '.join(result.words)}", table_of(result)]
    return "\n\n".join([*lines, *([case.remark] if case.remark else [])])


def table_of(result: Any) -> str:
    """The scores of the models, or of the first few gene sets."""
    match result:
        case ExpressionModels():
            rows = [
                (row.model, row.measure, f"{row.value:.2f}", f"{row.lower:.2f} to {row.upper:.2f}", str(row.n))
                for row in result.table.itertuples()
            ]
            return markdown(("model", "measure", "value", "95 % CI", "n"), rows)
        case GeneMasking():
            return sets_table(result.found.table.head(ROWS), result.measure, result.found.in_sample)
        case MaskingMap():
            best = result.table.sort_values("score", ascending=False, kind="stable").groupby("feature", sort=False)
            first = best.head(1).assign(set=lambda table: table["feature"] + ": " + table["set"])
            return sets_table(first, result.measure, False)
    raise TypeError(result)


def sets_table(table: pd.DataFrame, measure: str, in_sample: bool) -> str:
    """A row per gene set."""
    if in_sample:
        rows = [(row.set, str(row.present), f"{row.score:.2f}") for row in table.itertuples()]
        return markdown(("gene set", "measured", measure), rows)
    rows = [
        (
            row.set,
            str(row.present),
            f"{row.score:.2f} ({row.lower:.2f} to {row.upper:.2f})",
            f"{row.random_median:.2f}",
            p_number(row.p),
            p_number(row.q),
            verdict_of(row),
        )
        for row in table.itertuples()
    ]
    return markdown(("gene set", "measured", f"{measure} (95 % CI)", "random genes", "p", "q", "verdict"), rows)


def markdown(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def head() -> str:
    """What stands above the cases."""
    return f"{INTRODUCTION}\n\n{markdown(('published', 'here', 'why'), list(CHANGES))}"


def main() -> None:
    library, kept = Library(), {}
    parts = [head(), *(section(case, result_of(case, library, kept)) for case in CASES)]
    FILE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
