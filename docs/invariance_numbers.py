"""Write docs/invariance.json and docs/invariance.md from the real studies: `python -m docs.invariance_numbers`.

Needs a store (COHORTSCOPE_STORE) into which glioma_arita and glioma_tcga were imported, and some minutes. Every number
of the document is one of the JSON file, which is what the program answers for the links in it.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.analyses.context import Context
from core.analyses.left_out_words import MEASURE_NAMES, value_text
from core.analyses.opening import opened
from core.analyses.plain import plain
from core.run import remembering
from core.store.library import Library
from core.view import unlink

FOLDER = Path(__file__).parent
FILE, NUMBERS = FOLDER / "invariance.md", FOLDER / "invariance.json"
STUDIES = ("glioma_arita", "glioma_tcga")
IDH = "target.over=category&target.attribute={}&target.positive={}&target.against={}&centres.environment={}"
LINKS = {
    "glioma_arita": f"Prediction?study=glioma_arita&{IDH.format('idh_mutated', '0', 'rest', 'centre')}",
    "glioma_tcga": f"Prediction?study=glioma_tcga&{IDH.format('idh_status', 'WT', 'rest', 'centre_tss')}",
}
HEADINGS = {
    "glioma_arita": "Gliomas of grade II and III from four sites",
    "glioma_tcga": "Gliomas of the TCGA by tissue source site",
}
SPLITS = "left_out_centres.splits=10"
STABILITY = "invariance.selection=stability"
PUBLISHED = "&".join(
    (
        "invariance.factor=published",
        "left_out_centres.selected=once",
        "left_out_centres.learned=everybody",
        "left_out_centres.grid=published",
        "left_out_centres.direction=auto",
    )
)


@dataclass(frozen=True)
class Run:
    """One way of doing it, on each study."""

    name: str
    heading: str
    options: str


RUNS = (
    Run("lasso", "Lasso screen", SPLITS),
    Run("stability", "Stability selection", f"{STABILITY}&{SPLITS}"),
    Run("published", "Lasso screen, every choice as published", f"{PUBLISHED}&left_out_centres.splits=1"),
)
#: The arms of the published table, by our names; the others are in the JSON file and on the page.
SHOWN = ("screen and gate", "accepted union", "plain lasso")
#: What the published abstract reports of its first centre (proposed, embedded lasso).
PAPER = (
    ("AUC", "0.75 [0.25; 1.00]", "0.83 [0.50; 1.00]"),
    ("sensitivity", "0.67 [0.20; 0.93]", "0.67 [0.20; 0.93]"),
    ("specificity", "0.75 [0.30; 0.95]", "0.75 [0.30; 0.95]"),
    ("Matthews correlation", "0.42 [0.19; 0.68]", "0.42 [0.19; 0.68]"),
)
HEAD = """# Invariant selection across centres, on real patients

Santinha et al. 2021 (doi:10.1117/1.JMI.8.3.031905) tell IDH wild type from mutated gliomas by radiomic features that
were selected by a test of invariance across centres, and compare them with a plain lasso on a centre that was left out.
The two studies below are not theirs (77 patients of the TCGA, with features that are not public), and are test data
and no part of the project. IDH wild type is the positive class, as in the paper. Everything is learned from the
training centres; 10 repeats of 3 folds tune the penalty by Matthews' correlation. Intervals as on the page: AUC by
DeLong, or by Newcombe with fewer than five patients of a class; sensitivity and specificity by Wilson; Matthews by the
bootstrap, and 0 where it is not defined. Over all centres the AUC counts pairs of patients within a centre.

Anybody with the studies imported writes this file anew with `python -m docs.invariance_numbers`;
`tests/docs/test_invariance_document.py` holds it against docs/invariance.json, and a centre of it against the program.

## What the paper reports

Of one left-out centre the abstract gives numbers. They are those of 2 of 3 positive and 3 of 4 negative patients, with
Wilson's intervals, so that the centre very probably had seven patients: nothing can be concluded from it about one way
being better than the other.

| | proposed | plain lasso |
|---|---|---|
"""


TAKEN = """
## What to take from it

* On the four sites the test has nothing against any set of features, the empty one included, because wild type is about
  as frequent in each of them. What is handed on is then the screen, and the gate cannot close.
* The source sites of the TCGA differ in the share of wild type, two of them have nothing else, and most small sets are
  rejected. Still, each screened feature is in some accepted set, so the union is the screen again, or nearly so; the
  intersection is empty or nearly so, as is to be expected with so few patients.
* So what the published arms differ in from the plain lasso is the screen and its cap of eight features, not invariance.
* With every centre on both sides the AUC on the TCGA is much higher than on a centre left out, for every arm. There the
  centre itself tells the class, and pairs of patients of different centres count; within a centre that help is gone.
* No interval here would decide between two ways of selecting on one centre, and neither does that of the paper.
"""


def context_of(study: str, run: Run, library: Library) -> Context:
    """The opened link of a study and a way of doing it."""
    return opened(unlink(f"{LINKS[study]}&{run.options}")[1], library, remembering())


def numbers(library: Library) -> dict[str, Any]:
    """Everything that the document says."""
    found: dict[str, Any] = {}
    for study in STUDIES:
        for run in RUNS:
            context = context_of(study, run, library)
            test = context.result(context.analysis("invariance"))
            left = context.result(context.analysis("left_out_centres"))
            keep = ("table", "pooled", "differences", "mixed", "left_out", "words", "notes")
            found.setdefault(study, {})[run.name] = {
                "link": f"{LINKS[study]}&section=Invariant selection&{run.options}",
                "invariance": list(test.words),
                "environments": plain(test.found.environments),
            } | {name: plain(getattr(left, name)) for name in keep}
    return rounded(found)


def rounded(value: Any) -> Any:
    """Numbers to six digits: more are another machine's."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def document(found: dict[str, Any]) -> str:
    """The whole text, from the numbers alone."""
    parts = [HEAD + "\n".join(f"| {' | '.join(row)} |" for row in PAPER)]
    for study in STUDIES:
        parts.append(f"## {HEADINGS[study]}")
        first = found[study]["lasso"]
        parts += [_who(first), "What the test of invariance says of all of them:"]
        parts += [f"> {' '.join(first['invariance'])}"]
        for run in RUNS:
            parts += _run(run, found[study][run.name])
    parts.append(TAKEN.strip())
    return "\n\n".join(parts) + "\n"


def _who(first: dict[str, Any]) -> str:
    places = ", ".join(f"{row['environment']} {row['n']} ({row['n_positive']})" for row in first["environments"])
    out = "; ".join(f"{row['n']} {row['reason']}" for row in first["left_out"])
    return f"Patients by centre (IDH wild type): {places}.{f' Left out: {out}.' if out else ''}"


def _run(run: Run, found: dict[str, Any]) -> list[str]:
    lines = ["| centre left out | n (positive) | arm | AUC | sensitivity | specificity | Matthews | features |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    lines += [_row(row, row["centre"], f"{row['n_used']}") for row in found["table"] if row["arm"] in SHOWN]
    lines += [_row(row, "all, within", "") for row in found["pooled"] if row["arm"] in SHOWN]
    said = [f"> {' '.join(found['words'])}", *(f"> {note}" for note in found["notes"])]
    return [f"### {run.heading}", f"`{found['link']}`", "\n".join(lines), _mixed(found), *said]


def _row(row: dict[str, Any], where: str, features: str) -> str:
    cells = [where, f"{row['n']} ({row['n_positive']})", row["arm"]]
    for name in MEASURE_NAMES:
        text = value_text(row[name], row[f"{name}_lower"], row[f"{name}_upper"]).replace("95 % CI ", "")
        undefined = name == "mcc" and row["mcc_interval"].startswith("0 by convention")
        cells.append("0 (undefined)" if undefined else text)
    return f"| {' | '.join((*cells, features))} |"


def _mixed(found: dict[str, Any]) -> str:
    """What the same arms reach where every centre is on both sides."""
    told = {}
    for row in found["mixed"]:
        if row["measure"] == "auc" and row["arm"] in SHOWN and row["mean"] is not None:
            spread = f" ({row['least']:.2f} to {row['most']:.2f})" if row["n_splits"] > 1 else ""
            told[row["arm"]] = f"{row['arm']} {row['mean']:.2f}{spread}"
    first = found["mixed"][0]
    count = f"{first['n_splits']} random splits" if first["n_splits"] > 1 else "one random split (as published)"
    return (
        f"With every centre on both sides, mean AUC over {count} of {first['n_train']} to train and {first['n_test']} "
        f"to test: {'; '.join(told.values())}."
    )


def _lines(found: Any, depth: int = 0) -> str:
    """JSON with a line per row of a table."""
    if isinstance(found, dict) and depth < 3:
        parts = [f"{json.dumps(key)}: {_lines(each, depth + 1)}" for key, each in found.items()]
        return "{" + ",".join(f"\n{part}" for part in parts) + "\n}"
    if isinstance(found, list):
        return "[" + ",".join(f"\n{json.dumps(each, ensure_ascii=False)}" for each in found) + "\n]"
    return json.dumps(found, ensure_ascii=False)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m docs.invariance_numbers", description="Write docs/invariance.md.")
    parser.add_argument("--text", action="store_true", help="only the text, from the JSON file")
    if not parser.parse_args().text:
        found = numbers(Library())
        NUMBERS.write_text(_lines(found) + "\n", encoding="utf-8")
    FILE.write_text(document(json.loads(NUMBERS.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
