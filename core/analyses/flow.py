"""The patient flow: how many patients each part of the cohort leaves."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pandas as pd

from core.analyses.base import Analysis
from core.cohort import Cohort


@dataclass(frozen=True)
class Flow:
    """`steps` has a row for the whole study and one per part: part (in words), n, left_out. `n` remain of `n_study`."""

    n_study: int
    n: int
    steps: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class PatientFlow(Analysis):
    name = "flow"
    title = "Patient flow"
    question = "How many patients does each part of the cohort leave?"
    method = "Parts of the cohort are applied one after the other, in the order in which they are written."
    pages = ("Cohort",)
    rank = 0

    def read(self, context):
        parts = context.cohort.parts
        words = ["All patients", *(part.english(context.catalogue) for part in parts)]
        counts = [context.store.count(Cohort(parts[:done])) for done in range(len(parts) + 1)]
        return words, counts

    def __call__(self, data, progress=None):
        words, counts = data
        left_out = [0, *(before - after for before, after in itertools.pairwise(counts))]
        steps = pd.DataFrame({"part": words, "n": counts, "left_out": left_out})
        return Flow(counts[0], counts[-1], steps)
