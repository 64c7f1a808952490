"""What is said of gene sets that were shown alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.analyses.expression_models_words import of_class, target_text
from core.vocabulary import counted, listed

if TYPE_CHECKING:
    from core.analyses.gene_masking import GeneMasking

#: Sets that are named in words.
NAMED = 3


def masking_words(result: GeneMasking) -> tuple[str, ...]:
    """The headline, then how it is to be read, what was left out, and what too few draws hide."""
    if result.found.in_sample:
        return (_in_sample(result), *_skipped(result))
    return (_headline(result), *_alone(result), *_draws(result), *_skipped(result))


def verdict_of(row) -> str:
    """What the q of a set and its interval say together."""
    if row.found:
        return "more than random genes"
    if row.informative:
        return "no more than random genes"
    return "nothing shown"


def _headline(result: GeneMasking) -> str:
    masks = result.found
    hits = masks.table[masks.table["found"]]
    what = target_text(result.label, result.kind, result.levels)
    tests = counted(masks.n_tests, "set") if len(masks.unmasked) == 1 else f"{masks.n_tests} pairs of set and class"
    if hits.empty:
        return (
            f"Of {tests}, none predicts {what} better than random genes of the same number (q above {masks.level:g}); "
            f"n = {masks.n} held-out patients."
        )
    named = listed(
        [
            f"{of_class(row.output, result.levels)}{row.set} ({result.measure} {row.score:.2f})"
            for row in hits.head(NAMED).itertuples()
        ],
        "and",
    )
    more = f", and {len(hits) - NAMED} more" if len(hits) > NAMED else ""
    return (
        f"Of {tests}, {len(hits)} predict{'s' if len(hits) == 1 else ''} {what} better than random genes of the same "
        f"number (q at most {masks.level:g}): {named}{more}; n = {masks.n} held-out patients."
    )


def _alone(result: GeneMasking) -> tuple[str, ...]:
    """How many sets say something at all, and what random genes say."""
    masks = result.found
    table = masks.table
    something = int(table["informative"].sum())
    whole = listed([f"{value:.2f}" for value in masks.unmasked], "and")
    first = table.iloc[0]
    text = (
        f"With all {masks.n_genes:,} genes the {result.measure} is {whole}. Rows whose own 95 % interval "
        f"lies above chance: {something} of {len(table)}. The first, {first['set']} "
        f"({first['present']} genes), reaches {first['score']:.2f}; random sets of as many genes reach "
        f"{first['random_median']:.2f} in the middle and {first['random_high']:.2f} in one of twenty."
    )
    if something > 3 * max(1, int(table["found"].sum())):
        text += " Where many sets say something and random genes as much, the information is spread over the genes."
    return (text,)


def _draws(result: GeneMasking) -> tuple[str, ...]:
    masks = result.found
    if masks.smallest_q <= masks.level:
        return ()
    need = int(-(-masks.n_tests // masks.level))
    return (
        f"With {masks.draws:,} random sets no single one of {masks.n_tests} tests can have a q below "
        f"{masks.smallest_q:.2g}: raise the random sets to {need:,} to see one that stands alone.",
    )


def _skipped(result: GeneMasking) -> tuple[str, ...]:
    skipped = result.found.skipped
    if skipped.empty:
        return ()
    return (f"{len(skipped)} of {result.n_sets} sets were not scored, as none of their genes was measured.",)


def _in_sample(result: GeneMasking) -> str:
    table, others = result.found.table, result.held_out_scores
    both = table.merge(others, on=["output", "set"], suffixes=("", "_held_out"))
    seen, new = both["score"].median(), both["score_held_out"].median()
    return (
        f"As published: networks trained on all {result.found.n} patients, and sets scored on the same patients. The "
        f"median {result.measure} of the sets is {seen:.2f} so, and {new:.2f} on held-out patients. There is no p: "
        "what is scored was trained on, and no set is compared with random genes."
    )
