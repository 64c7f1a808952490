"""Words that a study's data and the pure domain code have in common."""

from collections.abc import Iterable

#: What can be said of a patient and a gene: a gene outside the patient's panel is not wild type.
MUTATED, WILD_TYPE, NOT_PROFILED = "mutated", "wild type", "not profiled"


def counted(n: int, noun: str) -> str:
    """`1 patient`, `1,240 patients`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def listed(words: Iterable[str], joiner: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`."""
    *head, last = list(words)
    return f"{', '.join(head)} {joiner} {last}" if head else last
