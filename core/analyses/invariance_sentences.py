"""What the test of invariance across centres says, cannot say, and rests on."""

from __future__ import annotations

from core.radiogenomics.invariance import UNION
from core.radiogenomics.invariance_power import detectable
from core.radiogenomics.invariance_words import modes_sentence, named, notes, parents_sentence, verdict_sentence
from core.radiogenomics.trained import Ready
from core.survival.words import p_text
from core.vocabulary import counted, listed


def invariance_words(result, prepared: Ready, n_features: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sentences of a result, the headline first, and its notes."""
    found = result.found
    words = [
        f"{result.target}, over {result.environment}: {verdict_sentence(found)}",
        parents_sentence(found),
        fallen_sentence(result),
        modes_sentence(found),
        *cannot(result),
    ]
    beside = [*notes(found), _prepared(prepared, n_features)]
    return tuple(each for each in words if each), tuple(each for each in beside if each)


def fallen_sentence(result) -> str:
    """Where the rejected sets fail, and in which direction."""
    if result.fallen.empty:
        return ""
    rows = [
        f"{counted(int(row.sets), 'set')} in {row.environment} ({row.direction} of the class than the model expects, "
        f"{_range(row.smallest_p, row.largest_p)})"
        for row in result.fallen.itertuples()
    ]
    return f"Rejected sets fail worst: {listed(rows, 'and')}."


def _range(low: float, high: float) -> str:
    return (
        p_text(low)
        if p_text(low) == p_text(high)
        else f"{p_text(low)} to {p_text(high).removeprefix('p ').removeprefix('= ')}"
    )


def cannot(result) -> list[str]:
    """What the test can and cannot rule out with these numbers of patients."""
    found = result.found
    empty = detectable(found, 0).sort_values("detectable", kind="stable")
    strongest, weakest = empty.iloc[0], empty.iloc[-1]
    least = f"{_points(strongest)} (in {strongest['environment']}, n = {strongest['n']})"
    if len(empty) > 2:
        least += f" to {_points(weakest)} (in {weakest['environment']}, n = {weakest['n']})"
    first = "" if found.rejected else "A set is accepted because nothing was found against it. "
    seen = (
        f"{first}With no feature at all, a share of the positive class that differs from the other environments by "
        f"{least} would be found in four of five such studies; smaller differences mostly go unseen."
    )
    said = [seen]
    if found.sets["accepted"].all():
        said.append(
            "Every set passes, also the empty one: that is what too few patients, environments that do not differ and "
            "true invariance look like alike. It is no evidence that these features hold across environments."
        )
    elif found.sets["accepted"].iloc[0] and not found.rejected and found.chosen(UNION):
        said.append(
            "The empty set passes: the classes are not shown to differ in share between environments, so the test has "
            "little to tell features apart by, and no feature is vouched for."
        )
    return said


def _points(row) -> str:
    return f"{100 * row['detectable']:.0f} percentage points"


def _prepared(prepared: Ready, n_features: int) -> str:
    lost = [
        text
        for count, text in (
            (prepared.n_missing, "missing in more than a fifth of the patients"),
            (prepared.n_constant, "nearly constant"),
        )
        if count
        for text in [f"{count:,} {text}"]
    ]
    return f"Of {counted(n_features, 'feature')} not used: {listed(lost, 'and')}." if lost else ""


def shown_name(result) -> str:
    """The set whose residuals are drawn."""
    return named(result.found.sets["variables"].iloc[result.shown])
