"""One colour for one group wherever it is drawn."""

from __future__ import annotations

from collections.abc import Sequence

from core.plots import theme


def level_colours(levels: Sequence[str]) -> dict[str, str]:
    """The colours of an attribute's levels: fixed where the words have a meaning everywhere, else by their place."""
    words = {str(level).lower() for level in levels}
    meaning = next((fixed for fixed in (theme.HPV, theme.MUTATION) if words & set(fixed)), None)
    return theme.colours(levels, meaning)
