"""`python -m core import FOLDER`, `studies` and `run LINK`: what the pages do, without a browser."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from core.store.command import COULD_NOT_RUN, import_folder, list_studies

EXIT_CODES = """exit codes of import: 0 imported, 3 imported with warnings, 1 refused (the store is as it was),
2 could not run, 4 another import is running, 5 the store cannot be written (or its disk is full)"""


def main(argv: Sequence[str]) -> int:
    """Run one command and give its exit code."""
    if argv[:1] == ["run"]:
        from core.run import main as run  # what pages need is heavy, and an import needs none of it

        return run(list(argv[1:]))
    options = _parser().parse_args(argv)
    try:
        if options.command == "import":
            return import_folder(options.folder, options.name, options.dry_run, options.report, options.show_values)
        return list_studies()
    except KeyboardInterrupt:
        print("Stopped; the store is as it was.", file=sys.stderr)
        return COULD_NOT_RUN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Cohortscope on the command line.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    take = commands.add_parser(
        "import", help="read a study folder into the store", description="Read a study folder.", epilog=EXIT_CODES
    )
    take.add_argument("folder", type=Path, metavar="FOLDER")
    take.add_argument("--name", metavar="ID", help="the id of the study (default: from the folder's name)")
    take.add_argument("--dry-run", action="store_true", help="say what would be imported, and change nothing")
    take.add_argument("--report", type=Path, metavar="FILE.html", help="write the findings as a page")
    take.add_argument("--show-values", action="store_true", help="print the cells that findings speak of")
    commands.add_parser("studies", help="list the studies of the store")
    commands.add_parser("run", help="print what a page shows for a link, as JSON", add_help=False)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
