"""The README's pictures, taken from the program itself: `python -m docs.screenshots [NAME ...]`.

Starts a server of its own on the demonstration study, photographs the part of each page that tells its story, and ends
the server. Every picture is light, 1280 pixels wide and under 250 kB.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from core.store.first_start import ensure_demo
from core.store.library import Library
from tests.browser.walk import Visitor, chromium, serving

FOLDER = Path(__file__).parent / "pictures"
WIDTH, HEIGHT = 1280, 900
HEAVIEST = 250_000


@dataclass(frozen=True)
class Shot:
    """A link on the demo study, and the text that the picture begins at where it is not the top of the page."""

    link: str
    begins: str = ""
    height: int = HEIGHT


SHOTS = {
    "clusters": Shot("Clusters?study=demo&where=has features&clusters.k=3", "Patients are compared by"),
    "cohort": Shot("Cohort?study=demo&where=subsite in (oropharynx,larynx) and TP53 mutated"),
    "survival": Shot("Survival?study=demo&survival.split=attribute&survival.attribute=hpv_status", height=944),
    "reproducibility": Shot("Reproducibility?study=demo", "What patients can be compared on"),
    "moves": Shot("Clusters?study=demo&clusters.k=3&section=Two patients", "Groups"),
}


def take(reader: Visitor, shot: Shot, file: Path) -> None:
    """Photograph the page of a link from its top, or from the given text, on."""
    page = reader.open(shot.link, 180)
    page.set_viewport_size({"width": WIDTH, "height": shot.height})
    if shot.begins:
        text = page.get_by_text(shot.begins).first
        text.evaluate("each => { each.style.scrollMarginTop = '14px'; each.scrollIntoView(); }")
    reader.settled()
    page.mouse.move(WIDTH - 1, 1)
    file.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=file)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m docs.screenshots", description="Take the README's pictures.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SHOTS)}; all without one")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    asked = parser.parse_args(arguments)
    unknown = set(asked.names) - set(SHOTS)
    if unknown:
        parser.error(f"there is no picture {', '.join(sorted(unknown))}")
    failed = 0
    with tempfile.TemporaryDirectory() as scratch, chromium() as browser:
        ensure_demo(Library(Path(scratch) / "store"))
        with serving(Path(scratch) / "store", Path(scratch) / "server.log") as address:
            for name in asked.names or SHOTS:
                reader = Visitor(browser, address, WIDTH)
                file = asked.folder / f"{name}.png"
                take(reader, SHOTS[name], file)
                reader.context.close()
                size = file.stat().st_size
                print(f"{file.name}: {size / 1000:.0f} kB", *reader.errors, *reader.outside, sep="\n  ")
                failed += size > HEAVIEST or bool(reader.errors or reader.outside)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
