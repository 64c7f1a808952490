"""What the test of invariance across centres found."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.radiogenomics.invariance import Invariance


@dataclass(frozen=True, eq=False)
class InvarianceAcross:
    """The test on all patients of the analysis.

    found    every set and variable; values are standardised, so log odds ratios are per standard deviation; its
             residuals are left out, which are many
    shown    the row of `found.sets` whose residuals are drawn
    residuals  of that set, a row per patient: environment, residual
    places   of that set, a row per environment: n, n_positive, gap, p, detectable
    fallen   where and in which direction the rejected sets fail
    words    what may be said, the first the headline; notes what must be known
    """

    target: str
    positive: str
    environment: str
    of: str
    found: Invariance
    shown: int
    residuals: pd.DataFrame
    places: pd.DataFrame
    fallen: pd.DataFrame
    left_out: pd.DataFrame
    n: int
    n_positive: int
    n_cohort: int
    words: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
