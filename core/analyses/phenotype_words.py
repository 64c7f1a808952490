"""What may be said of groups of patients and their genes, and of what was tried on other patients."""

from __future__ import annotations

import numpy as np

from core.analyses.phenotype_result import PhenotypeScreen
from core.analyses.survival_screen_words import expected_text, q_text
from core.radiogenomics.phenotypes import EXPRESSION, MUTATION, SET
from core.survival.words import p_text
from core.vocabulary import counted, listed

#: How a kind of test is counted.
NOUNS = {MUTATION: "mutated gene", EXPRESSION: "gene by expression", SET: "gene set"}
#: From this Cramer's V on, groups and mutation are nearly one thing.
ALMOST = 0.9


def phenotype_words(found: PhenotypeScreen) -> tuple[str, ...]:
    """The sentences of the groups, the most important first."""
    said = [_headline(found), _counted(found), _strongest(found), _who(found), _almost(found), *_left_out(found)]
    return tuple(sentence for sentence in said if sentence)


def tests(found: PhenotypeScreen) -> str:
    """`324 tests (14 mutated genes, 300 genes by expression, 10 gene sets)`."""
    kinds = found.tests.table["kind"].value_counts()
    told = [_plural(int(kinds[kind]), noun) for kind, noun in NOUNS.items() if kind in kinds]
    return f"{counted(found.tests.n_tests, 'test')} ({', '.join(told)})"


def _plural(n: int, noun: str) -> str:
    if noun.startswith("gene by"):
        return f"{counted(n, 'gene')} by expression"
    return counted(n, noun)


def _headline(found: PhenotypeScreen) -> str:
    if not found.n_found:
        return (
            f"Nothing was found to differ between the groups of {found.label}: {tests(found)}, smallest "
            f"{q_text(float(found.table['q'].min()))}."
        )
    n_tests = found.tests.n_tests
    return f"{found.n_found:,} of {n_tests:,} tested differ between the groups of {found.label} at q < {found.q:g}."


def _counted(found: PhenotypeScreen) -> str:
    said = f"q: Benjamini-Hochberg over all {tests(found)}"
    if found.n_found:
        return f"{said}; up to {expected_text(found.q * found.n_found)} of those found are expected to be false."
    return f"{said}. This is a result, and no proof that the groups are alike."


def _strongest(found: PhenotypeScreen) -> str:
    first = found.table.iloc[0]
    effect = f"{first['effect']:.2f}".replace("-", "−")
    return (
        f"The smallest p: {first['item']} ({first['kind']}), highest in {first['highest']}; {first['effect_name']} "
        f"{effect}, {first['test']}, {p_text(first['p'])}, {q_text(first['q'])}; n = {first['n']:,}."
    )


def _who(found: PhenotypeScreen) -> str:
    groups = ", ".join(f"{name} {n:,}" for name, n in found.sizes.items())
    return f"{found.tests.n:,} of {counted(found.n_cohort, 'patient')} have a group: {groups}."


def _almost(found: PhenotypeScreen) -> str:
    hits = found.table[(found.table["kind"] == MUTATION) & (found.table["effect"] >= ALMOST)]
    if hits.empty:
        return ""
    names = listed(list(hits["item"]), "and")
    return f"{names}: mutation and groups are nearly one thing here (Cramer's V of at least {ALMOST:g})."


def _left_out(found: PhenotypeScreen):
    for group, some in found.tests.left_out.drop_duplicates().groupby("group", sort=False):
        kinds = listed([f"{row.kind} ({counted(row.n, 'patient')})" for row in some.itertuples()], "and")
        yield f"{group} is too small to be compared by {kinds}."
    for (kind, reason), some in found.tests.not_tested.groupby(["kind", "reason"], sort=False):
        names = listed(list(some["item"])[:4], "and") + (" and more" if len(some) > 4 else "")
        yield f"{_plural(len(some), NOUNS[kind])} not tested, {reason}: {names}."


def second_words(found: PhenotypeScreen) -> tuple[str, ...]:
    """What became of the findings in other patients."""
    if found.no_replication:
        return (f"Not tried on other patients. {found.no_replication}",)
    if found.carried is None:
        return ()
    each = found.carried
    who = f"Other patients: {found.second_study}, {found.second_how}."
    if not each.n_carried:
        return ("Nothing was found, so nothing was carried over to other patients.", who, *found.cautions)
    if not each.n_testable:
        reasons = listed(sorted(set(each.table["reason"])), "and")
        return (
            f"None of the {counted(each.n_carried, 'finding')} could be tested in other patients: {reasons}.",
            who,
            *found.cautions,
        )
    by = "Holm" if each.adjustment == "Holm" else "Benjamini-Hochberg"
    said = [
        f"{each.n_replicated:,} of {counted(each.n_testable, 'finding')} that could be tested in other patients "
        f"replicated ({each.n_carried:,} carried over): the same direction and p < {each.level:g} after {by} over "
        f"{counted(each.n_testable, 'test')}.",
        f"{each.n_same:,} of {each.n_testable:,} point the same way; half would by chance.",
        who,
    ]
    lost = each.n_carried - each.n_testable
    if lost:
        reasons = each.table.loc[each.table["reason"] != "", "reason"].value_counts()
        said.append(f"{lost:,} not testable there: {', '.join(f'{why} ({n:,})' for why, n in reasons.items())}.")
    missing = [name for name in found.tests.groups if name not in each.groups]
    if missing:
        said.append(f"No patients there for {listed(missing, 'and')}: the other groups are compared.")
    if not np.isfinite(each.table["p_new"].astype(float)).any():
        return tuple(said)
    return (*said, *found.cautions)
