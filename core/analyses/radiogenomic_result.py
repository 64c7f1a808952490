"""What a screen of imaging features against genes found, with everything that was tried."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.radiogenomics.screened import HOW, RadiogenomicScreen

MUTATIONS, EXPRESSION = "mutations", "expression"
#: From this |Spearman| with the volume on, a feature is said to follow it.
FOLLOWS = 0.8
#: From so many pairs on their table is packed.
LARGE = 200_000


@dataclass(frozen=True, eq=False)
class GeneScreen:
    """Every imaging feature against every gene.

    over        "mutations" or "expression"; `of` says where the features come from
    screen      the arrays of all pairs: effect, p, q, n
    q           the threshold; n_found pairs are below it, n_found_copies of them of features that repeat another one
    rows, columns   features and genes of the heat map, in the order in which alike ones are neighbours
    found       feature, family, gene, effect, direction, statistic, p, q, n, (n_mutated,) test: the pairs with the
                smallest p, at most `TOP`, or all that are below q where these are more but at most `MOST`
    n_range     fewest and most patients of a tested pair
    n_cohort    patients asked for; n_both of them have features and genes, and n all that is adjusted for too
    adjust, strata      in words; "" and () where nothing is
    families    family of each feature; rho_volume: its Spearman with `volume` ("" where the set has none)
    n_follow    pairs found whose feature has |Spearman| with the volume of at least FOLLOWS
    words       what was found, the most important first
    """

    over: str
    of: str
    feature_set: str
    setting: str
    screen: RadiogenomicScreen = field(metadata={"plain": False})
    q: float
    n_features: int
    n_genes: int
    n_pairs: int
    n_tests: int
    n_found: int
    n_found_copies: int
    n_range: tuple[int, int]
    n_cohort: int
    n_measured: int
    n_both: int
    n: int
    adjust: tuple[str, ...]
    strata: str
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    found: pd.DataFrame
    not_tested: pd.DataFrame
    families: dict[str, str]
    volume: str
    rho_volume: dict[str, float]
    n_follow: int
    words: tuple[str, ...] = ()

    def all_pairs(self) -> pd.DataFrame:
        """A row per tested pair, the smallest p first, then those without a test and why: feature, family, gene, ..."""
        tested = self.screen.table()
        rows, columns = np.nonzero(np.isnan(self.screen.p))
        rest = pd.DataFrame(
            {
                "feature": np.array(self.screen.features, dtype=object)[rows],
                "gene": np.array(self.screen.genes, dtype=object)[columns],
                "n": self.screen.n[rows, columns],
                "test": [f"not tested: {why}" for why in _reasons(self.screen, rows, columns)],
            }
        )
        if self.screen.n_mutated is not None:
            rest["n_mutated"] = self.screen.n_mutated[rows, columns]
        table = pd.concat([tested, rest.reindex(columns=tested.columns)], ignore_index=True) if len(rest) else tested
        table.insert(1, "family", table["feature"].map(self.families))
        if self.volume:
            table["rho_volume"] = table["feature"].map(self.rho_volume)
        return table

    @property
    def is_large(self) -> bool:
        """Whether all pairs are more than a spreadsheet opens with ease."""
        return self.n_pairs > LARGE


def _reasons(screen: RadiogenomicScreen, rows: np.ndarray, columns: np.ndarray) -> list[str]:
    return [HOW[code] for code in screen.how[rows, columns]]
