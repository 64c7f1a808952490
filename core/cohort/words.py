"""How an expression writes names, and how its problems are told."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from core.errors import Problem
from core.vocabulary import listed

__all__ = ["CANDIDATES", "KEYWORDS", "RESERVED", "listed", "quoted", "unknown"]
KEYWORDS = "and or not in missing mutated wild type profiled any all of has between group"
RESERVED = frozenset(KEYWORDS.split())
CANDIDATES = 100
BARE = re.compile(r"[^\s(),\"<>=!\\\x00-\x1f]+")


def quoted(name: str) -> str:
    """The name as an expression writes it: bare where that is unambiguous, else in double quotes."""
    if BARE.fullmatch(name) and name.lower() not in RESERVED:
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unknown(kind: str, name: str, among: Iterable[str], where: str) -> Problem:
    """A name that is not there, with the nearest that are."""
    names = [str(each) for each in among]
    initial = name[:1].lower()
    # Few candidates, so that a hostile link full of unknown names is still answered at once.
    alike = sorted(names, key=lambda each: each[:1].lower() != initial)[:CANDIDATES]
    folded = {each.lower()[:80]: each for each in alike}
    near = [folded[each] for each in difflib.get_close_matches(name.lower()[:80], list(folded), n=3, cutoff=0.5)]
    known = listed(near or names[:8]) if names else ""
    remedy = f"Did you mean {known}?" if near else (f"There is {known}." if names else f"This study has no {kind}.")
    return Problem(f"there is no {kind} {name[:80]!r}.", where, remedy)
