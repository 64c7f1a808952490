"""What sets groups of patients apart in their genes, and what of it holds in other patients."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.radiogenomics.carried import Carried
from core.radiogenomics.phenotypes import PhenotypeTests


@dataclass(frozen=True, eq=False)
class PhenotypeScreen:
    """Mutations, expression and gene sets against one grouping of patients.

    tests       the numbers; table: the same with a column of counts per group, the smallest p first
    label       what the grouping is called; sizes: patients of each group
    n_found     tests with q below `q`
    carried     what became of the findings in other patients, None with the reason in no_replication; second_study and
                second_how say who they are
    words       what was found, the most important first; second_words: of the other patients
    """

    tests: PhenotypeTests
    table: pd.DataFrame
    label: str
    sizes: dict[str, int]
    q: float
    n_found: int
    n_cohort: int
    carried: Carried | None
    no_replication: str
    second_study: str
    second_how: str
    cautions: tuple[str, ...]
    words: tuple[str, ...] = ()
    second_words: tuple[str, ...] = ()
