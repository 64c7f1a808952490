"""How active is a set of genes in one patient, told from that patient alone?"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from core.errors import NotEstimable

#: Fewer measured genes make no set.
FEWEST_GENES = 3


def rank_score(expression: pd.DataFrame, genes: Collection[str]) -> pd.Series:
    """The mean rank of a set's genes among all genes measured in the same patient, from 0 (lowest) to 1 (highest).

    expression  patients x genes, on any scale whose order within a patient means something; genes that were not
    measured are left out, missing values of a patient too. NaN for a patient without any. Because no other patient
    enters, the score can be computed before patients are divided into those who make a model and those who test it.
    Raises `NotEstimable` for fewer than 3 measured genes. Source: the idea of singscore, Foroutan et al. 2018,
    doi:10.1186/s12859-018-2435-4, without its bounds.
    """
    known = [gene for gene in dict.fromkeys(genes) if gene in expression.columns]
    if len(known) < FEWEST_GENES:
        raise NotEstimable(
            f"{len(known)} of {len(set(genes))} genes of the set are measured here; a score takes {FEWEST_GENES}.",
            "Choose another set.",
        )
    ranks = expression.rank(axis=1)
    measured = expression.notna().sum(axis=1)
    share = (ranks[known] - 1).div((measured - 1).where(measured > 1, np.nan), axis=0)
    return share.mean(axis=1)
