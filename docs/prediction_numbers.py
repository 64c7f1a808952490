"""Write docs/prediction.md, with its pictures, from the real studies: `python -m docs.prediction_numbers [--pictures]`.

Needs a store (COHORTSCOPE_STORE) into which hn_tcia, glioma_tcga, glioma_arita and nsclc_radiogenomics were imported.
Every number and sentence of the document comes from the link above it; only the headings and the remarks are written
here. `--check` works everything out again and says what differs, which takes some minutes; the test of the document
does the same for the cases that are `held`.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from dataclasses import dataclass
from pathlib import Path

from core.analyses.context import Context
from core.analyses.opening import opened
from core.errors import NotEstimable
from core.plots import drawings
from core.prediction.frozen import FORMULA
from core.run import remembering
from core.store.library import Library
from core.view import unlink

FOLDER = Path(__file__).parent
FILE, PICTURES = FOLDER / "prediction.md", FOLDER / "pictures" / "prediction"
STUDIES = ("hn_tcia", "glioma_tcga", "glioma_arita", "nsclc_radiogenomics")
HN, GLIOMA, ARITA, LUNG = (f"Prediction?study={study}" for study in STUDIES)
IDH = "&target.over=category&target.attribute=idh_status&target.positive=Mutant"
LARYNX = "&target.attribute=subsite&target.positive=larynx&target.against=oropharynx"
CHANCE = "&prediction_chance.permutations=199"


@dataclass(frozen=True)
class Case:
    """One view: its name, a heading, the link, the analysis shown, what a reader should note, whether a picture is
    shown, and whether the test of the document works it out again."""

    name: str
    heading: str
    link: str
    analysis: str = "prediction"
    remark: str = ""
    picture: bool = False
    held: bool = False


CASES = (
    Case(
        "idh",
        "Glioma: IDH",
        f"{GLIOMA}{IDH}",
        remark="Glioblastomas and lower-grade gliomas together: a part of what is told is the grade.",
        picture=True,
    ),
    Case(
        "idh_lgg",
        "Glioma: IDH among lower-grade gliomas alone",
        f"{GLIOMA}&where=project = TCGA-LGG{IDH}",
        remark="Eleven patients without a mutation are all that this rests on, and the repeats show it.",
    ),
    Case("atrx", "Glioma: ATRX", f"{GLIOMA}&target.gene=ATRX"),
    Case(
        "tp53",
        "Glioma: TP53",
        f"{GLIOMA}&target.gene=TP53",
        remark="DeLong's interval just leaves out 0.5. The next view asks by shuffling, which knows of every step.",
    ),
    Case("tp53_chance", "The same, labels shuffled", f"{GLIOMA}&target.gene=TP53{CHANCE}", "prediction_chance"),
    Case("egfr", "Lung: EGFR", f"{LUNG}&target.gene=EGFR", held=True),
    Case("egfr_chance", "The same, labels shuffled", f"{LUNG}&target.gene=EGFR{CHANCE}", "prediction_chance"),
    Case("kras", "Lung: KRAS", f"{LUNG}&target.gene=KRAS"),
    Case(
        "kras_chance",
        "The same, labels shuffled",
        f"{LUNG}&target.gene=KRAS{CHANCE}",
        "prediction_chance",
        "Two nulls, and shown as nulls. The shuffled labels lie below 0.5 too, and so does what they are held against.",
        picture=True,
    ),
    Case("larynx", "Head and neck: larynx or oropharynx", f"{HN}{LARYNX}", picture=True),
    Case(
        "larynx_centres",
        "The same, each centre predicted by the others",
        f"{HN}&section=Across centres{LARYNX}",
        "prediction_centres",
        "Lower than within centres, which is what a new hospital would see.",
        picture=True,
        held=True,
    ),
    Case(
        "larynx_frozen",
        "The same, learnt in one hospital, frozen, and applied to the others",
        f"{HN}&where=centre = MAASTRO&section=Another study{LARYNX}&prediction_elsewhere.on=hn_tcia",
        "prediction_elsewhere",
        "The hospital's own cross-validation promised far more, and the probabilities are too extreme elsewhere.",
        picture=True,
        held=True,
    ),
    Case(
        "hpv",
        "HPV within the oropharynx",
        f"{HN}&where=subsite = oropharynx&target.over=category&target.attribute=hpv_status",
    ),
    Case(
        "idh_centres",
        "Glioma: IDH, each source site predicted by the others",
        f"{GLIOMA}&section=Across centres{IDH}",
        "prediction_centres",
        "Most sites sent glioblastomas or lower-grade gliomas alone and so have one class: the pooled number is "
        "largely that of telling the sites apart.",
        held=True,
    ),
    Case(
        "idh_arita_centres",
        "Lower-grade glioma, four hospitals: IDH, each predicted by the others",
        f"{ARITA}&section=Across centres&target.attribute=idh_mutated",
        "prediction_centres",
        held=True,
    ),
    Case(
        "idh_elsewhere",
        "The model of IDH in the other glioma study",
        f"{GLIOMA}&section=Another study{IDH}&prediction_elsewhere.on=glioma_arita"
        "&prediction_elsewhere.attribute=idh_mutated&prediction_elsewhere.positive=1",
        "prediction_elsewhere",
        "The two studies have no feature in common by name, and one is z-scored: nothing is predicted.",
    ),
)

HEAD = """# Prediction on real patients

What the Prediction page says of four public studies, number for number, with its default: ridge logistic regression of
all features, 10 repeats of 5 outer folds, the penalty chosen in 5 inner ones. Each paragraph below is the one that the
page generates for the link above it, and `tests/docs/test_prediction_document.py` holds this file against the program.
The studies are test data and no part of the project; what they are and where they come from is in their own READMEs.
Anybody with the studies imported writes this file anew with `python -m docs.prediction_numbers --pictures`.
"""

TAIL = f"""## The file of a frozen model

"Download the model" writes a logistic regression as JSON: where it comes from (study, fingerprint of its data, cohort,
outcome, feature set, scale, n), how it was made (recipe, setting chosen, seed, versions), `intercept`, `thresholds`
(`half`, `prevalence`, `youden`) and, per feature, `feature`, `median`, `centre`, `scale`, `weight` and, where features
were made normal, `power`, `first_centre`, `first_scale`. Its predictions follow from these alone:

{FORMULA}

`core.prediction.frozen.thawed` makes the model of the text again. Forests and support vector machines are no formula
and are not written; harmonised models are not either, for the effects of another study's batches are not known.
"""


def section(case: Case, library: Library) -> str:
    """Heading, link, picture, the generated words, cautions and the remark."""
    context = context_of(case, library)
    lines = [f"## {case.heading}", f"`{case.link}`"]
    try:
        result = context.result(context.analysis(case.analysis))
    except NotEstimable as state:
        lines.append(f"> {state}")
    else:
        if case.picture:
            lines.append(f"![{drawings(result)[0].title}](pictures/prediction/{case.name}.png)")
        lines += [f"> {text}" for text in (" ".join(result.words), *getattr(result, "cautions", ()))]
    return "\n\n".join([*lines, *([case.remark] if case.remark else [])])


def context_of(case: Case, library: Library) -> Context:
    """The opened link, with a memory of its own."""
    return opened(unlink(case.link)[1], library, remembering())


def document(library: Library) -> str:
    """The whole text."""
    return "\n\n".join([HEAD.strip(), *(section(case, library) for case in CASES), TAIL])


def pictures(library: Library) -> None:
    """The first figure of the cases that have one, as PNG."""
    import kaleido

    PICTURES.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        if case.picture:
            context = context_of(case, library)
            foot = f"{context.catalogue.study.name}; {case.link}"
            drawing = drawings(context.result(context.analysis(case.analysis)))[0]
            printed = dataclasses.replace(drawing, foot=foot).printed()
            # Without mathjax=False the page would fetch a script from outside.
            kaleido.write_fig_sync(printed, PICTURES / f"{case.name}.png", kopts={"mathjax": False})


def main() -> int:
    from core.compute import one_blas_thread

    parser = argparse.ArgumentParser(prog="python -m docs.prediction_numbers", description="Write docs/prediction.md.")
    parser.add_argument("--pictures", action="store_true", help="draw the pictures too")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the file says something else")
    options = parser.parse_args()
    one_blas_thread()
    library = Library()
    if options.check:
        text = FILE.read_text(encoding="utf-8")
        other = [case.name for case in CASES if section(case, library) not in text]
        print(f"Different: {', '.join(other) or 'none'}.")
        return 1 if other else 0
    if options.pictures:
        pictures(library)
    FILE.write_text(document(library), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
