"""Families of features: one colour and one sign each, wherever features are drawn, and names short enough to read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from core.plots import theme

#: The order that colours follow, so that a family has the same colour in every study; others come after these.
ORDER = ("shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
OTHER = "other"


def family_order(families: Iterable[str]) -> list[str]:
    """Each family once: those that every radiomics program computes first, the others by name."""
    found = {family or OTHER for family in families}
    return [*(each for each in ORDER if each in found), *sorted(found.difference(ORDER))]


def family_colours(families: Iterable[str]) -> dict[str, str]:
    """A colour per family, the same whichever others are drawn beside it, as far as eight colours reach."""
    wanted = family_order(families)
    spare = [each for each in wanted if each not in ORDER]
    return {each: colour for each, colour in theme.colours([*ORDER, *spare]).items() if each in wanted}


def family_symbols(families: Iterable[str]) -> dict[str, str]:
    """A sign per family, for readers who do not tell the colours apart."""
    wanted = family_order(families)
    spare = [each for each in wanted if each not in ORDER]
    return {each: symbol for each, symbol in theme.symbols([*ORDER, *spare]).items() if each in wanted}


def by_family(names: Collection[str], families: Mapping[str, str]) -> list[str]:
    """The features, family by family and by name within one."""
    order = {family: place for place, family in enumerate(family_order(families.get(name, "") for name in names))}
    return sorted(names, key=lambda name: (order[families.get(name) or OTHER], name))


def short_names(names: Collection[str], families: Mapping[str, str]) -> dict[str, str]:
    """Names without the beginning that all of them share and without their family, beside which they stay different."""
    names = list(names)
    first, last = min(names, default=""), max(names, default="")
    same = next((i for i, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), 0)
    shared = first[:same]
    cut = max((shared.rfind(sign) for sign in "_|. "), default=-1) + 1
    short = {}
    for name in names:
        rest, family = name[cut:], families.get(name, "")
        bare = rest[len(family) :].lstrip("_|. ") if family and rest.lower().startswith(family.lower()) else rest
        short[name] = bare or rest or name
    told = {(families.get(name, ""), short[name]) for name in names}
    return short if len(told) == len(names) else {name: name[cut:] or name for name in names}
