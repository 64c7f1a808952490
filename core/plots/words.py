"""Texts inside figures: wrapped, shortened, and never markup."""

from __future__ import annotations

import textwrap
from typing import Any

from core.plots.theme import literal
from core.survival.words import p_text
from core.vocabulary import counted

__all__ = ["counted", "lines", "percent", "q_text", "wrapped"]


def wrapped(text: Any, width: int = 22, most: int = 2) -> str:
    """The text over at most `most` lines of about `width` signs, as Plotly takes it; the rest becomes an ellipsis."""
    lines = textwrap.wrap(" ".join(str(text).split()), width, max_lines=most, placeholder=" …")
    return "<br>".join(literal(line) for line in lines) or " "


def lines(text: str) -> int:
    """How many lines a wrapped text fills."""
    return text.count("<br>") + 1


def percent(share: float) -> str:
    """A share as readers say it: 43 %, and under 1 % or over 99 % not rounded to none or all."""
    if 0 < share < 0.01:
        return "< 1 %"
    if 0.99 < share < 1:
        return "> 99 %"
    return f"{100 * share:.0f} %"


def q_text(q: float) -> str:
    """`q = 0.013`: a p-value after the adjustment for several tests."""
    return p_text(q).replace("p", "q", 1)
