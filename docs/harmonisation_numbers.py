"""Write docs/harmonisation.md from the demonstration study and real ones: `python -m docs.harmonisation_numbers`.

Needs a store (COHORTSCOPE_STORE) with the demonstration study, into which hn_tcia, glioma_tcga, glioma_arita and
nsclc_radiogenomics were imported. Every sentence in a quote comes from the link above it; only the headings and the
remarks are written here. `--check` works everything out again and says what differs.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from core.analyses.opening import opened
from core.errors import NotEstimable
from core.run import remembering
from core.store.library import Library
from core.view import unlink

FILE = Path(__file__).parent / "harmonisation.md"
DEMO, HN, GLIOMA, ARITA, LUNG = (
    f"Features?study={study}" for study in ("demo", "hn_tcia", "glioma_tcga", "glioma_arita", "nsclc_radiogenomics")
)


@dataclass(frozen=True)
class Case:
    """One view: a heading, the link, the analysis shown, and what a reader should note."""

    heading: str
    link: str
    analysis: str
    remark: str = ""


CASES = (
    Case(
        "Demonstration study: how much is the centre",
        f"{DEMO}&section=Batch",
        "batch",
        "The shift and scale of every feature at centres B and C were planted, in the families of texture more than in "
        "the others and in shape not at all; they are in the table of planted truth.",
    ),
    Case(
        "Demonstration study: harmonised",
        f"{DEMO}&section=Harmonisation&measured.scale=log&batch.protect=subsite",
        "harmonise",
        "HPV was planted in some families and is spread evenly over the centres: it is left whole.",
    ),
    Case("Gliomas of four sites", f"{ARITA}&section=Batch", "batch"),
    Case("Gliomas of four sites: harmonised", f"{ARITA}&section=Harmonisation", "harmonise"),
    Case("Lung cancers of two hospitals", f"{LUNG}&section=Batch", "batch"),
    Case(
        "Lung cancers of two hospitals: harmonised",
        f"{LUNG}&section=Harmonisation",
        "harmonise",
        "One hospital is for veterans and has hardly any women. This is what protecting an outcome that goes with the "
        "batch does, and what leaving it unprotected costs; no setting is free of both.",
    ),
    Case("Lung cancers: the scanner", f"{LUNG}&section=Batch&batch.batch=scanner_manufacturer", "batch"),
    Case(
        "Lung cancers: harmonised by the scanner",
        f"{LUNG}&section=Harmonisation&batch.batch=scanner_manufacturer",
        "harmonise",
        "A scanner with one patient has no spread: the question is refused with its name.",
    ),
    Case(
        "Head and neck, three centres",
        f"{HN}&section=Batch",
        "batch",
        "The study came standardised centre by centre, which is recognised and said.",
    ),
    Case("Head and neck: harmonised", f"{HN}&section=Harmonisation", "harmonise"),
    Case(
        "Gliomas of TCGA: the centre and the project",
        f"{GLIOMA}&section=Harmonisation&harmonise.outcome=project",
        "harmonise",
        "Each centre collected for one of the two projects: taking out the centre would take out the grade.",
    ),
)

HEAD = """# Batches and harmonisation on real patients

What the Features page says of the demonstration study and of four public ones, word for word: how much of the features
is the centre or the scanner, how well that is told from all of them, and what ComBat takes out of patients who were not
in the fit. `tests/docs/test_harmonisation_document.py` holds this file against the program. The public studies are test
data and no part of the project. Anybody with the studies imported writes this file anew with
`python -m docs.harmonisation_numbers`.

How a model uses harmonisation is another matter: inside the resampling, learnt from the training patients alone
(`core/stats/harmonise_transformer.py`; the Prediction page when a batch is chosen there).
"""


def section(case: Case, library: Library) -> str:
    """Heading, link, the generated words and the remark."""
    context = opened(unlink(case.link)[1], library, remembering())
    lines = [f"## {case.heading}", f"`{case.link}`"]
    try:
        lines += [f"> {text}" for text in context.result(context.analysis(case.analysis)).words]
    except NotEstimable as state:
        lines.append(f"> {state}")
    return "\n\n".join([*lines, *([case.remark] if case.remark else [])])


def document(library: Library) -> str:
    """The whole text."""
    return "\n\n".join([HEAD.strip(), *(section(case, library) for case in CASES)]) + "\n"


def main() -> int:
    from core.compute import one_blas_thread

    parser = argparse.ArgumentParser(prog="python -m docs.harmonisation_numbers", description="Write harmonisation.md.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the file says something else")
    options = parser.parse_args()
    one_blas_thread()
    library = Library()
    if options.check:
        text = FILE.read_text(encoding="utf-8")
        other = [case.heading for case in CASES if section(case, library) not in text]
        print(f"Different: {', '.join(other) or 'none'}.")
        return 1 if other else 0
    FILE.write_text(document(library), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
