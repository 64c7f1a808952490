"""What a page shows, without a browser: `python -m core run "Clusters?study=..." [--json FILE] [--figures DIR]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.analyses.ledger import Ledger
from core.analyses.opening import opened, page_analyses, page_link, unfed
from core.analyses.plain import plain
from core.analyses.provenance import SYNTHETIC, export_notes, is_synthetic, notices
from core.compute import Progress, one_blas_thread, quiet
from core.errors import CohortscopeError, NotEstimable, Problem, Refused
from core.store.first_start import EMBEDDED, ensure_demo
from core.store.library import Library
from core.view import unlink

#: Every analysis of the page, also those that take long.
ALL = "all"


@dataclass(frozen=True)
class Answer:
    """What a page shows for a link: `plain` for JSON, the results behind it by analysis name, and their notes."""

    plain: dict[str, Any]
    results: dict[str, Any]
    notes: list[str]


def answer(text: str, library: Library, progress: Progress = quiet, also: Collection[str] = ()) -> Answer:
    """Everything that the page of a link shows; of analyses that take long only those named in `also` ("all": every).

    `plain` is `{"page", "link", "sentence", "study", "features", "fingerprint", "n", "notices", "tests_tried",
    "results": {analysis: {"parameters", ...fields of its result...}}}`; an analysis that these data cannot answer has
    `{"parameters", "not_estimable", "remedy"}`, its parameters empty when the study has nothing to choose from; one
    that takes long and was not asked for has `{"parameters", "left_out"}`. Raises `Refused` for a link that cannot be
    honoured, or a name in `also` that the page does not have.
    """
    from core.analyses import registry

    page, pairs = unlink(text)
    if page not in registry.pages():
        known = ", ".join(registry.pages())
        raise Refused([Problem(f"there is no page {page!r}.", "the link", f"The pages are {known}.")])
    shown = [kind.name for kind in registry.shown_on(page)]
    unknown = [name for name in also if name not in (ALL, *shown)]
    if unknown:
        raise Refused([Problem(f"{page} has no analysis {unknown[0]!r}.", "--also", f"It has {', '.join(shown)}.")])
    context = opened(pairs, library, remembering(), progress)
    results: dict[str, Any] = {}
    ledger = Ledger()
    plains: dict[str, Any] = {}
    for analysis in page_analyses(page, context):
        parameters = {name: plain(getattr(analysis, name)) for name in analysis.parameters()}
        if analysis.slow and analysis.name not in also and ALL not in also:
            plains[analysis.name] = {
                "parameters": parameters,
                "left_out": f"It takes long: add --also {analysis.name}.",
            }
            continue
        try:
            results[analysis.name] = context.result(analysis)
            plains[analysis.name] = {"parameters": parameters} | plain(results[analysis.name])
            ledger = ledger.with_entries(analysis.tests(context, results[analysis.name]))
        except NotEstimable as state:
            named = {"not_estimable": state.reason, "remedy": state.remedy}
            plains[analysis.name] = {"parameters": parameters} | named
    for name, state in unfed(page, context).items():
        plains[name] = {"parameters": {}, "not_estimable": state.reason, "remedy": state.remedy}
    head = {
        "page": page,
        "link": page_link(page, context),
        "sentence": context.cohort.english(context.catalogue),
        "study": context.view.study,
        "features": plain(context.features),
        "synthetic": is_synthetic(page, context),
        "fingerprint": context.store.fingerprint,
        "n": context.store.count(context.cohort),
        "notices": notices(context),
        "tests_tried": ledger.sentence(),
    }
    return Answer(head | {"results": plains}, results, [*export_notes(page, context), ledger.sentence()])


def remembering():
    """A memo that keeps everything for as long as one command runs."""
    kept: dict[str, Any] = {}

    def memo(key, work, waiting=quiet):
        if key not in kept:
            kept[key] = work()
        return kept[key]

    return memo


def main(argv: list[str]) -> int:
    """Answer one link on the command line: 0 answered, 1 the link is refused, 2 could not run."""
    options = _parser().parse_args(argv)
    one_blas_thread()
    library = Library()
    try:
        ensure_demo(library, names=[name for name in EMBEDDED if f"study={name}&" in f"{options.link}&"])
        also = [name for name in options.also.split(",") if name]
        found = answer(options.link, library, _told if sys.stderr.isatty() else quiet, also)
        text = json.dumps(found.plain, indent=1, ensure_ascii=False)
        if options.json is None:
            print(text)
        else:
            options.json.write_text(text + "\n", encoding="utf-8")
        if options.figures is not None:
            _write_figures(found, options.figures)
    except Refused as refused:
        print("This link cannot be honoured:", *refused.problems, sep="\n  ", file=sys.stderr)
        return 1
    except (CohortscopeError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _write_figures(found: Answer, folder: Path) -> None:
    from core.plots import drawings
    from core.plots.export import write_figures

    tried = found.plain["tests_tried"]
    drawn = [replace(each, foot=tried) for result in found.results.values() for each in drawings(result)]
    if found.plain["synthetic"]:
        drawn = [drawing.stamped(SYNTHETIC) for drawing in drawn]
    written = write_figures(drawn, folder, found.notes)
    print(f"{len(written.files)} files in {folder}. {written.notice}".strip(), file=sys.stderr)


def _told(share: float, text: str = "") -> None:
    print(f"\r{share:4.0%} {text[:70]:<70}", end="" if share < 1 else "\n", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core run",
        description="Print what a page shows for a link, as JSON.",
        epilog="exit codes: 0 answered, 1 the link cannot be honoured (nothing is written), 2 could not run",
    )
    parser.add_argument("link", metavar="LINK", help='such as "Clusters?study=demo&clusters.k=3"')
    parser.add_argument("--also", default="", metavar="NAMES", help="analyses that take long, by name, or all of them")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the answer there instead of printing it")
    parser.add_argument("--figures", type=Path, metavar="DIR", help="write every figure as CSV, SVG and PNG")
    return parser
