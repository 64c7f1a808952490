"""Open a link: from a page's name and query to a context in which everything has been checked."""

from __future__ import annotations

from core.analyses import registry
from core.analyses.base import Analysis
from core.analyses.context import Context, Memo, forgetful
from core.cohort.words import unknown
from core.compute import Progress, quiet
from core.errors import NotEstimable, Problem, Refused
from core.store.library import Library
from core.store.saved import Saved
from core.view import LONGEST_LINK, Pairs, View, link

#: Characters of a fingerprint that a link carries: 64 bits.
SHORT = 16
#: Parameters that moved: links with the old name still mean what they meant.
MOVED = {"survival.endpoint": "follow_up.endpoint"}


def opened(pairs: Pairs, library: Library, memo: Memo = forgetful, progress: Progress = quiet) -> Context:
    """The context of a link.

    Raises `Refused` with every problem: unknown study, column, value, gene, analysis, parameter or option. Nothing
    is dropped or widened.
    """
    saved = library.saved
    view = View.parse(_moved(_unfolded(pairs, saved)), lambda id: saved.get("group", id))
    known = [entry.id for entry in library.studies()]
    wanted = [view.study, *(study for study, _ in view.editions if study != view.study)]
    missing = [unknown("study", study, known, "study") for study in wanted if study not in known]
    if missing:
        raise Refused(missing)
    return checked(Context(view, library, memo, progress))


def checked(context: Context) -> Context:
    """The context, if its study has everything that its view names; raises `Refused` with every problem."""
    context.features  # noqa: B018 - raises when the list is not kept here
    problems = list(context.cohort.problems(context.store.catalogue)) + _option_problems(context)
    if problems:
        raise Refused(problems)
    return context


def page_analyses(page: str, context: Context) -> list[Analysis]:
    """The analyses of a page with the view's options; those that this study cannot feed are left out."""
    return _fed(page, context)[0]


def unfed(page: str, context: Context) -> dict[str, NotEstimable]:
    """The analyses of a page that this study cannot feed, by name, each with the reason."""
    return _fed(page, context)[1]


def _fed(page: str, context: Context) -> tuple[list[Analysis], dict[str, NotEstimable]]:
    found, lacking = [], {}
    for kind in registry.shown_on(page):
        try:
            analysis = kind.from_view(context)
            analysis.all_options(context)  # what it needs may be what cannot be had
        except NotEstimable as state:
            lacking[kind.name] = state
            continue
        found.append(analysis)
    return found, lacking


def page_pairs(page: str, context: Context) -> list[tuple[str, str]]:
    """The canonical query of a page's view: every parameter is in it, so a later default changes no old link."""
    options: dict[str, str] = {}
    studies = {context.view.study}
    for analysis in page_analyses(page, context):
        options |= analysis.all_options(context)
        studies |= set(analysis.all_studies(context))
    return context.view.pairs(options, {study: context.elsewhere(study).fingerprint[:SHORT] for study in studies})


def page_link(page: str, context: Context) -> str:
    """The link that shows exactly this; a very long one is kept on the server and shared by its id."""
    pairs = page_pairs(page, context)
    text = link(page, pairs)
    if len(text) <= LONGEST_LINK:
        return text
    return link(page, [("v", "1"), ("view", context.saved.put("view", {"pairs": [list(pair) for pair in pairs]}))])


def _moved(pairs: Pairs) -> list[tuple[str, str]]:
    """The pairs with parameters under the names that they have now."""
    return [(MOVED.get(name, name), text) for name, text in pairs]


def _unfolded(pairs: Pairs, saved: Saved) -> Pairs:
    """The pairs of a link that only names a saved view."""
    ids = [value for key, value in pairs if key == "view"]
    if not ids:
        return pairs
    record = saved.get("view", ids[0])
    if record is None or len(ids) > 1:
        remedy = "It was saved on another server, or removed; ask for the link again."
        raise Refused([Problem("there is no saved view of this id here.", "view", remedy)])
    return [(key, value) for key, value in record["pairs"]] + [(k, v) for k, v in pairs if k not in ("view", "v")]


def _option_problems(context: Context) -> list[Problem]:
    problems: list[Problem] = []
    names = dict.fromkeys(name.partition(".")[0] for name, _ in context.view.options)
    for name in names:
        try:
            kind = registry.named(name)
        except Refused as refused:
            problems += refused.problems
            continue
        for full, _ in context.view.options:
            prefix, _, parameter = full.partition(".")
            if prefix == name and parameter not in kind.parameters():
                problems.append(unknown("parameter", parameter, kind.parameters(), full))
        try:
            kind.from_view(context)
        except NotEstimable:
            continue  # the page says so in its place
        except Refused as refused:
            problems += refused.problems
    return problems


def repaired(context: Context, view: View, keep: str) -> View:
    """The view after the reader changed the option `keep`: others that no longer fit it are back at their defaults.

    A change of feature set, say, leaves a setting behind that the new set does not have. This is for controls only;
    a link is refused instead. Raises `Refused` when `keep` itself cannot be honoured.
    """
    for _ in view.options:
        problems = _option_problems(Context(view, context.library))
        if not problems:
            return view
        unfit = {problem.where: None for problem in problems}
        if keep in unfit:
            raise Refused(problem for problem in problems if problem.where == keep)
        view = view.with_options(unfit)
    return view
