"""Names of features beside the rows of a heat map, short enough for a phone and still told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.plots import theme
from core.plots.network_words import bare_name
from core.plots.words import wrapped
from core.store.sources.names import described

#: Signs in a line, and pixels that a row of two such lines takes.
SIGNS, ROW = 24, 23


def axis_labels(names: Sequence[str], families: Mapping[str, str]) -> list[str]:
    """A label of at most two lines for each feature, in its order; whole names where the short ones are not unique."""
    one_filter = len({described(name).filter for name in names}) < 2
    labels = [wrapped(_told(name, families.get(name, ""), one_filter), SIGNS, 2) for name in names]
    return labels if len(set(labels)) == len(labels) else [theme.literal(name) for name in names]


def _told(name: str, family: str, one_filter: bool) -> str:
    bare = bare_name(name, "", one_filter)
    return bare if not family or family.lower() in bare.lower() else f"{family} {bare}"
