import itertools

import numpy as np
import pytest

from core.plots import theme

#: Full dichromacy in linear RGB: Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113, Table 1.
VISION = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
# Oklab (Ottosson 2020): distances of 2 are just seen between large fields.
CONES = [[0.41222147, 0.53633254, 0.05144599], [0.2119035, 0.6806995, 0.1073969], [0.08830246, 0.28171884, 0.6299787]]
OKLAB = [
    [0.21045426, 0.79361779, -0.00407205],
    [1.9779985, -2.42859221, 0.45059371],
    [0.02590404, 0.78277177, -0.80867577],
]


def linear(colour):
    share = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def seen(colour, vision):
    rgb = np.clip(np.asarray(VISION[vision]) @ linear(colour), 0, 1)
    return 100 * np.asarray(OKLAB) @ np.cbrt(np.asarray(CONES) @ rgb)


def contrast(one, other):
    low, high = sorted(linear(each) @ [0.2126, 0.7152, 0.0722] for each in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("vision", VISION)
def test_colours_are_told_apart_with_any_vision(vision):
    for one, other in itertools.combinations([*theme.PALETTE, theme.GREY], 2):
        assert np.linalg.norm(seen(one, vision) - seen(other, vision)) > 7, (one, other)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("meaning", [theme.MUTATION, theme.HPV, theme.DIRECTION])
def test_colours_with_a_meaning_are_far_apart(meaning, vision):
    for one, other in itertools.combinations(list(meaning.values())[:2], 2):
        assert np.linalg.norm(seen(one, vision) - seen(other, vision)) > 20


@pytest.mark.parametrize("background", ["#FFFFFF", "#12161C"])
def test_colours_read_on_both_themes(background):
    for colour in [*theme.PALETTE, theme.NEUTRAL]:
        assert contrast(colour, background) > 2.2, colour


def test_a_level_keeps_its_colour_whoever_is_left():
    levels = ["oropharynx", "larynx", "missing", "hypopharynx"]
    assert theme.colours(levels) == {
        "oropharynx": theme.PALETTE[0],
        "larynx": theme.PALETTE[1],
        "missing": theme.GREY,
        "hypopharynx": theme.PALETTE[2],
    }
    assert len(set(theme.colours(range(8)).values())) == 8
    assert theme.colours(range(9))[8] == theme.PALETTE[0]


def test_missing_in_any_form_is_grey():
    for level in (None, float("nan"), "missing", "Unknown", "", " NA "):
        assert theme.colours([level])[level] == theme.GREY
    assert theme.colours([0])[0] != theme.GREY


def test_meanings_are_fixed_and_not_used_for_other_levels():
    chosen = theme.colours(["other", "Negative", "positive", "missing"], theme.HPV)
    assert chosen["positive"] == theme.HPV["positive"]
    assert chosen["Negative"] == theme.HPV["negative"]
    assert chosen["other"] not in theme.HPV.values()
    assert chosen["missing"] == theme.GREY


def test_tint_and_literal():
    assert theme.tint("#0072B2", 0.2) == "rgba(0,114,178,0.2)"
    assert theme.literal("<a href='x'>&") == "&lt;a href='x'&gt;&amp;"
