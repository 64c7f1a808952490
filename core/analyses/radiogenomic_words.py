"""What a screen of features and genes may say: what was found, that nothing was, and what to keep in mind."""

from __future__ import annotations

import numpy as np

from core.analyses.radiogenomic_result import FOLLOWS, MUTATIONS, GeneScreen
from core.analyses.survival_screen_words import expected_text, q_text
from core.radiogenomics.screened import RadiogenomicScreen
from core.survival.words import p_text
from core.vocabulary import counted, listed

#: Names that a sentence holds.
NAMED = 4


def gene_screen_words(found: GeneScreen) -> tuple[str, ...]:
    """The sentences of a screen, the most important first."""
    said = [_headline(found), _meaning(found), _strongest(found), _who(found), _how(found)]
    said += [_volume(found), *_copies(found), *_not_tested(found)]
    return tuple(sentence for sentence in said if sentence)


def no_test_words(screen: RadiogenomicScreen) -> str:
    """Why not one pair could be tested."""
    reasons = [f"{row.reason} ({row.n_pairs:,})" for row in screen.not_tested().itertuples()]
    return f"None of {counted(screen.p.size, 'pair')} of a feature and a gene can be tested: {listed(reasons, 'and')}."


def gene_kind(found: GeneScreen) -> str:
    """How a gene is known: `mutated gene`, `gene` (expression)."""
    return "mutated gene" if found.over == MUTATIONS else "gene"


def tried(found: GeneScreen) -> str:
    """How many tests, of what: `36,000 tests (120 features, 300 genes)`."""
    genes = "genes by mutation" if found.over == MUTATIONS else "genes by expression"
    return f"{counted(found.n_tests, 'test')} ({found.n_features:,} features, {found.n_genes:,} {genes})"


def patients(found: GeneScreen) -> str:
    """The patients of a tested pair: `117`, or `98 to 117`."""
    low, high = found.n_range
    return f"{high:,}" if low == high else f"{low:,} to {high:,}"


def effect_of(found: GeneScreen, effect: float) -> str:
    """The effect in words: `Spearman's rho 0.41`."""
    return f"{found.screen.effect_name} {effect:.2f}".replace("-0", "−0")


def _headline(found: GeneScreen) -> str:
    smallest = q_text(float(np.nanmin(found.screen.q)))
    if not found.n_found:
        return f"No pair of a feature and a gene was found: {tried(found)}, smallest {smallest}."
    return f"{found.n_found:,} of {found.n_tests:,} pairs of a feature and a gene were found at q < {found.q:g}."


def _meaning(found: GeneScreen) -> str:
    tests = f"q: Benjamini-Hochberg over all {tried(found)}"
    if not found.n_found:
        return (
            f"{tests}. This is a result: nothing here goes together beyond what so many tests give by chance. It is no "
            f"proof that nothing does in more patients."
        )
    return (
        f"{tests}; up to {expected_text(found.q * found.n_found)} of those found are expected to be false. The "
        "largest effects of a screen are too large on average; other patients have to confirm them."
    )


def _strongest(found: GeneScreen) -> str:
    first = found.found.iloc[0]
    mutated = f", {first['n_mutated']:,} mutated" if found.over == MUTATIONS else ""
    return (
        f"The smallest p: {first['feature']} and {first['gene']}, {effect_of(found, first['effect'])} "
        f"({first['direction']}), {p_text(first['p'])}, {q_text(first['q'])}; n = {first['n']:,}{mutated}."
    )


def _who(found: GeneScreen) -> str:
    said = (
        f"Patients per pair: {patients(found)}. Of {found.n_cohort:,} in the cohort {found.n_measured:,} have "
        f"imaging features, {found.n_both:,} of them genes too"
    )
    lost = found.n_both - found.n
    return f"{said}; {lost:,} of these lack what is adjusted for and are left out." if lost else f"{said}."


def _how(found: GeneScreen) -> str:
    within = f" within {found.strata} ({counted(found.screen.n_strata, 'group')})" if found.strata else ""
    adjust = f"adjusted for {listed(found.adjust, 'and')}" if found.adjust else ""
    if not adjust and not within:
        return "Unadjusted: what follows the size of the tumour, or the centre, is among what is found."
    name = found.screen.test[:1].upper() + found.screen.test[1:]
    return f"{name}, {adjust}{within}.".replace(", .", ".").replace(",  within", ", within")


def _volume(found: GeneScreen) -> str:
    """How many of the pairs found may be the size of the tumour and no more."""
    if not found.n_follow:
        return ""
    said = (
        f"Caution: {found.n_follow:,} of the {found.n_found:,} pairs found are of features that follow the volume "
        f"{found.volume} (|Spearman| of at least {FOLLOWS:g})"
    )
    adjusted = any(found.volume in each for each in found.adjust)
    return f"{said}." if adjusted else f"{said}. Adjust for the volume to see what is left of them."


def _copies(found: GeneScreen):
    copies = found.screen.copies
    if copies:
        shown = [f"{copy} = {first}" for copy, first in copies[:NAMED]]
        more = f" and {len(copies) - NAMED:,} more" if len(copies) > NAMED else ""
        among = f"; {found.n_found_copies:,} of the pairs found are theirs" if found.n_found_copies else ""
        are = "feature orders" if len(copies) == 1 else "features order"
        yield (
            f"{len(copies):,} {are} the patients exactly as another one does, or the other way round, so the same "
            f"tests are made again"
            f"{among}: {', '.join(shown)}{more}."
        )


def _not_tested(found: GeneScreen):
    for row in found.not_tested.itertuples():
        yield (
            f"{counted(row.n_pairs, 'pair')} not tested, {row.reason} ({counted(row.n_features, 'feature')}, "
            f"{counted(row.n_genes, 'gene')}; such as {row.example})."
        )
