"""Where an analysis is asked: the view, the stores it may read, and where results are remembered."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from core.analyses import registry
from core.cohort import Cohort
from core.compute import Progress, quiet
from core.errors import Problem, Refused
from core.store import feature_list
from core.store.feature_list import FeatureList
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
        """The dictionaries of the view's study, confined to the listed features when the view has a list."""
        return self.catalogue_of(self.view.study)

    def catalogue_of(self, study: str) -> Catalogue:
        """The same of any study."""
        if study not in self._catalogues:
            whole = self.elsewhere(study).catalogue
            self._catalogues[study] = self.features.narrowed(whole) if self.features is not None else whole
        return self._catalogues[study]

    @cached_property
    def _catalogues(self) -> dict[str, Catalogue]:
        return {}

    @cached_property
    def features(self) -> FeatureList | None:
        """The list of features that the view is confined to; raises `Refused` when it is not kept here."""
        if not self.view.features:
            return None
        found = feature_list.load(self.saved, self.view.features)
        if found is None:
            remedy = "It was saved on another server, or removed; ask for the link again."
            raise Refused([Problem("there is no list of this id here.", "features", remedy)])
        return found

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
