"""study.toml: what the user says about a folder. It rules over what the importer infers; unknown words are refused."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.store.schema import DOSE_KINDS, ROLES, STRUCTURE_ROLES, VOLUME_UNITS
from core.store.sources.lines import Unreadable, text_lines
from core.store.sources.missing import tokens
from core.store.sources.notebook import Notebook

FILE = "study.toml"
TEXT, TEXTS, YES, MAP = "a text", "a list of texts", "true or false", "a table of texts"

#: Every key that may be written, with what its value must be. "*" stands for a name of the user's own.
KEYS: dict[str, dict[str, Any]] = {
    "study": dict.fromkeys(("name", "description", "source", "licence", "citation"), TEXT) | {"synthetic": YES},
    "reading": {"encoding": TEXT, "decimal": (".", ",")},
    "missing": {"tokens": TEXTS},
    "patients": {
        "file": TEXT,
        "id": TEXT,
        "unlisted": ("leave out", "add"),
        "duplicates": ("refuse", "first"),
        "allowed": TEXTS,
        "leave_out": TEXTS,
    },
    "attributes.*": {
        "label": TEXT,
        "type": ("category", "number", "text"),
        "unit": TEXT,
        "role": ("", *ROLES),
        "description": TEXT,
        "levels": TEXTS,
        "map": MAP,
        "ignore_case": YES,
        "date": TEXT,
    },
    "endpoints.*": {
        "label": TEXT,
        "time": TEXT,
        "event": TEXT,
        "unit": ("days", "weeks", "months", "years"),
        "origin": TEXT,
        "events": TEXTS,
        "censored": TEXTS,
        "competing": TEXTS,
    },
    "features.*": {
        **dict.fromkeys(("file", "label", "software", "roi", "modality", "id", "setting"), TEXT),
        "scale": ("raw", "z-scored"),
        "duplicates": ("refuse", "first"),
        "keep_constant": YES,
        "keep_repeated": YES,
    },
    "regions.*": {
        **dict.fromkeys(("file", "label", "software", "modality", "id", "section", "location", "region"), TEXT),
        "members": TEXTS,
        "duplicates": ("refuse", "first"),
        "keep_constant": YES,
        "keep_repeated": YES,
    },
    "doses": {"file": TEXT, "id": TEXT, "unit": VOLUME_UNITS, "kind": DOSE_KINDS},
    "structures.*": {"label": TEXT, "role": ("", *STRUCTURE_ROLES), "unit": VOLUME_UNITS, "kind": DOSE_KINDS},
    "mutations": {"file": TEXT, "id": TEXT, "gene": TEXT, "status": TEXT},
    "expression": {"file": TEXT, "id": TEXT},
}


@dataclass(frozen=True)
class Settings:
    """What the user wrote, checked; every question has an answer when nothing was written."""

    said: Mapping[str, Any] = field(default_factory=dict)

    def get(self, section: str, key: str, otherwise: Any = "") -> Any:
        """What is said for a key of a section such as `patients`."""
        return self.said.get(section, {}).get(key, otherwise)

    def named(self, section: str, name: str) -> Mapping[str, Any]:
        """What is said about one attribute, endpoint, feature set, structure or set of paired regions."""
        return self.said.get(section, {}).get(name, {})

    @property
    def missing(self) -> frozenset[str]:
        return tokens(self.get("missing", "tokens", ()))

    @property
    def reading(self) -> dict[str, Any]:
        """The arguments of `read_table` that the user may set."""
        return {"encoding": self.get("reading", "encoding") or None, "decimal": self.get("reading", "decimal", ".")}


def read_settings(folder: Path, notebook: Notebook) -> Settings | None:
    """The settings beside the data, empty ones when there are none; None when they cannot be used (E121)."""
    path = Path(folder) / FILE
    if not path.is_file():
        return Settings()
    try:
        said = tomllib.loads("".join(text_lines(path, notebook)).replace("\r\n", "\n"))
    except Unreadable:
        return None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        rows = (int(place[1]),) if place else ()
        remedy = 'Lines read: key = "text", under a [section].'
        notebook.add("E121", "It is not valid TOML.", file=FILE, rows=rows, count=1, remedy=remedy)
        return None
    problems = [problem for section, content in said.items() for problem in _wrong(section, content)]
    for what, remedy in problems:
        notebook.add("E121", what, file=FILE, count=1, remedy=remedy)
    return None if problems else Settings(said)


def _wrong(section: str, content: Any) -> list[tuple[str, str]]:
    """What is wrong with a section, each with its remedy."""
    known = {name.split(".")[0] for name in KEYS}
    if section not in known:
        return [(f"There is no section [{section}].", _allowed(section, known))]
    if not isinstance(content, dict):
        return [(f"{section} must be a section.", f"Write [{section}] on a line of its own.")]
    if f"{section}.*" not in KEYS:
        return _wrong_keys(section, content, KEYS[section])
    problems = []
    for name, inner in content.items():
        if isinstance(inner, dict):
            problems += _wrong_keys(f"{section}.{name}", inner, KEYS[f"{section}.*"])
        else:
            problems.append((f"{section}.{name} must be a section.", f"Write [{section}.{name}] on a line of its own."))
    return problems


def _wrong_keys(section: str, content: Mapping[str, Any], keys: Mapping[str, Any]) -> list[tuple[str, str]]:
    problems = []
    for key, value in content.items():
        if key not in keys:
            problems.append((f"[{section}] has no key {key}.", _allowed(key, keys)))
        elif not _fits(value, keys[key]):
            wanted = keys[key] if isinstance(keys[key], str) else "one of " + ", ".join(f'"{one}"' for one in keys[key])
            problems.append((f"[{section}] {key} is not of the right kind.", f"It must be {wanted}."))
    return problems


def _fits(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, tuple):
        return value in wanted
    if wanted == TEXTS:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if wanted == MAP:
        return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    return isinstance(value, bool) if wanted == YES else isinstance(value, str)


def _allowed(word: str, known: Any) -> str:
    near = difflib.get_close_matches(word, sorted(known), 1)
    guess = f"Did you mean {near[0]}? " if near else ""
    return f"{guess}Allowed: {', '.join(sorted(known))}."


def written(understood: Mapping[str, Any], settings: Settings) -> str:
    """The text of a study.toml that says how the folder was understood; lines the user had written are marked so."""
    lines = ["# How Cohortscope understood this study. Edit any line and import again: what stands here rules."]
    for section, content in understood.items():
        several = f"{section}.*" in KEYS
        keys = KEYS[f"{section}.*" if several else section]
        lines += [
            "",
            f"# [{section}{'.NAME' if several else ''}] may hold: {', '.join(map(_explained, keys.items()))}.",
        ]
        for name, table in content.items() if several else [("", content)]:
            said = settings.named(section, name) if several else settings.said.get(section, {})
            lines += [f"[{section}.{_key(name)}]" if several else f"[{section}]"]
            lines += [f"{key} = {_value(value)}{'  # as you wrote' * (key in said)}" for key, value in table.items()]
            lines += [""] * several
    return "\n".join(lines).rstrip() + "\n"


def _explained(key: tuple[str, Any]) -> str:
    name, wanted = key
    return f"{name} ({', '.join(filter(None, wanted))})" if isinstance(wanted, tuple) else name


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_value(one)}" for name, one in value.items()) + " }"
    return "[" + ", ".join(_value(one) for one in value) + "]"
