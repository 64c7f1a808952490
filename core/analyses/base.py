"""An analysis: a frozen dataclass of parameters that turns what it reads into a result.

To add one, write one file in this folder (docs/adding-an-analysis.md). Its `name` is the prefix of its parameters in
links; `pages` are the pages that show it.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any, ClassVar

from core.analyses.parameters import Parameter, Scope
from core.compute import Progress, quiet
from core.errors import Problem, Refused

if TYPE_CHECKING:
    from core.analyses.context import Context
    from core.analyses.ledger import Entry


class Analysis:
    """Subclasses are frozen, keyword-only dataclasses whose fields are parameters."""

    name: ClassVar[str]
    title: ClassVar[str]
    question: ClassVar[str]
    #: What is done and which choices were made, for the methods page; `sources` are references with their DOI.
    method: ClassVar[str]
    sources: ClassVar[tuple[str, ...]] = ()
    pages: ClassVar[tuple[str, ...]] = ()
    #: Analyses of one page are shown and run in this order.
    rank: ClassVar[int] = 100
    #: True when it takes long enough that the command line works it out only when asked to by name.
    slow: ClassVar[bool] = False

    def read(self, context: Context) -> Any:
        """Everything the analysis needs, read from the store: the only input it has."""
        raise NotImplementedError

    def __call__(self, data: Any, progress: Progress = quiet) -> Any:
        """The result: pure, so equal parameters and equal data give equal results."""
        raise NotImplementedError

    def needs(self, context: Context) -> tuple[Analysis, ...]:
        """Other analyses whose results this one reads; their parameters belong in its link."""
        return ()

    def studies(self, context: Context) -> tuple[str, ...]:
        """The studies it reads."""
        return (context.view.study,)

    def tests(self, context: Context, result: Any) -> tuple[Entry, ...]:
        """The tests of survival that this result shows, for the count of everything tried."""
        return ()

    # ------------------------------------------------------------ what follows from the declaration

    @classmethod
    def parameters(cls) -> dict[str, Parameter]:
        """The declared parameters by name, in order."""
        return {each.name: each.metadata["parameter"] for each in dataclasses.fields(cls)}

    @classmethod
    def from_view(cls, context: Context) -> Analysis:
        """The analysis with the view's options, and defaults where it has none; raises `Refused` with every problem."""
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for name, declared in cls.parameters().items():
            scope = Scope(context, values)
            full = f"{cls.name}.{name}"
            if not declared.when(values):
                values[name] = None
                continue
            text = context.view.option(full)
            try:
                values[name] = declared.fallback(scope) if text is None else declared.read(text, scope)
            except Refused as refused:
                problems += [dataclasses.replace(problem, where=full) for problem in refused.problems]
                values[name] = declared.fallback(scope)
        if problems:
            raise Refused(problems)
        return cls(**values)

    def options(self) -> dict[str, str]:
        """The canonical text of every parameter that matters, by its name in links."""
        texts = {}
        for name, declared in self.parameters().items():
            value = getattr(self, name)
            if value is not None:
                texts[f"{self.name}.{name}"] = declared.write(value)
        return texts

    def all_options(self, context: Context) -> dict[str, str]:
        """Its own options and those of everything it needs."""
        texts = {}
        for other in self.needs(context):
            texts |= other.all_options(context)
        return texts | self.options()

    def all_studies(self, context: Context) -> tuple[str, ...]:
        """The studies that it and everything it needs read."""
        found = dict.fromkeys(self.studies(context))
        for other in self.needs(context):
            found |= dict.fromkeys(other.all_studies(context))
        return tuple(found)

    def key(self, context: Context) -> str:
        """What the result depends on, as text: never the data themselves, whose hash a cache may sample."""
        fingerprints = {study: context.elsewhere(study).fingerprint for study in self.all_studies(context)}
        cohort = [context.view.study, str(context.view.cohort)]
        asked = [self.name, self.all_options(context), cohort, context.view.features, fingerprints]
        return json.dumps(asked, sort_keys=True)
