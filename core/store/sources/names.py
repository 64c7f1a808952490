"""What a feature's name says: the software that made it, its family, filter, IBSI code, and words to show."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.store.schema import Feature
from core.store.sources.ibsi import CODES, SHORT

PYRADIOMICS = re.compile(
    r"(?P<filter>original|log-sigma-[\d-]+-mm-[23]D|wavelet\d*-[LH]{2,3}|squareroot|square|logarithm|exponential|gradient"
    r"|lbp-2D|lbp-3D-(?:m\d+|k))_(?P<family>shape2D|shape|firstorder|glcm|glrlm|glszm|gldm|ngtdm)_(?P<name>\w+)"
)
ORAW = re.compile(
    r"(?P<filter>[A-Za-z]+\d*(?:mm)?[A-Z]*)\|(?P<family>cm|rlm|szm|dzm|ngt|ntg|ngl|stat|ih|morph|loc|ivh)\.(?P<name>.+?)"
    r"(?P<aggregation>_avg)?(?P<again>#\d+)?"
)
PREDICT = re.compile(r"(?P<family>tf|sf|hf|of|vf|phasef|logf|df|semf)_(?P<name>.+)")
#: O-RAW runs PyRadiomics, which has no distance zones: its `dzm` columns are dependence features. (`ntg` is a slip.)
ORAW_FAMILIES = {
    "cm": "glcm",
    "rlm": "glrlm",
    "szm": "glszm",
    "dzm": "gldm",
    "ngt": "ngtdm",
    "ntg": "ngtdm",
    "ngl": "gldm",
    "stat": "firstorder",
    "ih": "firstorder",
    "morph": "shape",
    "loc": "firstorder",
    "ivh": "firstorder",
}
PREDICT_FAMILIES = {
    "sf": "shape",
    "hf": "firstorder",
    "of": "orientation",
    "vf": "vessel",
    "phasef": "phase",
    "logf": "firstorder",
    "df": "dicom",
    "semf": "semantic",
}
#: Families that other programs name in full somewhere in a column's name.
TEXTURES = re.compile(r"(?<![a-z])(glcm|glrlm|glszm|gldm|gldzm|ngtdm|ngldm|gabor|lbp|wavelet)", re.IGNORECASE)
WORDY = re.compile(r"(shape|volume|histo|intensity|first ?order|texture|spatial|dist)", re.IGNORECASE)
#: The part of the columns that must look like a program's own before a table is taken to be made by it.
MOSTLY = 0.8


def software(columns: Sequence[str]) -> str:
    """PyRadiomics, O-RAW or PREDICT when most columns are named as that program does, else ""."""
    programs = {"PyRadiomics": PYRADIOMICS, "O-RAW (PyRadiomics)": ORAW, "PREDICT (WORC)": PREDICT}
    for name, pattern in programs.items():
        if columns and sum(bool(pattern.fullmatch(one)) for one in columns) >= MOSTLY * len(columns):
            return name
    return ""


def described(name: str) -> Feature:
    """The feature of this name, with as much as the name tells."""
    if match := PYRADIOMICS.fullmatch(name):
        family = "shape" if match["family"] == "shape2D" else match["family"]
        code = CODES.get(match["family"], {}).get(match["name"], "")
        return Feature(name, _label(family, _words(match["name"]), match["filter"]), family, match["filter"], code)
    if match := ORAW.fullmatch(name):
        family = ORAW_FAMILIES[match["family"]]
        code = "" if match["again"] else SHORT.get(match["family"].replace("ntg", "ngt"), {}).get(match["name"], "")
        words = match["name"].replace(".", " ") + (match["again"] or "").replace("#", " #")
        return Feature(name, _label(family, words, match["filter"]), family, match["filter"], code)
    if match := PREDICT.fullmatch(name):
        family, rest = PREDICT_FAMILIES.get(match["family"], "texture"), match["name"]
        if match["family"] == "tf":
            kind, _, rest = rest.partition("_")
            family = kind.lower()
        chosen = "LoG" if match["family"] == "logf" else "phase" if match["family"] == "phasef" else "original"
        return Feature(name, _label(family, _words(rest), chosen), family, chosen)
    texture = TEXTURES.search(name) or WORDY.search(name)
    family = texture[1].lower().replace(" ", "") if texture else ""
    return Feature(name, name.replace("_", " ").strip(), family)


def _label(family: str, words: str, chosen: str) -> str:
    """Family · Feature · filter."""
    return " · ".join(part for part in (family, words, chosen if chosen != "original" else "") if part)


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ")
