"""Crafted links: whatever is sent, the answer is a list of problems, at once and in little memory."""

from __future__ import annotations

import tracemalloc
from functools import cache, partial
from statistics import median
from urllib.parse import quote_plus

from benchmarks.claim import Row, seconds, within
from benchmarks.studies import demo_library
from core.analyses.opening import opened
from core.errors import Refused
from core.view import unlink

ROUNDS = 5


def expression(text: str) -> str:
    """A link whose cohort is this text."""
    return f"Cohort?v=1&study=demo&where={quote_plus(text)}"


CRAFTED = {
    "no study": "Cohort?v=1",
    "a study that is not there": "Cohort?v=1&study=nowhere",
    "a path for a study": "Cohort?v=1&study=" + quote_plus("../" * 40 + "etc/passwd"),
    "another version": "Cohort?v=9&study=demo",
    "a page of signs": "<script>?v=1&study=demo",
    "a value twice": "Cohort?v=1&study=demo&study=demo",
    "unknown parameters": "Cohort?v=1&study=demo&" + "&".join(f"nothing{i}=1" for i in range(90)),
    "unknown options": "Cohort?v=1&study=demo&" + "&".join(f"clusters.x{i}=1" for i in range(90)),
    "more fields than are read": "Cohort?v=1&study=demo&" + "&".join(f"a{i}=1" for i in range(5000)),
    "a long value": "Cohort?v=1&study=demo&where=" + "a" * 7000,
    "a quarter of a megabyte": "Cohort?v=1&study=demo&where=" + "a" * 259_000,
    "five megabytes": "Cohort?v=1&study=demo&where=" + "a" * 5_000_000,
    "deep brackets": expression("(" * 1900 + "sex = male" + ")" * 1900),
    "deep denials": expression("not " * 900 + "sex = male"),
    "brackets in a denial": expression("not (" * 700 + "sex = male" + ")" * 700),
    "thousands of alternatives": expression(" or ".join(["sex=a"] * 500)),
    "hundreds of unknown names": expression(" and ".join(f"nobody{i} = 1" for i in range(59))),
    "hundreds of unknown values": expression(f"sex in ({', '.join(f'nobody{i}' for i in range(450))})"),
    "a name of quotes": expression('"' + '\\"' * 1900),
    "SQL": expression('sex = "male\' OR 1=1; DROP TABLE patients; --"'),
    "not a number": expression("age >= nan and age < 1e999"),
    "control signs": "Cohort?v=1&study=demo&where=sex%00%0d%0a%1b=male",
    "percent signs": "Cohort?v=1&study=demo&where=" + "%" * 7000,
    "a number beyond numbers": "Clusters?v=1&study=demo&clusters.k=1e999&clusters.seed=nan&clusters.restarts="
    + "9" * 7000,
    "a saved view that is not there": "Cohort?v=1&view=0123456789abcdef",
}


def answer(text: str) -> None:
    """Open the link as a page would; it must be refused in words."""
    try:
        opened(unlink(text)[1], demo_library())
    except Refused as refused:
        if not refused.problems:
            raise ValueError("a refusal without a reason") from refused
        return
    raise ValueError(f"this link was not refused: {text[:80]}")


@cache
def measured() -> tuple[tuple[float, str], tuple[float, str]]:
    """The slowest answer (ms) and the largest (MB), each with what was sent."""
    for once in ("not a number", "unknown options"):  # reads dictionaries, makes the parser, finds the analyses
        answer(CRAFTED[once])
    times = {name: median(seconds(partial(answer, text)) for _ in range(ROUNDS)) for name, text in CRAFTED.items()}
    peaks = {}
    for name, text in CRAFTED.items():
        tracemalloc.start()
        answer(text)
        peaks[name] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    slowest, largest = max(times, key=times.get), max(peaks, key=peaks.get)
    return (1e3 * times[slowest], slowest), (peaks[largest] / 2**20, largest)


def time(claim: str) -> Row:
    """Milliseconds of the slowest of them."""
    value, name = measured()[0]
    return within(claim, value, 50, "ms", f"the slowest of {len(CRAFTED)}: {name}")


def memory(claim: str) -> Row:
    """Megabytes of the largest of them, as Python counts what it asks for."""
    value, name = measured()[1]
    return within(claim, value, 5, "MB", f"the largest of {len(CRAFTED)}: {name}")


CLAIMS = {"a crafted link is refused, time": time, "a crafted link is refused, memory": memory}
