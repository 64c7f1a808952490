"""The commands `import` and `studies`: read, say everything that was noticed, publish, and give an exit code."""

from __future__ import annotations

import re
import stat
import sys
from pathlib import Path

from core.errors import CohortscopeError, Refused
from core.store.canonical import canonical
from core.store.library import Library
from core.store.lock import ImportRunning
from core.store.pointer import is_study_id
from core.store.publish import StoreUnavailable
from core.store.report_html import report_html
from core.store.report_text import cells_of, findings_text, printable, summary_text
from core.store.schema import Draft, Finding
from core.store.sources import Understood, understand
from core.store.sources.notebook import Notebook
from core.store.summary import Summary, summarise

IMPORTED, REFUSED, COULD_NOT_RUN, WITH_WARNINGS, LOCKED, ENVIRONMENT = 0, 1, 2, 3, 4, 5
#: The tables of a study that was read do not fit together.
UNFIT = "E130"


def import_folder(
    folder: Path, name: str | None = None, dry_run: bool = False, report: Path | None = None, show_values: bool = False
) -> int:
    """Import a study folder into the store, printing what was found; gives the exit code."""
    study_id = name or _id_from(folder)
    if not folder.is_dir():
        return _stop(COULD_NOT_RUN, f"There is no folder {printable(str(folder), 200)}.")
    if not is_study_id(study_id):
        return _stop(COULD_NOT_RUN, "The id of a study is small letters, digits, _ and -. Choose one with --name.")
    if report is not None and not report.absolute().parent.is_dir():
        return _stop(COULD_NOT_RUN, "The folder for the report does not exist.")
    try:
        if dry_run:
            return _Import(folder, study_id, report, show_values).run(None)
        with Library().importing() as publish:
            return _Import(folder, study_id, report, show_values).run(publish)
    except ImportRunning as error:
        return _stop(LOCKED, str(error))
    except StoreUnavailable as error:
        return _stop(ENVIRONMENT, str(error))
    except CohortscopeError as error:
        return _stop(COULD_NOT_RUN, str(error))
    except MemoryError:
        return _stop(ENVIRONMENT, "There is not enough memory for this study. The store is as it was.")
    except Exception as error:  # a fault of the program must not print cells, which its own message may hold
        return _stop(COULD_NOT_RUN, f"The program failed ({type(error).__name__}). The store is as it was.")


def list_studies() -> int:
    """Print the studies of the store, one line each."""
    entries = Library().studies()
    if not entries:
        print("No study has been imported yet: python -m core import FOLDER")
    for entry in entries:
        what = entry.notice or f"{entry.n_patients} patients, imported {entry.imported_at}, {entry.fingerprint[:16]}"
        label = " (synthetic)" if entry.synthetic else ""
        print(f"{entry.id}  {printable(entry.name)}{label}: {what}")
    return IMPORTED


class _Import:
    """One run of the import command."""

    def __init__(self, folder: Path, study_id: str, report: Path | None, show_values: bool):
        self._folder, self._id, self._report, self._show = folder, study_id, report, show_values
        self._notebook = Notebook()

    def run(self, publish) -> int:
        """Read and publish (or, without `publish`, only say what would be)."""
        understood = understand(self._folder, self._id, self._notebook)
        if understood is None:
            return self._finish(REFUSED, self._notebook.findings, None)
        try:
            draft = canonical(understood.draft)
            entry = publish(draft) if publish else None
        except Refused as error:
            for problem in error.problems:
                self._notebook.add(UNFIT, problem.what, column=problem.where, count=1, remedy=problem.remedy)
            return self._finish(REFUSED, self._notebook.findings, None)
        code = WITH_WARNINGS if any(f.severity == "warning" for f in draft.report) else IMPORTED
        self._finish(code, draft.report, summarise(draft), dry=entry is None)
        if entry is not None:
            print(f"Edition {entry.fingerprint[:16]} of {entry.id}, imported {entry.imported_at}")
            self._keep_settings(understood, draft)
        return code

    def _finish(self, code: int, findings: list[Finding], summary: Summary | None, dry: bool = False) -> int:
        if findings:
            print(findings_text(findings, cells_of(findings, self._folder) if self._show else None), end="\n\n")
        if summary is not None:
            print(summary_text(summary), end="\n\n")
        verdict = (TRIAL if dry else VERDICTS)[code]
        print(verdict)
        if self._report is not None:
            page = report_html(f"Import of {self._id}", verdict, findings, summary)
            try:
                self._report.write_text(page, "utf-8")
            except OSError:
                print("The report could not be written there.", file=sys.stderr)
        return code

    def _keep_settings(self, understood: Understood, draft: Draft) -> None:
        """Write how the study was understood to its folder, unless the user's own study.toml is there."""
        target = self._folder / "study.toml"
        if not understood.study_toml or target.exists():
            return
        try:
            if not self._folder.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
                raise PermissionError
            target.write_text(understood.study_toml, "utf-8")
            print("How the study was understood is in study.toml beside its tables; edit it and import again.")
        except OSError:
            beside = Library().folder / draft.study.id / "study.toml"
            beside.write_text(understood.study_toml, "utf-8")
            print(f"The folder is read-only, so study.toml is at {beside}; in the study's folder it would rule.")


VERDICTS = {
    IMPORTED: "Imported.",
    WITH_WARNINGS: "Imported with warnings.",
    REFUSED: "Refused: nothing was imported, the store is as it was.",
}
TRIAL = {
    IMPORTED: "A trial: it would be imported. The store was not touched.",
    WITH_WARNINGS: "A trial: it would be imported with these warnings. The store was not touched.",
}


def _id_from(folder: Path) -> str:
    """An id made of the folder's name: "My Study (2)" becomes my_study_2."""
    return re.sub(r"[^a-z0-9_-]+", "_", folder.resolve().name.lower()).strip("_-")[:64]


def _stop(code: int, message: str) -> int:
    print(message, file=sys.stderr)
    return code
