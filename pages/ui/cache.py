"""The only caches: open editions and results, remembered under texts that name data by fingerprint.

Streamlit hashes large arrays by sample, so a corrected value could go on showing the old figure; a key here is the
analysis, its parameters, the cohort and the fingerprints, never the data.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import streamlit as st

from core.compute import Progress, one_blas_thread, quiet
from core.store.library import Library

#: Results kept for all readers together. The largest, a distance matrix of 1,000 patients, has 8 MB.
RESULTS = 96
#: Seconds between two looks at whether the reader still waits for the work of another.
PATIENCE = 0.2
#: Seconds after the first page before anything is loaded that no reader has asked for yet.
WAIT = 8.0


class Remembered:
    """The results used last. Two readers who ask for the same thing wait for one piece of work."""

    def __init__(self, most: int = RESULTS):
        self._most = most
        self._kept: OrderedDict[str, Any] = OrderedDict()
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def __call__(self, key: str, work: Callable[[], Any], waiting: Progress = quiet) -> Any:
        """What is remembered under `key`, or the result of `work`."""
        with self._guard:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            lock = self._locks.setdefault(key, threading.Lock())
        while not lock.acquire(timeout=PATIENCE):
            waiting(0.0, "another reader asked for the same at the same time")
        try:
            with self._guard:
                if key in self._kept:
                    return self._kept[key]
            try:
                result = work()
            finally:
                with self._guard:
                    self._locks.pop(key, None)
            with self._guard:
                self._kept[key] = result
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
            return result
        finally:
            lock.release()


@st.cache_resource(show_spinner=False)
def remembered() -> Remembered:
    """The results of this server."""
    return Remembered()


@st.cache_resource(show_spinner=False)
def warmed() -> threading.Timer:
    """Once per server, when its first page has long been drawn: compiled code is loaded, or compiled the first time."""
    timer = threading.Timer(WAIT, _load_compiled)
    timer.daemon = True
    timer.start()
    return timer


def _load_compiled() -> None:
    from core.transport.wasserstein import warm_up

    warm_up()


@st.cache_resource(show_spinner=False)
def _library(folder: str) -> Library:
    one_blas_thread()
    return Library(folder)


def library() -> Library:
    """The studies of this server; which edition is current is looked up anew at every run."""
    return _library(str(Library().folder))
