"""What a screen of features against a genotype found, in a table and in words."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from core.analyses.genotype_choices import CORRECTED
from core.analyses.genotype_measures import Measures
from core.radiogenomics.genotype import ADDITIVE, Coded
from core.radiogenomics.genotype_screen import GenotypeScreen
from core.radiogenomics.paired_regions import GLOBAL, PairedDifferences
from core.survival.words import p_text
from core.vocabulary import counted, listed

#: The power at which a detectable area is told.
POWER = 0.8
WITHOUT_INTERVAL = (
    "The square is the area of the feature itself, whose direction is not chosen, with DeLong's interval; the ring is "
    "the area of its model in left-out patients. That one has no interval that holds: for a feature of no use, one "
    "made from left-out scores holds 0.5 in about 3 of 4 cohorts instead of 19 of 20."
)
AS_PUBLISHED = (
    "As published: the area of each model on the very patients it was fitted on, averaged over locations, without "
    "interval and without correction for the number of features. Such an area is never below 0.5, and a feature of no "
    "use has more than that. How the published areas were averaged, and whether they were cross-validated, is not "
    "known."
)


@dataclass(frozen=True, eq=False)
class GenotypeFound:
    """table    a row per feature and place, the smallest p first: feature, label, family, where, found, and the columns
            of `GenotypeScreen`

    published   feature, label, family, apparent (mean area over places), lowest, highest, n_places, p (the smallest,
                uncorrected) and chance (the mean area that a useless feature has); the largest area first
    per         what an odds ratio is for; of, noun: what was compared
    n_found, n_features_found    columns with q below `q`, and how many different features they are of
    detectable  the area that a feature must have to be found in 4 of 5 cohorts of this size
    n_complete  patients with all n_pairs pairs of regions; fewest_pairs of any patient and feature; None without pairs
    """

    mode: str
    genotype: Coded
    table: pd.DataFrame
    published: pd.DataFrame
    noun: str
    of: str
    per: str
    test: str
    q: float
    n_tests: int
    n_columns: int
    n_features: int
    n_found: int
    n_features_found: int
    detectable: float
    adjust: tuple[str, ...]
    shared_held_out: float | None
    no_held_out: str
    folds: int
    repeats: int
    seed: int
    n_cohort: int
    n_measured: int
    n_complete: int | None
    n_no_genotype: int
    n_no_covariate: int
    n: int
    n_carriers: int
    n_pairs: int | None
    fewest_pairs: int | None
    words: tuple[str, ...]

    @property
    def strongest(self) -> tuple[str, str]:
        """Feature and place of the smallest p."""
        row = self.table.iloc[0]
        return row["feature"], row["where"]


def genotype_found(screen: GenotypeScreen, measured: Measures, mode: str, q: float) -> GenotypeFound:
    """The screen with the names of its columns, sorted and put into words."""
    table = measured.columns.merge(screen.table, on="column", sort=False, validate="one_to_one")
    table["found"] = table["q"] < q
    far = -(table["auc"] - 0.5).abs().round(12)
    table = table.assign(far=far).sort_values(["p", "far", "column"], na_position="last", kind="stable")
    table = table.drop(columns="far").reset_index(drop=True)
    coded, pairs = screen.genotype, measured.differences
    measured_too = measured.values.notna().any(axis=1) & coded.carrier.notna()
    yes, no = int((coded.carrier[measured_too] == 1).sum()), int((coded.carrier[measured_too] == 0).sum())
    ordered = "proportional-odds" in screen.test
    fields = {
        "mode": mode,
        "genotype": coded,
        "table": table,
        "published": _published(table),
        "noun": measured.noun,
        "of": measured.of,
        "per": f"of {'more minor alleles' if ordered else f'being {_one(coded)}'}, per standard deviation more",
        "test": screen.test,
        "q": q,
        "n_tests": screen.n_tests,
        "n_columns": len(table),
        "n_features": table["feature"].nunique(),
        "n_found": int(table["found"].sum()),
        "n_features_found": table.loc[table["found"], "feature"].nunique(),
        "detectable": detectable_area(yes, no, q / max(screen.n_tests, 1)),
        "adjust": screen.adjust,
        "shared_held_out": screen.shared_held_out,
        "no_held_out": screen.no_held_out if mode == CORRECTED else "",
        "folds": screen.folds,
        "repeats": screen.repeats,
        "seed": screen.seed,
        "n_cohort": measured.n_cohort,
        "n_measured": measured.n_measured,
        "n_complete": None if pairs is None else pairs.n_complete,
        "n_no_genotype": screen.n_no_genotype,
        "n_no_covariate": screen.n_no_covariate,
        "n": yes + no,
        "n_carriers": yes,
        "n_pairs": None if pairs is None else pairs.asked[GLOBAL],
        "fewest_pairs": None if pairs is None else _fewest(pairs),
    }
    draft = GenotypeFound(words=(), **fields)
    return GenotypeFound(words=_words(draft), **fields)


def _fewest(pairs: PairedDifferences) -> int:
    """The fewest pairs that a mean over all of a patient's is of, where there is one."""
    counts = pairs.pairs.xs(GLOBAL, axis=1, level=1).to_numpy()
    return int(counts[counts > 0].min())


def detectable_area(carriers: int, others: int, level: float) -> float:
    """The area of a feature that is found in 4 of 5 cohorts at a two-sided level, by the variance of U."""
    if not carriers or not others:
        return 1.0
    error = np.sqrt((carriers + others + 1) / (12 * carriers * others))
    normal = NormalDist()
    return float(min(0.5 + error * (normal.inv_cdf(1 - level / 2) + normal.inv_cdf(POWER)), 1.0))


def chance_area(carriers: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The mean of the larger of A and 1 - A of a useless feature, whose A is about normal around 0.5."""
    error = np.sqrt((carriers + others + 1) / (12 * np.maximum(carriers * others, 1)))
    return 0.5 + error * np.sqrt(2 / np.pi)


def _published(table: pd.DataFrame) -> pd.DataFrame:
    """Average apparent areas over the locations; over all pairs where that is the only place."""
    several = table["where"].ne(GLOBAL).any()
    rows = table[table["where"] != GLOBAL] if several else table
    rows = rows.assign(chance=chance_area(rows["n_carriers"].to_numpy(), (rows["n"] - rows["n_carriers"]).to_numpy()))
    found = rows.groupby("feature", sort=False).agg(
        label=("label", "first"),
        family=("family", "first"),
        apparent=("apparent", "mean"),
        lowest=("apparent", "min"),
        highest=("apparent", "max"),
        n_places=("apparent", "count"),
        p=("p", "min"),
        chance=("chance", "mean"),
    )
    return found.sort_values("apparent", ascending=False, na_position="last", kind="stable").reset_index()


def _one(coded: Coded) -> str:
    return coded.positive if coded.positive == "mutated" else f"a {coded.positive.replace('carriers', 'carrier', 1)}"


def where_text(feature: str, where: str) -> str:
    """`Median, lateral left` or, of a whole patient, `Median`."""
    return feature if where == "patient" else f"{feature}, {where}"


def direction(coded: Coded, area: float) -> str:
    """`higher in carriers`."""
    return f"{'higher' if area > 0.5 else 'lower'} in {coded.positive}"


def _words(result: GenotypeFound) -> tuple[str, ...]:
    said = [_headline(result) if result.mode == CORRECTED else _published_words(result), _sizes(result)]
    if result.n_complete is not None:
        said.append(
            f"{counted(result.n_measured, 'patient')} have paired regions, {result.n_complete:,} of them all "
            f"{result.n_pairs} pairs with every feature; a mean is over the pairs that are there, at least "
            f"{result.fewest_pairs}."
        )
    if result.mode == CORRECTED:
        if not result.n_found:
            said.append(
                f"That is a result, and its size is: of this many tests and patients, {result.noun}s with an area of "
                f"{result.detectable:.2f} (or {1 - result.detectable:.2f}) are found in 4 of 5 cohorts, and weaker "
                "ones more rarely."
            )
        if result.no_held_out:
            said.append(f"No areas in left-out patients: {result.no_held_out}.")
        if result.shared_held_out is not None:
            said.append(
                f"What is adjusted for ({listed(result.adjust, 'and')}) has by itself an area of "
                f"{result.shared_held_out:.2f} in left-out patients."
            )
    return tuple(said)


def _headline(result: GenotypeFound) -> str:
    name, tests = result.genotype.name, counted(result.n_tests, "test")
    if not result.n_tests:
        return f"No {result.noun} could be tested against {name}."
    first = result.table.iloc[0]
    smallest = p_text(first["q"]).replace("p", "q", 1)
    if not result.n_found:
        return f"No {result.noun} is shown to go with {name}: {tests}, the smallest {smallest}."
    adjusted = f", adjusted for {listed(result.adjust, 'and')}" if result.adjust else ""
    several = result.n_columns > result.n_features
    features = f" ({result.n_features_found} of {counted(result.n_features, 'feature')})" if several else ""
    go = "goes" if result.n_found == 1 else "go"
    known = first["lower"] == first["lower"]
    interval = f" ({first['lower']:.2f} to {first['upper']:.2f})" if known else " (the groups do not overlap)"
    false = result.q * result.n_found
    doubt = f" About {false:.2g} of them may be false." if false >= 0.5 else ""
    return (
        f"{result.n_found:,} of {counted(result.n_tests, result.noun)}{features} {go} with {name} at q < "
        f"{result.q:g}{adjusted}. Strongest: {where_text(first['label'], first['where'])}, "
        f"{direction(result.genotype, first['auc'])}, area {first['auc']:.2f}{interval}, {smallest}.{doubt}"
    )


def _published_words(result: GenotypeFound) -> str:
    found = result.published.dropna(subset=["apparent"])
    if found.empty:
        return f"No {result.noun} could be compared with {result.genotype.name}."
    small = int((found["p"] < 0.05).sum())
    return (
        f"As published, {counted(len(found), 'feature')} have average areas of {found['apparent'].min():.2f} to "
        f"{found['apparent'].max():.2f} against {result.genotype.name}; features of no use have "
        f"{found['chance'].mean():.2f}. Uncorrected, {small} have a place with p < 0.05; chance alone makes some."
    )


def _sizes(result: GenotypeFound) -> str:
    coded = result.genotype
    levels = listed([f"{n} {level}" for level, n in zip(coded.levels, coded.sizes, strict=True)], "and")
    out = [f"{result.n_no_genotype} without the genotype"] if result.n_no_genotype else []
    out += [f"{result.n_no_covariate} without what is adjusted for"] if result.n_no_covariate else []
    left = f"; {listed(out, 'and')} left out" if out else ""
    coding = " The test is of the number of minor alleles." if coded.coding == ADDITIVE else ""
    return (
        f"{result.n} patients with genotype and features of {result.n_cohort}: {result.n_carriers} {coded.positive} "
        f"and {result.n - result.n_carriers} {coded.negative} ({levels} in the cohort{left}).{coding}"
    )
