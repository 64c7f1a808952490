"""The embedded demonstration studies: built at the first start, reused at every later one."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from core.compute import Progress, part, quiet
from core.errors import Refused
from core.store.library import Library

DEMO = "demo"
#: Modules of `data`, each with a function of its own name that makes the study of that id, and its FINGERPRINT.
EMBEDDED = (DEMO, "demo_ild")


def has_demo(library: Library) -> bool:
    """Whether the store holds the demonstration studies as this version of the program makes them."""
    return not _missing(library)


def ensure_demo(library: Library, progress: Progress = quiet, names: Sequence[str] = EMBEDDED) -> None:
    """Build the demonstration studies, or those named, that are not there.

    Raises what `Library.publish` raises; when another process is building one already, `ImportRunning`.
    """
    missing = [name for name in _missing(library) if name in names]
    if not missing:
        return
    with library.importing() as publish:  # held before anything is made: a store that takes nothing costs nothing
        for place, name in enumerate(missing):
            tell = part(progress, place / len(missing), 1 / len(missing))
            tell(0.05, "Making the demonstration studies" if len(missing) > 1 else "Making the demonstration study")
            draft = getattr(import_module(f"data.{name}"), name)()
            publish(draft, part(tell, 0.4, 0.6))


def _missing(library: Library) -> list[str]:
    return [name for name in EMBEDDED if not _is_kept(library, name)]


def _is_kept(library: Library, name: str) -> bool:
    try:
        kept = library.editions(name)[0].fingerprint
    except Refused:
        return False
    return kept == import_module(f"data.{name}").FINGERPRINT
