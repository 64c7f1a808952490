"""A picture of a running page: `python -m tests.browser.screenshots URL OUT.png [--width 1280] [--dark] [--text]`.

`URL` may be a link such as `http://127.0.0.1:8501/Clusters?study=demo`. Prints console errors and requests to other
hosts, with `--text` also what the page says; exits 1 when there was an error.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tests.browser.walk import Visitor, chromium


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description="A picture of a page.")
    parser.add_argument("url")
    parser.add_argument("out", type=Path)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--text", action="store_true", help="print what the page says")
    parser.add_argument("--timeout", type=float, default=90, help="seconds to wait for the page to come to rest")
    asked = parser.parse_args(arguments)
    parts = urlsplit(asked.url)
    with chromium() as browser:
        visitor = Visitor(browser, f"{parts.scheme}://{parts.netloc}", asked.width, asked.dark)
        visitor.open(asked.url.removeprefix(visitor.address), asked.timeout)
        visitor.screenshot(asked.out)
        if asked.text:
            print(visitor.text())
        for error in visitor.errors:
            print("console error:", error)
        for url in visitor.outside:
            print("request to another host:", url)
        return 1 if visitor.errors or visitor.outside else 0


if __name__ == "__main__":
    sys.exit(main())
