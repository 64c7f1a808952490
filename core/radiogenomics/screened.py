"""What a screen of features and genes found: every pair, the strongest ones, and those that could not be tested."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

#: p-values closer than this share of themselves are one.
ALIKE = 1e-7
#: How a pair was tested, and why it was not; `how` holds places in this list.
TESTED = ("normal approximation", "exact", "permutation", "t approximation")
NOT_TESTED = (
    "too few patients",
    "too few mutated",
    "too few wild type",
    "the feature is constant",
    "the gene is constant",
    "the feature is given by what is adjusted for",
    "the gene is given by what is adjusted for",
)
HOW = TESTED + NOT_TESTED
NORMAL, EXACT, PERMUTED, STUDENT = range(len(TESTED))
FEW, FEW_MUTATED, FEW_WILD, CONSTANT_FEATURE, CONSTANT_GENE, GIVEN_FEATURE, GIVEN_GENE = range(len(TESTED), len(HOW))


@dataclass(frozen=True, eq=False)
class RadiogenomicScreen:
    """Every feature against every gene; arrays are (features, genes), NaN where a pair was not tested.

    statistic   U of the mutated (Mann-Whitney), or t of a rank correlation; `statistic_name` says which
    effect      from -1 to 1 (`effect_name`): rank-biserial correlation, 2 AUC - 1, above 0 where mutated patients have
                the higher values; or Spearman's rho, partial when adjusted, above 0 where both rise together
    p, q        two-sided; q is Benjamini-Hochberg's over all n_tests pairs of the screen
    n, n_mutated    patients with both known (and all that is adjusted for); n_mutated is None for expression
    how         place in `HOW` of the test, or of the reason why there is none
    n_patients, n_no_covariate      patients given, and those left out of all pairs for what is adjusted for
    copies      (feature, the first one with the same order of patients, upwards or downwards): tests made twice
    draws, seed     of the permutations, where `how` says so
    """

    features: tuple[str, ...]
    genes: tuple[str, ...]
    statistic: np.ndarray
    effect: np.ndarray
    p: np.ndarray
    q: np.ndarray
    n: np.ndarray
    n_mutated: np.ndarray | None
    how: np.ndarray
    n_tests: int
    test: str
    statistic_name: str
    effect_name: str
    adjust: tuple[str, ...]
    n_strata: int
    n_patients: int
    n_no_covariate: int
    copies: tuple[tuple[str, str], ...]
    draws: int
    seed: int

    @property
    def auc(self) -> np.ndarray:
        """How probable it is that a mutated patient has the higher value of the two, ties half: (features, genes).

        ValueError where the effect is a correlation, which has none.
        """
        if self.statistic_name != "U":
            raise ValueError("only an unadjusted screen of mutations has an AUC")
        return (self.effect + 1) / 2

    def table(self, top: int | None = None) -> pd.DataFrame:
        """Which pairs are strongest? A row per tested pair, the smallest p first, at most `top` of them.

        feature, gene, effect, direction, statistic, p, q, n, n_mutated (mutations only), test. Equal p: the larger
        effect first, then by name.
        """
        rows, columns = np.nonzero(~np.isnan(self.p))
        if top is not None and top < len(rows):
            p = self.p[rows, columns]
            # Those with the p of the last place stay in, so that the names decide between them and not the places.
            last = np.partition(p, top - 1)[top - 1] if top > 0 else -1.0
            kept = p <= last * (1 + ALIKE)
            rows, columns = rows[kept], columns[kept]
        effect = self.effect[rows, columns]
        found = {
            "feature": np.array(self.features, dtype=object)[rows],
            "gene": np.array(self.genes, dtype=object)[columns],
            "effect": effect,
            "direction": np.array(self._directions(), dtype=object)[1 + np.sign(effect).astype(int)],
            "statistic": self.statistic[rows, columns],
            "p": self.p[rows, columns],
            "q": self.q[rows, columns],
            "n": self.n[rows, columns],
        }
        if self.n_mutated is not None:
            found["n_mutated"] = self.n_mutated[rows, columns]
        found["test"] = np.array(HOW, dtype=object)[self.how[rows, columns]]
        # Copies of a feature may differ in the last digits, which must not decide who comes first.
        with np.errstate(divide="ignore"):
            level = np.log10(found["p"]).round(8)
        table = pd.DataFrame(found).assign(level=level, size=-np.abs(effect).round(8))
        table = table.sort_values(["level", "size", "feature", "gene"], kind="stable").drop(columns=["level", "size"])
        return table.reset_index(drop=True) if top is None else table.head(top).reset_index(drop=True)

    def direction(self, effect: float) -> str:
        """Which way an effect of this screen points, in words; "" for none."""
        return "" if np.isnan(effect) else self._directions()[1 + int(np.sign(effect))]

    def _directions(self) -> tuple[str, str, str]:
        if self.n_mutated is None:
            return "one falls as the other rises", "neither", "both rise together"
        return "lower in mutated", "neither", "higher in mutated"

    def not_tested(self) -> pd.DataFrame:
        """Which pairs have no test, and why? reason, n_pairs, n_features, n_genes, and the first of each as example."""
        rows = []
        for code, reason in enumerate(NOT_TESTED, start=len(TESTED)):
            features, genes = np.nonzero(self.how == code)
            if len(features):
                example = f"{self.features[features[0]]} and {self.genes[genes[0]]}"
                rows.append((reason, len(features), len(np.unique(features)), len(np.unique(genes)), example))
        return pd.DataFrame(rows, columns=["reason", "n_pairs", "n_features", "n_genes", "example"])
