"""A small study with a centre, and how its questions across centres are asked."""

from __future__ import annotations

import dataclasses

import numpy as np

from core.analyses.context import Context
from core.cohort import Cohort, parse
from core.run import remembering
from core.store.library import Library
from core.store.schema import Attribute
from core.view import View
from tests.store.drafts import small_draft

HPV = {"target.over": "category", "target.attribute": "hpv_status", "target.positive": "positive"}


def asked(library, name, study="small", where="", **options):
    chosen = {key.replace("__", "."): text for key, text in options.items()}
    view = View(study, parse(where) if where else Cohort()).with_options(HPV | chosen)
    return Context(view, library, remembering())


def result_of(library, name="invariance", **options):
    context = asked(library, name, **options)
    return context.result(context.analysis(name))


def centred_library(folder) -> Library:
    """The small study three times over, with a centre: four large ones, one of two patients, and some unknown."""
    draft = small_draft(n=120)
    chance = np.random.default_rng(5)
    centre = chance.choice(["A", "B", "C", "D"], 120, p=[0.4, 0.3, 0.2, 0.1]).astype(object)
    centre[[3, 5]] = "tiny"
    centre[[0, 1]] = None
    levels = ("A", "B", "C", "D", "tiny")
    attribute = Attribute("centre", "Centre", "category", "", levels, "centre", "")
    patients = draft.patients.assign(centre=centre)
    draft = dataclasses.replace(draft, attributes=[*draft.attributes, attribute], patients=patients)
    library = Library(folder)
    library.publish(draft)
    return library
