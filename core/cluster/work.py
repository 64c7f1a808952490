"""What a worker does with a piece of the work, and whether it may."""

from __future__ import annotations

import functools
import hashlib
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from platform import python_version_tuple

from core.cluster.connection import ClusterUnavailable
from core.compute import alone

#: What numbers may depend on besides the program.
_PACKAGES = ("numpy", "scipy", "pandas", "scikit-learn", "numba", "POT", "lifelines")


@dataclass(frozen=True)
class Outcome:
    """A piece's answers, or the exception that ended it."""

    answers: list
    error: Exception | None = None


@dataclass(frozen=True)
class Work:
    """What workers do with each piece: in one thread alone, and only where program and packages are those `wanted`."""

    function: Callable
    wanted: dict[str, str]

    def __call__(self, parcel: bytes) -> bytes:
        """The packed outcome of a packed piece; what cannot travel is found here, where it can still be said."""
        from distributed.protocol.pickle import dumps, loads

        outcome = self.outcome(loads(parcel))
        try:
            packed = dumps(outcome)
            if outcome.error is not None:
                loads(packed)
            return packed
        except Exception as why:
            lost = outcome.error if outcome.error is not None else f"Answers of {self.function!r} cannot be sent"
            return dumps(Outcome([], RuntimeError(f"{lost!r} ({type(why).__name__}: {why})")))

    def outcome(self, items: Sequence) -> Outcome:
        """The answers to `items`, or what ended them."""
        here = edition()
        different = [f"{name} {here[name]} instead of {own}" for name, own in self.wanted.items() if here[name] != own]
        if different:
            return Outcome([], _different(different))
        try:
            with alone():
                return Outcome([self.function(item) for item in items])
        except Exception as error:
            error.add_note(f"On a worker:\n{traceback.format_exc()}")
            return Outcome([], error)


def _different(different: list[str]) -> ClusterUnavailable:
    return ClusterUnavailable(
        f"A worker runs something else ({', '.join(different)}), so its numbers could differ. Install the same "
        "requirements.txt there and restart it in the program's present folder."
    )


@functools.cache
def edition() -> dict[str, str]:
    """What the numbers depend on: Python, the packages that calculate, and a digest of the program's own text."""
    found = {"Python": ".".join(python_version_tuple()[:2])}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "absent"
    folder, digest = Path(__file__).parents[1], hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found | {"program": digest.hexdigest()[:12]}
