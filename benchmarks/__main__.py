"""`python -m benchmarks [NAME ...] [--json FILE]`: one row per claim; exit 1 when a goal does not hold."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import os
import pkgutil
import platform
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.claim import COLUMNS, Absent, Claims, Row, unmeasured

HOLDS, FAILS, COULD_NOT_RUN = 0, 1, 2


def discovered(package: str) -> dict[str, Claims]:
    """The claims of every file of the package that makes any, by the file's name."""
    modules = pkgutil.iter_modules(importlib.import_module(package).__path__)
    names = [module.name for module in modules if not module.name.startswith("_")]
    found = {name: getattr(importlib.import_module(f"{package}.{name}"), "CLAIMS", None) for name in names}
    return {name: claims for name, claims in found.items() if claims}


def measured(claims: Claims) -> Iterator[Row]:
    """A row per claim; one that breaks down does not hold, and the others are still measured."""
    for claim, measure in claims.items():
        try:
            yield measure(claim)
        except Absent as absent:
            yield unmeasured(claim, str(absent))
        except Exception as error:
            reason = " ".join(str(error).split())[:300]
            yield Row(claim, "-", "-", None, "-", False, f"it failed: {type(error).__name__}: {reason}")


def machine() -> str:
    """What the numbers were measured on, and how busy it was: a busy machine makes every wait longer."""
    busy = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"Python {platform.python_version()}, {os.cpu_count()} cores{busy}"


def main(argv: Sequence[str], package: str = "benchmarks") -> int:
    """Measure the named files, or all of them, and give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what is claimed.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="files of benchmarks/ (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows as JSON too")
    options = parser.parse_args(argv)
    available = discovered(package)
    unknown = [name for name in options.names if name not in available]
    if unknown:
        print(f"There is no benchmark {' or '.join(unknown)}; there are {', '.join(available)}.", file=sys.stderr)
        return COULD_NOT_RUN
    if options.json is not None and not options.json.absolute().parent.is_dir():
        print("The folder for the JSON file does not exist.", file=sys.stderr)
        return COULD_NOT_RUN
    print(machine(), file=sys.stderr)
    print(" | ".join(COLUMNS))
    rows: list[Row] = []
    for name in dict.fromkeys(options.names or available):
        for row in measured(available[name]):
            rows.append(row)
            print(row, flush=True)
    absent = sum(row.holds is None for row in rows)
    if absent:
        print(f"{absent} of {len(rows)} claims could not be measured here.")
    if options.json is not None:
        options.json.write_text(json.dumps([dataclasses.asdict(row) for row in rows], indent=1), "utf-8")
    return FAILS if any(row.holds is False for row in rows) else HOLDS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
