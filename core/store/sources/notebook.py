"""What an import notices: findings of one kind become one line with a count and the first rows."""

from __future__ import annotations

from collections.abc import Iterable

from core.store.schema import Finding

#: Findings listed at most, and row numbers and names given in each of them.
LISTED = 1000
ROWS = 5
NAMES = 5


class Notebook:
    """Collects findings in the order met. Equal code, message, file, column and remedy are one kind: counts add up.

    No message may carry a cell value or a patient id; column names, tokens of the program's own and counts may appear.
    """

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, ...], list] = {}

    def add(
        self,
        code: str,
        message: str,
        *,
        file: str = "",
        column: str = "",
        rows: Iterable[int] = (),
        count: int | None = None,
        remedy: str = "",
    ) -> None:
        """Note one finding; `rows` are line numbers of the file (1 = its first); `count` defaults to their number."""
        rows = [int(row) for row in rows]
        kind = self._kinds.setdefault((code, message, file, column, remedy), [0, []])
        kind[0] += len(rows) if count is None else int(count)
        kind[1] = sorted(set(kind[1]) | set(sorted(rows)[:ROWS]))[:ROWS]

    @property
    def findings(self) -> list[Finding]:
        """Errors first, then warnings, then notes; a last line says how many kinds are not listed."""
        every = [
            Finding(code, message, file, column, count, tuple(rows), remedy)
            for (code, message, file, column, remedy), (count, rows) in self._kinds.items()
        ]
        every.sort(key=lambda finding: ("error", "warning", "note").index(finding.severity))
        if len(every) <= LISTED:
            return every
        rest = len(every) - LISTED
        return [
            *every[:LISTED],
            Finding("I300", f"{rest} further kinds of findings are not listed.", count=rest),
        ]

    def _of(self, severity: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == severity]

    @property
    def errors(self) -> list[Finding]:
        return self._of("error")

    @property
    def warnings(self) -> list[Finding]:
        return self._of("warning")

    @property
    def refused(self) -> bool:
        """Whether any finding forbids the import."""
        return any(code.startswith("E") for code, *_ in self._kinds)


def some(names: Iterable[str], most: int = NAMES) -> str:
    """The first few names and how many more: "a, b, c and 12 more"."""
    names = [shown(name) for name in names]
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def shown(name: str, most: int = 60) -> str:
    """A name fit for one line of a report: printable, and not longer than `most` characters."""
    plain = "".join(sign if sign.isprintable() else "\ufffd" for sign in str(name))
    return plain if len(plain) <= most else plain[: most - 1] + "\u2026"
