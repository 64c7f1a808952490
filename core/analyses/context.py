"""Where an analysis is asked: the view, the stores it may read, and where results are remembered."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from core.analyses import registry
from core.cohort import Cohort
from core.compute import Progress, quiet
from core.store.library import Library
from core.store.saved import Saved
from core.store.schema import Catalogue
from core.store.store import Store
from core.view import View

if TYPE_CHECKING:
    from core.analyses.base import Analysis

#: Returns what is remembered under a key, or works it out and remembers it; while another reader's thread is working
#: on the same, the progress is called, so that waiting can be abandoned too.
Memo = Callable[[str, Callable[[], Any], Progress], Any]


def forgetful(key: str, work: Callable[[], Any], waiting: Progress = quiet) -> Any:
    """Remember nothing."""
    return work()


class Context:
    """One reader's question: immutable but for the lazily opened stores."""

    def __init__(self, view: View, library: Library, memo: Memo = forgetful, progress: Progress = quiet):
        self.view, self.library, self.memo, self.progress = view, library, memo, progress

    @cached_property
    def store(self) -> Store:
        """The current edition of the view's study; read once, so that one answer has one edition."""
        return self.library.open(self.view.study)

    @property
    def catalogue(self) -> Catalogue:
        return self.store.catalogue

    @property
    def cohort(self) -> Cohort:
        return self.view.cohort

    @property
    def saved(self) -> Saved:
        """Groups of patients and long views that were kept on this server."""
        return self.library.saved

    def group(self, id: str) -> dict | None:
        """A saved group of patients, by its id."""
        return self.saved.get("group", id)

    @cached_property
    def _others(self) -> dict[str, Store]:
        return {}

    def elsewhere(self, study: str) -> Store:
        """The current edition of any study."""
        if study == self.view.study:
            return self.store
        if study not in self._others:
            self._others[study] = self.library.open(study)
        return self._others[study]

    def analysis(self, name: str) -> Analysis:
        """The named analysis with this view's options."""
        return registry.named(name).from_view(self)

    def result(self, analysis: Analysis) -> Any:
        """Run it, or remember it. The same call serves the pages, the command line and other analyses."""
        return self.memo(analysis.key(self), lambda: analysis(analysis.read(self), self.progress), self.progress)
