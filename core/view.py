"""What the reader chose, and the link that says it.

    Clusters?v=1&study=hn_tcia&where=subsite in (larynx)&clusters.k=3&edition=0f3a...

A view is immutable; equal views have equal links, and a link opens to an equal view in any browser. A link that
cannot be honoured is refused with every problem in it; it is never quietly widened to more patients.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote_plus

from core.cohort.expression import EVERYBODY, Cohort, Groups, parse
from core.errors import Problem, Refused

VERSION = "1"
#: A link longer than this is kept on the server and shared by its id.
LONGEST_LINK = 1800
#: Nothing longer or with more fields is even read.
LONGEST_QUERY, MOST_FIELDS = 8000, 100
OPTION = re.compile(r"[a-z][a-z_]{0,40}\.[a-z][a-z_0-9]{0,40}")
EDITION = re.compile(r"[0-9a-f]{8,64}")
STUDY = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
#: Signs that a value keeps in a link, so that an expression stays readable.
READABLE = "(),:<>=!"
FEATURES = re.compile(r"[0-9a-f]{16}")
SECTION = re.compile(r"[A-Z][A-Za-z -]{0,40}")
PAGE = re.compile(r"[A-Z][A-Za-z]{0,40}(?:_[A-Za-z]{1,40}){0,3}")

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class View:
    """A study, a cohort in it, and what was chosen in each analysis (`options`, canonical texts by dotted name).

    `features` is the id of a saved list of features that every analysis is confined to, "" for all of them.
    `section` is the part of the page that is open, "" for its first. `editions` are the fingerprints of the data a
    link was made from, by study id: a claim to compare with what is here now, not a choice.
    """

    study: str
    cohort: Cohort = EVERYBODY
    options: tuple[tuple[str, str], ...] = ()
    section: str = ""
    editions: tuple[tuple[str, str], ...] = ()
    features: str = ""

    @classmethod
    def parse(cls, pairs: Pairs, groups: Groups = lambda _: None) -> View:
        """The view that the query of a link describes.

        Raises `Refused` with every problem of form; whether the study has those columns and values is asked later
        (`core.analyses.opening.opened`), where its dictionary is at hand.
        """
        problems: list[Problem] = []
        if len(pairs) > MOST_FIELDS or sum(len(key) + len(value) for key, value in pairs) > LONGEST_QUERY:
            raise Refused(
                [Problem("the link is too long to be one of ours.", "the link", "Ask for it to be sent again.")]
            )
        seen: dict[str, str] = {}
        for key, value in pairs:
            if key in seen:
                problems.append(Problem(f"{_short(key)} is given twice.", "the link", "Keep one of them."))
            seen.setdefault(key, value)
        if seen.pop("v", VERSION) != VERSION:
            remedy = f"This program reads links of version {VERSION}; open it with a newer one."
            problems.append(Problem("the link has another version.", "v", remedy))
        study = seen.pop("study", "")
        if not STUDY.fullmatch(study):
            what = "the link names no study." if not study else f"{_short(study)} is not the name of a study."
            problems.append(Problem(what, "study", "Choose a study on the Studies page."))
        cohort = EVERYBODY
        try:
            cohort = parse(seen.pop("where", ""), groups)
        except Refused as refused:
            problems += refused.problems
        features = seen.pop("features", "")
        if features and not FEATURES.fullmatch(features):
            problems.append(Problem(f"{_short(features)} is not the id of a list.", "features", "Copy the link again."))
        section = seen.pop("section", "")
        if section and not SECTION.fullmatch(section):
            problems.append(
                Problem(f"{_short(section)} is not a section of a page.", "section", "Take it out of the link.")
            )
        editions = {study: seen.pop("edition")} if "edition" in seen else {}
        editions |= {key.removeprefix("edition."): seen.pop(key) for key in list(seen) if key.startswith("edition.")}
        for name, fingerprint in editions.items():
            if not EDITION.fullmatch(fingerprint) or not STUDY.fullmatch(name):
                problems.append(Problem("it is not a fingerprint of data.", "edition", "Copy the link again."))
        for key in seen:
            if not OPTION.fullmatch(key):
                problems.append(Problem(f"nothing is called {_short(key)}.", "the link", "Take it out of the link."))
        if problems:
            raise Refused(problems)
        return cls(study, cohort, tuple(sorted(seen.items())), section, tuple(sorted(editions.items())), features)

    def option(self, name: str) -> str | None:
        """The text chosen for `analysis.parameter`, or None where the default holds."""
        return dict(self.options).get(name)

    def with_options(self, chosen: Mapping[str, str | None]) -> View:
        """The view with these options set; None takes an option out."""
        options = {name: text for name, text in (dict(self.options) | dict(chosen)).items() if text is not None}
        return replace(self, options=tuple(sorted(options.items())))

    def with_cohort(self, cohort: Cohort) -> View:
        return replace(self, cohort=cohort)

    def with_section(self, section: str) -> View:
        return replace(self, section=section)

    def with_features(self, features: str) -> View:
        return replace(self, features=features)

    def with_study(self, study: str) -> View:
        """The same page on another study: cohort and options are that study's own, so none is carried over.

        A list of features is, for it was made to be used on other patients.
        """
        return self if study == self.study else View(study, features=self.features)

    def pairs(self, options: Mapping[str, str], editions: Mapping[str, str]) -> list[tuple[str, str]]:
        """The canonical query: version, study, cohort, the given options, and the editions it was made from."""
        pairs = [("v", VERSION), ("study", self.study)]
        if self.cohort.parts:
            pairs.append(("where", str(self.cohort)))
        if self.features:
            pairs.append(("features", self.features))
        if self.section:
            pairs.append(("section", self.section))
        pairs += sorted(options.items())
        for study, fingerprint in sorted(editions.items()):
            pairs.append(("edition" if study == self.study else f"edition.{study}", fingerprint))
        return pairs


def link(page: str, pairs: Iterable[tuple[str, str]]) -> str:
    """`Page?query`, percent-encoded only where a browser would change the text."""
    return f"{page}?{'&'.join(f'{quote_plus(name)}={quote_plus(text, safe=READABLE)}' for name, text in pairs)}"


def unlink(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The page and the query pairs of a link: whole address, `Page?query`, or `/Page?query`.

    Raises `Refused` when it is not a link.
    """
    address, _, query = text.strip().partition("?")
    page = address.rstrip("/").rpartition("/")[2]
    if len(query) > LONGEST_QUERY or not PAGE.fullmatch(page):
        remedy = "A link reads like Clusters?v=1&study=demo&where=..."
        raise Refused([Problem("this is not a link to a page.", "the link", remedy)])
    try:
        return page, parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Refused([Problem("it has too many fields.", "the link", "Ask for it to be sent again.")]) from None


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
