"""Write docs/survival.md, with its pictures, from the real studies: `python -m docs.survival_numbers [--pictures]`.

Needs a store (COHORTSCOPE_STORE) into which hn_tcia, glioma_tcga and nsclc_radiogenomics were imported. Every number
and sentence of the document comes from the link above it; only the headings and the remarks are written here.
"""

from __future__ import annotations

import argparse
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.analyses.context import Context
from core.analyses.opening import opened
from core.plots import drawings
from core.run import remembering
from core.store.library import Library
from core.view import unlink

FOLDER = Path(__file__).parent
FILE, PICTURES = FOLDER / "survival.md", FOLDER / "pictures" / "survival"
STUDIES = ("hn_tcia", "glioma_tcga", "nsclc_radiogenomics")
HN, GLIOMA, LUNG = (f"Survival?study={study}" for study in STUDIES)


@dataclass(frozen=True)
class Case:
    """One view: its picture's name, a heading, the link, the analysis shown, and what a reader should note."""

    name: str
    heading: str
    link: str
    analysis: str = "survival"
    remark: str = ""


CASES = (
    Case(
        "subsite",
        "Head and neck: overall survival by subsite",
        f"{HN}&survival.attribute=subsite",
        remark="Seven subsites are more than curves can be told apart, so the two rarest are joined. Small "
        "groups get a permutation p, overall and pair by pair.",
    ),
    Case(
        "hpv",
        "HPV within the oropharynx",
        f"{HN}&where=subsite = oropharynx&survival.attribute=hpv_status",
    ),
    Case(
        "hpv_centres",
        "The same, patients compared within their centre only",
        f"{HN}&where=subsite = oropharynx&survival.attribute=hpv_status&survival.strata=centre",
        remark="Of the 87 HPV-negative patients 57 were treated at one centre, so centre and HPV are hard to tell "
        "apart. Within centres the difference stays, and the ratio is nearer to 1.",
    ),
    Case(
        "stage",
        "Stage, by main stages and with a test for trend",
        f"{HN}&survival.attribute=stage",
        remark="A null result, and shown as one. Stage is mixed with subsite and HPV here: of the 128 HPV-positive "
        "patients with cancer of the oropharynx, who fare best, 100 have stage IV.",
    ),
    Case(
        "volume",
        "Tumour volume, cut at the median",
        f"{HN}&survival.split=feature&survival.feature=original_shape_MeshVolume",
        remark="The features of this set are z-scored within each collection, so the cut has no unit in mm³.",
    ),
    Case(
        "volume_searched",
        "Tumour volume, the cut searched",
        f"{HN}&survival.split=feature&survival.feature=original_shape_MeshVolume&survival.cut=searched",
        remark="The corrected p is small and the cut is nevertheless not known: resamples put it almost anywhere. The "
        "ratio per standard deviation uses every value and needs no cut.",
    ),
    Case(
        "model",
        "Age, subsite, T stage and volume together, within centres",
        f"{HN}&section=Model&cox.attributes=age,subsite,t_stage&cox.feature_set=features"
        "&cox.features=original_shape_MeshVolume&cox.strata=centre",
        "cox",
        "Volume stays beside the standard variables. The c-index is smaller than on its own patients suggests, by the "
        "bootstrap of Harrell.",
    ),
    Case(
        "screen",
        "Every imaging feature against overall survival",
        f"{HN}&section=Screen",
        "survival_screen",
        "Most of what is found is tumour size in other words, which the next view takes away.",
    ),
    Case(
        "screen_adjusted",
        "The same screen, adjusted for volume and age, within centres",
        f"{HN}&section=Screen&survival_screen.volume=original_shape_MeshVolume&survival_screen.adjust=age"
        "&survival_screen.strata=centre",
        "survival_screen",
        "With volume, age and centre taken into account nothing is left: a null result, and the page says so.",
    ),
    Case(
        "competing",
        "Locoregional recurrence, distant metastasis and death, whichever comes first",
        f"{HN}&section=Competing events&competing.endpoint=lrc&survival.attribute=hpv_status",
        "competing",
        "The study gives local, distant and death; the cautions say what the order of events rests on.",
    ),
    Case(
        "idh",
        "Glioma: IDH",
        f"{GLIOMA}&survival.attribute=idh_status",
        remark="Hazards are not proportional here, so times come before the ratio.",
    ),
    Case(
        "enhancing_volume",
        "Glioma: enhancing volume",
        f"{GLIOMA}&section=Model&cox.attributes=&cox.feature_set=features&cox.features=VOLUME_ET",
        "cox",
        "A single number ranks the patients with c = 0.71.",
    ),
    Case(
        "egfr",
        "Lung: EGFR",
        f"{LUNG}&survival.split=gene&survival.gene=EGFR",
        remark="Not shown to differ: the interval reaches from a fifth of the hazard to slightly above the same.",
    ),
)

HEAD = """# Survival on real patients

What the Survival page says of three public studies, number for number: each paragraph below is the one that the page
generates for the link above it, and `tests/docs/test_survival_document.py` holds this file against the program. The
studies are test data and no part of the project; what they are and where they come from is in their own READMEs.
Anybody with the studies imported writes this file anew with `python -m docs.survival_numbers --pictures`.
"""


def context_of(link: str, library: Library) -> Context:
    """The opened link, with a memory of its own."""
    return opened(unlink(link)[1], library, remembering())


def result_of(case: Case, library: Library) -> tuple[Context, Any]:
    """What the page shows for a case."""
    context = context_of(case.link, library)
    return context, context.result(context.analysis(case.analysis))


def section(case: Case, context: Context, result: Any) -> str:
    """Heading, link, picture, the generated words and the remark."""
    first = drawings(result)[0]
    notes = getattr(result, "notes", ()) if case.analysis == "cox" else ()  # of the others the words hold the notes
    lines = [
        f"## {case.heading}",
        f"`{case.link}`",
        f"![{first.title}](pictures/survival/{case.name}.png)",
        *(f"> {text}" for text in (" ".join(result.words), *notes, *getattr(result, "cautions", ())) if text),
    ]
    said = exploratory_of(case, context, result)
    lines += [f"> {said}"] if said else []
    lines += [case.remark] if case.remark else []
    return "\n\n".join(lines)


def exploratory_of(case: Case, context: Context, result: Any) -> str:
    """The banner that the page shows when only this was looked at."""
    from core.analyses.ledger import Ledger, exploratory

    entries = context.analysis(case.analysis).tests(context, result)
    return exploratory(Ledger().with_entries(entries), entries)


def document(library: Library) -> str:
    """The whole text."""
    parts = [HEAD.strip()]
    for case in CASES:
        parts.append(section(case, *result_of(case, library)))
    return "\n\n".join(parts) + "\n"


def pictures(library: Library) -> None:
    """The first figure of each case as PNG."""
    import kaleido

    PICTURES.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        context, result = result_of(case, library)
        foot = f"{context.catalogue.study.name}; {case.link}"
        drawing = dataclasses.replace(drawings(result)[0], foot=foot)
        # Without mathjax=False the page would fetch a script from outside.
        kaleido.write_fig_sync(drawing.printed(), PICTURES / f"{case.name}.png", kopts={"mathjax": False})


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m docs.survival_numbers", description="Write docs/survival.md.")
    parser.add_argument("--pictures", action="store_true", help="draw the pictures too")
    library = Library()
    if parser.parse_args().pictures:
        pictures(library)
    FILE.write_text(document(library), encoding="utf-8")


if __name__ == "__main__":
    main()
