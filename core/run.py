"""What a page shows, without a browser: `python -m core run "Clusters?study=..." [--json FILE] [--figures DIR]`."""

from __future__ import annotations

from typing import Any

from core.analyses.opening import notices, opened, page_analyses, page_link
from core.analyses.plain import plain
from core.compute import Progress, quiet
from core.errors import NotEstimable, Problem, Refused
from core.store.library import Library
from core.view import unlink


def answer(text: str, library: Library, progress: Progress = quiet) -> tuple[dict[str, Any], dict[str, Any]]:
    """The plain answer to a link, and the results behind it by analysis name.

    The answer is `{"page", "link", "sentence", "study", "fingerprint", "n", "notices", "results": {analysis:
    {"parameters", ...fields of its result...}}}`; an analysis that these data cannot answer has
    `{"parameters", "not_estimable", "remedy"}`. Raises `Refused` for a link that cannot be honoured.
    """
    from core.analyses import registry

    page, pairs = unlink(text)
    if page not in registry.pages():
        known = ", ".join(registry.pages())
        raise Refused([Problem(f"there is no page {page!r}.", "the link", f"The pages are {known}.")])
    context = opened(pairs, library, remembering(), progress)
    results: dict[str, Any] = {}
    plains: dict[str, Any] = {}
    for analysis in page_analyses(page, context):
        parameters = {name: plain(getattr(analysis, name)) for name in analysis.parameters()}
        try:
            results[analysis.name] = context.result(analysis)
            plains[analysis.name] = {"parameters": parameters} | plain(results[analysis.name])
        except NotEstimable as state:
            named = {"not_estimable": state.reason, "remedy": state.remedy}
            plains[analysis.name] = {"parameters": parameters} | named
    head = {
        "page": page,
        "link": page_link(page, context),
        "sentence": context.cohort.english(context.catalogue),
        "study": context.view.study,
        "synthetic": context.catalogue.study.synthetic,
        "fingerprint": context.store.fingerprint,
        "n": context.store.count(context.cohort),
        "notices": notices(context),
    }
    return head | {"results": plains}, results


def remembering():
    """A memo that keeps everything for as long as one command runs."""
    kept: dict[str, Any] = {}

    def memo(key, work):
        if key not in kept:
            kept[key] = work()
        return kept[key]

    return memo
