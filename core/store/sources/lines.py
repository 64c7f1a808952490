"""Lines of text out of a file that may be compressed, wrongly encoded, hostile, or still being written."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.store.sources.notebook import Notebook

#: Limits of a compressed file: bytes out per byte in (from a megabyte on), and bytes out at all.
RATIO, EXPANDED = 100, 2 * 1024**3
FREE = 1024**2


class Unreadable(Exception):
    """The lines cannot be had; the finding is already in the notebook."""


class _Bounded(io.RawIOBase):
    """A binary stream that stops a compressed file from unfolding without bound."""

    def __init__(self, stream: BinaryIO, compressed: int):
        self._stream, self._most, self._out = stream, min(max(RATIO * compressed, FREE), EXPANDED), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        chunk = self._stream.read(len(buffer))
        self._out += len(chunk)
        if self._out > self._most:
            raise OverflowError
        buffer[: len(chunk)] = chunk
        return len(chunk)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of the file, decompressed when its name ends in .gz."""
    with open(path, "rb") as raw:
        if path.suffix.lower() != ".gz":
            yield raw
            return
        with gzip.open(raw) as stream:
            yield io.BufferedReader(_Bounded(stream, path.stat().st_size), 1 << 16)


def state(path: Path) -> tuple[int, int, str]:
    """Size, time of change and SHA-256: two of them differ when the file changed in between."""
    facts = path.stat()
    with open(path, "rb") as raw:
        return facts.st_size, facts.st_mtime_ns, hashlib.file_digest(raw, "sha256").hexdigest()


def text_lines(path: Path, notebook: Notebook, encoding: str | None = None) -> Iterator[str]:
    """The lines with their ends. Raises Unreadable after noting why (E101, E107, E114, E120)."""

    def refuse(code: str, message: str, remedy: str, rows=()) -> Unreadable:
        notebook.add(code, message, file=path.name, rows=rows, count=max(len(rows), 1), remedy=remedy)
        return Unreadable(message)

    try:
        with opened(path) as stream:
            head = stream.peek(512)[:512] if hasattr(stream, "peek") else b""
            if encoding is None and _wide(head):
                raise refuse("E101", "The text is UTF-16, not UTF-8.", SAVE_AS_UTF8, (1,))
            text = io.TextIOWrapper(stream, encoding=encoding or "utf-8-sig", newline="")
            for number, line in enumerate(text, 1):
                if "\0" in line:
                    raise refuse("E107", "The file holds NUL bytes.", "Export it again as plain text.", (number,))
                yield line
            text.detach()
    except UnicodeDecodeError:
        row = _undecodable(path, encoding or "utf-8")
        guess = "; it looks like Latin-1 (Windows-1252)" if encoding is None else ""
        what = f"The text is not {encoding or 'UTF-8'}{guess}."
        raise refuse("E101", what, SAVE_AS_UTF8, (row,)) from None
    except LookupError:
        raise refuse("E101", "The encoding asked for is not known.", 'Name one such as "cp1252".') from None
    except OverflowError:
        what = f"The compressed file unfolds to more than {RATIO} times its size or {EXPANDED >> 30} GB."
        raise refuse("E114", what, "Decompress it yourself and check what it holds.") from None
    except (OSError, EOFError, zlib.error):
        broken = "cannot be decompressed" if path.suffix.lower() == ".gz" else "cannot be read"
        raise refuse("E120", f"The file {broken}.", "Check its permissions, and copy it again.") from None


SAVE_AS_UTF8 = 'Save it as UTF-8, or name its encoding under [reading] in study.toml (encoding = "cp1252").'


def _wide(head: bytes) -> bool:
    """Whether these first bytes are UTF-16: by their mark, or because every other byte is zero."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    return len(head) >= 4 and head.count(0) >= 0.4 * len(head) and (not any(head[1::2]) or not any(head[0::2]))


def _undecodable(path: Path, encoding: str) -> int:
    """The number of the first line that does not decode."""
    with opened(path) as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                return number
    return 1
