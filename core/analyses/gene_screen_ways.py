"""What is left of a screen of features and genes when the volume and the centre are adjusted for."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.molecular import volumes
from core.analyses.parameters import Flag, Scope, parameter
from core.analyses.radiogenomic_screen import RadiogenomicScreening
from core.compute import Progress, part, quiet
from core.errors import NotEstimable


@dataclass(frozen=True, eq=False)
class ScreenWays:
    """volume, centre   the feature and the attribute that are adjusted for, "" where the study has none
    table   way, n_tests, n_found, smallest_q, n_left: of the pairs found unadjusted those found this way too;
    n_same: of these the ones of the same direction; n patients; note where nothing could be tested
    """

    table: pd.DataFrame
    q: float
    volume: str
    centre: str


@dataclass(frozen=True, kw_only=True)
class WaysOfScreening(Analysis):
    name = "gene_screen_ways"
    title = "What adjusting does"
    question = "What is left of the pairs found when the volume and the centre are adjusted for?"
    method = (
        "The same screen unadjusted, beside the volume, within the centres, and both: how many pairs are found each "
        "way, and how many of those found unadjusted still are, in the same direction. Other adjustments stay."
    )
    sources = ("Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x",)
    pages = ("Radiogenomics",)
    rank = 12
    slow = True

    asked: bool = parameter(Flag("Screen in every way", "Up to four times the work of the screen.", default=False))

    def needs(self, context):
        return (context.analysis("gene_screen"),)

    def read(self, context):
        (screen,) = self.needs(context)
        return [(way, each, each.read(context)) for way, each in ways(context, screen)]

    def __call__(self, data, progress: Progress = quiet):
        if not self.asked:
            raise NotEstimable("Nothing was asked for.", "Say that the screen is to be made in every way.")
        rows, first = [], None
        for place, (way, analysis, read) in enumerate(data):
            try:
                screen = analysis.screened(read, part(progress, place / len(data), 1 / len(data)))
            except NotEstimable as state:
                rows.append((way, 0, 0, np.nan, 0, 0, 0, state.reason))
                continue
            below = screen.q < analysis.q
            if first is None:
                first = below, np.sign(screen.effect)
            left = below & first[0]
            same = left & (np.sign(screen.effect) == first[1])
            smallest = float(np.nanmin(screen.q)) if screen.n_tests else np.nan
            n = screen.n_patients - screen.n_no_covariate
            note = "" if screen.n_tests else "nothing can be tested"
            counts = int(below.sum()), smallest, int(left.sum()), int(same.sum()), n
            rows.append((way, screen.n_tests, *counts, note))
        columns = ["way", "n_tests", "n_found", "smallest_q", "n_left", "n_same", "n", "note"]
        known = {way: analysis for way, analysis, _ in data}
        volume = known["the volume"].volume if "the volume" in known else ""
        centre = known["the centre"].strata if "the centre" in known else ""
        return ScreenWays(pd.DataFrame(rows, columns=columns), data[0][1].q, volume, centre)


def ways(context, screen: RadiogenomicScreening) -> list[tuple[str, RadiogenomicScreening]]:
    """The screen unadjusted, beside the volume, within the centre, and both, as far as the study has them."""
    volume = volumes(context.catalogue.feature_sets[screen.features])
    centre = context.catalogue.role("centre")
    known = {option.value for option in choices.categories(Scope(context, {}))}
    named = [("unadjusted", choices.NONE, choices.NONE)]
    if volume:
        named.append(("the volume", volume[0], choices.NONE))
    if centre is not None and centre.name in known:
        named.append(("the centre", choices.NONE, centre.name))
        if volume:
            named.append(("both", volume[0], centre.name))
    return [(way, dataclasses.replace(screen, volume=one, strata=other)) for way, one, other in named]
