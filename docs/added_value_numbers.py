"""Write docs/added-value.md from the real studies: `python -m docs.added_value_numbers [--pictures]`.

Needs a store (COHORTSCOPE_STORE) into which hn_tcia, glioma_tcga and nsclc_radiogenomics were imported. Every number
and sentence of the document comes from the link above it, or from tests/reference/added_value/nulls.csv; only the
headings and the remarks are written here.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
from pathlib import Path
from typing import Any

from core.analyses.context import Context
from core.plots import drawings
from core.store.library import Library
from docs.survival_numbers import Case, context_of

FOLDER = Path(__file__).parent
FILE, PICTURES = FOLDER / "added-value.md", FOLDER / "pictures" / "added-value"
NULLS = FOLDER.parent / "tests" / "reference" / "added_value" / "nulls.csv"
STUDIES = ("hn_tcia", "glioma_tcga", "nsclc_radiogenomics")
HN, GLIOMA, LUNG = (f"Survival?study={study}&section=Added value&ladder.resamples=60" for study in STUDIES)
HN_CLINIC = f"{HN}&blocks.clinical=age,stage,hpv_status"
GLIOMA_CLINIC = f"{GLIOMA}&blocks.clinical=age_at_diagnosis,who_grade&blocks.features=VOLUME_ET"

CASES = (
    Case(
        "head_and_neck",
        "Head and neck: the volume beside age, stage and HPV",
        HN_CLINIC,
        "ladder",
        "The test says that the volume goes with survival beside the clinic; in patients left out the gain is small "
        "and its interval holds 0. Both are true: a covariate can matter and change the ranking little.",
    ),
    Case(
        "head_and_neck_signature",
        "The same, with a signature of three features instead",
        f"{HN_CLINIC}&blocks.radiomic=signature",
        "ladder",
        "A null result. On its own patients the signature looks better than the volume; chosen anew in every bootstrap "
        "sample it makes the ranking of others worse, and no feature is chosen in a fifth of the samples.",
    ),
    Case(
        "glioma",
        "Glioma: enhancing volume, IDH and MGMT beside age and grade",
        GLIOMA_CLINIC,
        "ladder",
        "Grade already separates these patients, so little is left. The enhancing volume ranks well by itself (0.71 on "
        "the Model page) and adds nothing beside grade; the molecular markers are at the edge, and not shown after "
        "Holm's adjustment.",
    ),
    Case(
        "glioma_quadrants",
        "The same patients in four groups by both indices",
        GLIOMA_CLINIC.replace("ladder.resamples=60", "quadrants.permutations=99"),
        "quadrants",
        "The small p says that one block or the other has to do with survival, which nobody doubted of IDH. It does "
        "not say that the volume adds to it.",
    ),
    Case(
        "lung",
        "Lung: volume and EGFR beside age, sex and stage",
        LUNG,
        "ladder",
        "A null result: with so few events not even the clinical block ranks patients left out.",
    ),
)
#: Too long for the tests: what the document says of them was true when it was written.
LONG = (
    Case(
        "head_and_neck_fusion",
        "Early and late fusion of the clinic and all features, head and neck",
        f"{HN_CLINIC}&fusion.wanted=yes",
        "fusion",
        "",
    ),
    Case(
        "glioma_fusion",
        "Early and late fusion of clinic, images and genes, glioma",
        f"{GLIOMA_CLINIC}&fusion.wanted=yes",
        "fusion",
        "Hundreds of columns beside three drown them in one penalty; a model of the blocks' indices loses less, and "
        "still does not beat the clinic.",
    ),
)

HEAD = """# What images and genes add to a clinical prognosis

The Added value section of the Survival page answers the third question of Singh, Chitalia and Kontos 2021 and the
advice of Coates, Pirovano and El Naqa 2021 (doi:10.1117/1.JMI.8.3.031902) always to show what is gained over the
clinic alone. All models have the same patients. What is chosen by looking at the outcome is chosen inside every
bootstrap sample or fold, and gets no likelihood-ratio test. Each paragraph below is the one that the page generates for
the link above it, and `tests/docs/test_survival_document.py` holds this file against the program; the two fusions at
its end take too long for that. Anybody with the studies imported writes it anew with
`python -m docs.added_value_numbers --pictures`.

Net reclassification (NRI) is not offered: added noise looks useful by it (Pepe and others 2015, Statistics in
Biosciences). Missing values are not imputed: the patients of the smallest block are the patients of every model.
"""


def nulls() -> str:
    """How often something was claimed where there was nothing."""
    with NULLS.open(encoding="utf-8") as file:
        rows = [(row["what"], int(row["claims"]), int(row["studies"])) for row in csv.DictReader(file)]
    lines = [f"| {what} | {claims} of {studies} | {100 * claims / studies:.1f} % |" for what, claims, studies in rows]
    return "\n".join(
        [
            "## Where there is nothing to be found",
            "",
            "Simulated studies without any added value, in the last row with a planted one "
            "(`tests/reference/added_value/nulls.py`). Groups made out of fold are not independent: their plain "
            "log-rank test claims far too much, so the page repeats the whole procedure. The interval of a difference "
            "in c, from patients left out, is a little wide: where nothing is added it always held 0, and a planted "
            "gain it held more often than in 95 %. A gain has to be large to be shown by it alone; the "
            "likelihood-ratio test is the more powerful.",
            "",
            "| what was seen | studies | share |",
            "|---|---|---|",
            *lines,
        ]
    )


def result_of(case: Case, library: Library) -> tuple[Context, Any]:
    """What the page shows for a case."""
    context = context_of(case.link, library)
    return context, context.result(context.analysis(case.analysis))


def section(case: Case, result: Any) -> str:
    """Heading, link, picture, the generated words and the remark."""
    first = drawings(result)[0]
    said = result.comparison if case.analysis == "quadrants" else result
    quoted = (" ".join(said.words), *getattr(said, "cautions", ()))
    lines = [
        f"## {case.heading}",
        f"`{case.link}`",
        f"![{first.title}](pictures/added-value/{case.name}.png)",
        *(f"> {text}" for text in quoted if text),
    ]
    lines += [case.remark] if case.remark else []
    return "\n\n".join(lines)


def document(library: Library, cases: tuple[Case, ...] = CASES) -> str:
    """The text of the head and the cases; the rest follows in the file."""
    parts = [HEAD.strip(), nulls()]
    return "\n\n".join([*parts, *(section(case, result_of(case, library)[1]) for case in cases)]) + "\n"


def pictures(library: Library) -> None:
    """The first figure of each case as PNG."""
    import kaleido

    PICTURES.mkdir(parents=True, exist_ok=True)
    for case in (*CASES, *LONG):
        context, result = result_of(case, library)
        foot = f"{context.catalogue.study.name}; {case.link}"
        drawing = dataclasses.replace(drawings(result)[0], foot=foot)
        # Without mathjax=False the page would fetch a script from outside.
        kaleido.write_fig_sync(drawing.printed(), PICTURES / f"{case.name}.png", kopts={"mathjax": False})


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m docs.added_value_numbers", description="Write added-value.md.")
    parser.add_argument("--pictures", action="store_true", help="draw the pictures too")
    library = Library()
    if parser.parse_args().pictures:
        pictures(library)
    FILE.write_text(document(library, (*CASES, *LONG)), encoding="utf-8")


if __name__ == "__main__":
    main()
