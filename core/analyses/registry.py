"""Which analyses there are: every module of this folder is looked at, so a new file is enough."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from core.analyses.base import Analysis
from core.errors import Problem, Refused


@cache
def analyses() -> dict[str, type[Analysis]]:
    """Every analysis by name, in the order in which pages show them."""
    package = importlib.import_module("core.analyses")
    for module in pkgutil.iter_modules(package.__path__, "core.analyses."):
        importlib.import_module(module.name)
    found = sorted(_descendants(Analysis), key=lambda each: (each.rank, each.name))
    return {each.name: each for each in found}


def named(name: str) -> type[Analysis]:
    """The analysis of this name; raises `Refused` if there is none."""
    if name not in analyses():
        raise Refused([Problem(f"there is no analysis called {name[:40]!r}.", "the link", "Take it out of the link.")])
    return analyses()[name]


def shown_on(page: str) -> tuple[type[Analysis], ...]:
    """The analyses of a page, in order."""
    return tuple(each for each in analyses().values() if page in each.pages)


def pages() -> tuple[str, ...]:
    """Every page that shows an analysis."""
    return tuple(dict.fromkeys(page for each in analyses().values() for page in each.pages))


def _descendants(kind: type) -> list[type]:
    return [each for child in kind.__subclasses__() for each in (child, *_descendants(child)) if hasattr(each, "name")]
