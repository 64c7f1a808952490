"""How everything is computed: written from the registry, so that it cannot fall behind the code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.analyses import registry
from core.analyses.base import Analysis
from core.analyses.parameters import Choice, Expression, Flag, Many, Number, Parameter, Scope
from core.compute import quiet
from core.errors import NotEstimable


@dataclass(frozen=True)
class Methods:
    """analyses    name, title, pages, question, method, sources
    parameters  analysis, name (as in links), label, allowed, default (in this study; empty where it has none), help
    """

    analyses: pd.DataFrame
    parameters: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class MethodsOfAnalyses(Analysis):
    name = "methods"
    title = "Methods"
    question = "How is each analysis done, and what can be chosen in it?"
    method = "Written from the declarations that the analyses themselves use."
    pages = ("Studies",)
    rank = 90

    def read(self, context):
        rows = []
        for kind in _by_page():
            values: dict[str, Any] = {}
            for name, declared in kind.parameters().items():
                scope = Scope(context, dict(values))
                values[name], default = _default(declared, scope)
                rows.append(
                    (kind.name, f"{kind.name}.{name}", declared.label, _allowed(declared), default, declared.help)
                )
        return rows

    def __call__(self, data, progress=quiet):
        kinds = _by_page()
        return Methods(
            pd.DataFrame(
                [
                    (each.name, each.title, ", ".join(each.pages), each.question, each.method, "; ".join(each.sources))
                    for each in kinds
                ],
                columns=["name", "title", "pages", "question", "method", "sources"],
            ),
            pd.DataFrame(data, columns=["analysis", "name", "label", "allowed", "default", "help"]),
        )


def _by_page() -> list[type[Analysis]]:
    return sorted(registry.analyses().values(), key=lambda each: (each.pages[:1], each.rank, each.name))


def _default(declared: Parameter, scope: Scope) -> tuple[Any, str]:
    """The default in this study and its text; none where the parameter does not apply or nothing can be chosen."""
    try:
        if not declared.when(scope.values):
            return None, ""
        value = declared.fallback(scope)
        return value, declared.write(value)
    except (NotEstimable, KeyError):  # what it depends on cannot be chosen in this study either
        return None, ""


def _allowed(declared: Parameter) -> str:
    match declared:
        case Number():
            unit = f" {declared.unit}" if declared.unit else ""
            return f"{'whole number' if declared.whole else 'number'} from {declared.low:g} to {declared.high:g}{unit}"
        case Flag():
            return "yes or no"
        case Many():
            return f"up to {declared.most}"
        case Choice() if not callable(declared.options):
            return ", ".join(option.value for option in declared.options)
        case Choice():
            return "one that the study has"
        case Expression():
            return "a cohort expression"
    return ""
