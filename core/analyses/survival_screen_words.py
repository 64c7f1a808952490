"""What a screen may say: what went with the endpoint, that nothing was shown to, and what to keep in mind."""

from __future__ import annotations

from math import exp, sqrt
from statistics import NormalDist

import pandas as pd

from core.analyses.survival_screen_result import FOLLOWS, FeatureScreen
from core.cohort.words import listed
from core.survival.hazard import Ratio
from core.survival.words import p_text, ratio_text
from core.vocabulary import counted

#: Names that a sentence holds.
NAMED = 4
#: How often the ratio that is called detectable would be found.
POWER = 0.8
#: Below so many events p-values of a Cox model are rough.
FEW = 10


def detectable_ratio(n_events: int, level: float, power: float = POWER) -> float:
    """Which hazard ratio per standard deviation would a single two-sided test find?

    n_events in the model, level of the test; unadjusted. Hsieh and Lavori 2000, doi:10.1016/S0197-2456(00)00104-5.
    """
    normal = NormalDist()
    return exp((normal.inv_cdf(1 - level / 2) + normal.inv_cdf(power)) / sqrt(n_events))


def screen_words(found: FeatureScreen) -> tuple[str, ...]:
    """The sentences of a screen, the most important first."""
    said = [_headline(found), _counted(found), _smallest(found), _models(found)]
    said += [_few(found), *_without_number(found), *_copies(found), *_volume(found), *found.notes]
    return tuple(sentence for sentence in said if sentence)


def _headline(found: FeatureScreen) -> str:
    nouns = plural(found.noun, found.n_tests)
    if not found.n_tests:
        return f"No {found.noun} could be tested against {inside(found.endpoint)}."
    if not found.n_found:
        smallest = found.table["q"].min()
        return f"None of the {nouns} was shown to go with {inside(found.endpoint)} (smallest {q_text(smallest)})."
    higher = int((_hits(found)["coefficient"] > 0).sum())
    return (
        f"{found.n_found:,} of {nouns} went with {inside(found.endpoint)} at q < {found.q:g}: {higher:,} with a higher "
        f"hazard, {found.n_found - higher:,} with a lower one."
    )


def _counted(found: FeatureScreen) -> str:
    """What the number of tests means for what was found, or for that nothing was."""
    if not found.n_tests:
        return ""
    tests = f"q: Benjamini-Hochberg over {plural('test', found.n_tests)}"
    if found.n_found:
        return (
            f"{tests}; up to {expected_text(found.expected_false)} expected to be false. Everything was looked at, so "
            "the largest ratios are too large on average; other patients have to confirm them."
        )
    if found.detectable is None:
        return f"{tests}. This is no proof that none does."
    return (
        f"{tests}. This is no proof that none does: with {found.n_events:,} events a hazard ratio of "
        f"{found.detectable:.2f} per standard deviation would have been found in 4 of 5 such cohorts, a smaller one "
        "less often."
    )


def _few(found: FeatureScreen) -> str:
    """Below ten events the likelihood-ratio test is anything but exact, and a tail of many tests shows it first."""
    if not found.n_tests or found.n_events >= FEW:
        return ""
    return f"Caution: with {counted(found.n_events, 'event')} p and q are rough; do not rest a claim on them."


def _hits(found: FeatureScreen) -> pd.DataFrame:
    return found.table[found.table["found"] & (found.table["copy_of"] == "")]


def _smallest(found: FeatureScreen) -> str:
    if not found.n_tests:
        return ""
    first = found.table[found.table["copy_of"] == ""].iloc[0]
    ratio = Ratio(first["hazard_ratio"], first["lower"], first["upper"], first["wald_p"], 1.0)
    return (
        f"The smallest q: {first['feature']}, {ratio_text(ratio)} {found.per}, {p_text(first['lr_p'])}, "
        f"{q_text(first['q'])}; n = {first['n']:,}, {first['n_events']:,} events."
    )


def _models(found: FeatureScreen) -> str:
    strata = f", stratified by {found.strata} ({found.n_strata} strata)" if found.n_strata > 1 else ""
    if not found.adjust:
        return f"Each model is unadjusted{strata}."
    return f"Each model is adjusted for {listed(found.adjust, 'and')}{strata}."


def _without_number(found: FeatureScreen):
    """How many have no number, by reason, with the first names."""
    without = found.table[found.table["lr_p"].isna()]
    for state, some in without.groupby("state", sort=False):
        yield f"{plural(found.noun, len(some))} {_are(len(some))} {state}: {_names(some['feature'])}."


def _copies(found: FeatureScreen):
    repeated = found.table[found.table["copy_of"] != ""]
    if len(repeated):
        pairs = [f"{row.feature} = {row.copy_of}" for row in repeated.itertuples()]
        among = f"; {found.n_found_copies} of them below q = {found.q:g}" if found.n_found_copies else ""
        yield (
            f"{plural(found.noun, len(repeated))} {_are(len(repeated))} the same as another but for unit or sign, "
            f"tested and not counted as found{among}: {_names(pairs)}."
        )


def _volume(found: FeatureScreen):
    hits = _hits(found)
    follow = hits[hits["rho_volume"].abs() >= FOLLOWS]
    if not len(follow):
        return
    said = f"Caution: {len(follow):,} of the {len(hits):,} found follow the volume ({found.volume}, |Spearman| of at "
    said += f"least {FOLLOWS:g})"
    if any(found.volume in each for each in found.adjust):
        yield f"{said}, although it is adjusted for: what a straight line leaves of its effect may be all they show."
    else:
        yield f"{said}. Adjust for the volume to see what is left of them."


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def _names(names) -> str:
    names = list(names)
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def plural(noun: str, n: int) -> str:
    """`1 feature`, `1,000 genes`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def q_text(q: float) -> str:
    """`q = 0.013`."""
    return p_text(q).replace("p", "q", 1)


def expected_text(expected: float) -> str:
    """A number of false discoveries as readers say it."""
    return f"{expected:.1f}" if expected < 10 else f"{expected:.0f}"


def inside(label: str) -> str:
    """A label inside a sentence: `overall survival`, but `OS`."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label
