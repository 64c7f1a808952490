"""Texts that come from data, made safe to show: no markdown of a column name is ever obeyed."""

from __future__ import annotations

import re

SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>$:~^])")


def plain_text(text: object) -> str:
    """The text with every sign that markdown would act on escaped, and line breaks as blanks."""
    return SIGNS.sub(r"\\\1", " ".join(str(text).split()))
