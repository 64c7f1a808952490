"""Errors say the same after a journey between processes."""

from __future__ import annotations

import pickle

from core.errors import Abandoned, NotEstimable, Problem, Refused


def test_errors_survive_pickling_with_their_fields():
    problems = (Problem("Unknown column.", "patients.csv, age", "Rename it."), Problem("Empty."))
    for error in (Refused(problems), NotEstimable("Two patients.", "Widen the cohort."), Abandoned("Stopped.")):
        error.add_note("On a worker")
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)
    assert pickle.loads(pickle.dumps(Refused(problems))).problems == problems
