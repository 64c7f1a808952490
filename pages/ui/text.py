"""Texts that come from data, made safe to show: no markdown of a column name is ever obeyed."""

from __future__ import annotations

import re

#: What markdown acts on, each sign only where it does: a label is also what a screen reader says, and that is said
#: with its escapes. `_` inside a word, and brackets or dashes in a sentence, stay as they are.
_SIGNS = re.compile(
    r"""[\\`*\[\]|<$~]              # code, emphasis, links, cells, tags, formulas, struck out: anywhere
    | (?<!\w)_ | _(?!\w)            # emphasis, at the edge of a word
    | :(?=\w) | &(?=\#?\w+;)        # directives and entities
    | ^[\#>+\-=]                   # headings, quotes, lists and lines, at the start
    """,
    re.VERBOSE,
)
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
#: Icons and emoji are looked for after the escapes are gone; a word joiner, which nobody sees, hides their names.
_PICTURES = re.compile(r":(?=material/|[\w+-]+:)")


def plain_text(text: object) -> str:
    """The text with every sign that markdown would act on escaped, and line breaks as blanks.

    A web address in it can be followed, and leads where it says.
    """
    line = _PICTURES.sub(":\u2060", " ".join(str(text).split()))
    return _NUMBERED.sub(r"\1\\\2", _SIGNS.sub(r"\\\g<0>", line))
