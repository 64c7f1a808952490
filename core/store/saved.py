"""Small records that are too long for a link: patient groups and long views, each under the hash of its content."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from core.errors import CohortscopeError, Problem, Refused
from core.store.pointer import replace

LARGEST = 1_000_000
RECORD_ID = re.compile(r"[0-9a-f]{16}")
KIND = re.compile(r"[a-z]{1,20}")


class Saved:
    """Records under `folder`/<kind>/<id>.json. Equal records have one id, so saving twice changes nothing."""

    def __init__(self, folder: Path):
        self.folder = Path(folder)

    def put(self, kind: str, record: dict[str, Any]) -> str:
        """Keep the record and give its id, the first 16 digits of the SHA-256 of its canonical JSON.

        Raises `Refused` for a record over 1 MB or one that JSON cannot hold (infinite numbers, for example).
        """
        if KIND.fullmatch(kind) is None:
            raise Refused([Problem(f"There is no kind of record {kind[:40]!r}.")])
        try:
            data = json.dumps(
                record, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
            ).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise Refused([Problem("The record cannot be kept as JSON.", kind)]) from error
        if len(data) > LARGEST:
            raise Refused([Problem("The record is larger than 1 MB.", kind, "Choose fewer patients or parts.")])
        record_id = _id(data)
        path = self.folder / kind / f"{record_id}.json"
        if self._data(path) != data:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                replace(path, data)
            except OSError as error:
                raise CohortscopeError("The store's folder cannot be written, so nothing was saved.") from error
        return record_id

    def get(self, kind: str, record_id: str) -> dict[str, Any] | None:
        """The record, or None when there is none. Raises `CohortscopeError` when its file is damaged."""
        if KIND.fullmatch(kind) is None or RECORD_ID.fullmatch(record_id) is None:
            return None
        data = self._data(self.folder / kind / f"{record_id}.json")
        if data is None:
            return None
        if _id(data) != record_id:
            raise CohortscopeError(f"The saved record {record_id} is damaged on the disk; make the link again.")
        return json.loads(data)

    def latest(self, kind: str, most: int = 50) -> list[tuple[str, dict[str, Any]]]:
        """The records of a kind with their ids, the latest first; damaged ones are left out."""
        files = sorted((self.folder / kind).glob("*.json"), key=lambda each: (-each.stat().st_mtime, each.name))
        found = []
        for file in files[:most]:
            try:
                record = self.get(kind, file.stem)
            except CohortscopeError:
                continue
            if record is not None:
                found.append((file.stem, record))
        return found

    @staticmethod
    def _data(path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None


def _id(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
