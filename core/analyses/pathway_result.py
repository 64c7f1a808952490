"""Gene sets in the ranking of genes that imaging features give, with every test counted."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.radiogenomics.enrichment_patients import FeatureEnrichment


@dataclass(frozen=True, eq=False)
class PathwayScreen:
    """Which gene sets go with which features.

    enrichment  the arrays of all features and sets
    table       feature, family, set, size, present, es, nes, p, q, found, leading_edge (genes that make the score, the
                strongest first): every test, the smallest p first
    q           the threshold; n_found tests are below it
    smallest_q  the smallest q that a single finding could reach with so many permutations
    rows, columns   features and sets in the order of the heat map
    chosen      how the features were chosen, in words; n_all features were there
    words       what was found, the most important first
    """

    enrichment: FeatureEnrichment
    table: pd.DataFrame
    of: str
    q: float
    n_found: int
    smallest_q: float
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    chosen: str
    n_all: int
    n_cohort: int
    n_both: int
    adjust: tuple[str, ...]
    strata: str
    families: dict[str, str]
    words: tuple[str, ...] = ()
