"""Mutation frequencies and the OncoPrint: true denominators."""

import pandas as pd
import pytest

from core.analyses.mutations import Frequencies, OncoPrint
from core.plots import drawings
from core.plots.oncoprint import CLASSES, mutation_class
from core.stats.mutation import mutation_frequencies, oncoprint_order

M, W, N = "mutated", "wild type", "not profiled"
STATUS = pd.DataFrame(
    {"TP53": [M, M, W, W, N], "HRAS": [W, M, N, N, N], "RB1": [N, N, N, N, N]}, index=["p1", "p2", "p3", "p4", "p5"]
)


def oncoprint():
    profiled = STATUS[(STATUS != N).any(axis=1)]
    order = oncoprint_order(profiled)
    rows, genes = list(order.patients), list(order.genes)
    kinds = pd.DataFrame("", index=rows, columns=genes)
    kinds.loc["p1", "TP53"], kinds.loc["p2", "TP53"] = "Missense_Mutation", "Nonsense_Mutation, Missense_Mutation"
    kinds.loc["p2", "HRAS"] = "Frame_Shift_Del"
    tracks = pd.DataFrame({"hpv": ["positive", None, "negative", "negative"]}, index=rows)
    levels, labels = {"hpv": ("negative", "positive")}, {"hpv": "HPV <i>"}
    return OncoPrint(order, profiled.loc[rows, genes], kinds, tracks, levels, labels, len(profiled))


def test_a_frequency_is_of_those_profiled():
    found = mutation_frequencies(STATUS)
    (drawing,) = drawings(Frequencies(found.table, len(found.table), found.n))
    bars, labels = drawing.figure.data
    assert list(drawing.data["gene"]) == ["TP53", "HRAS"], "nobody was profiled for RB1"
    assert list(bars.x) == [0.5, 0.5]
    assert [text.strip() for text in labels.text] == ["2 of 4 · 50 %", "1 of 2 · 50 %"]
    assert "n = 5" in drawing.caption and "Wilson" in drawing.caption
    assert list(bars.x + bars.error_x.array) == pytest.approx(list(drawing.data["upper"]))


def test_no_profile_draws_nothing():
    found = mutation_frequencies(STATUS[["RB1"]])
    assert drawings(Frequencies(found.table, 1, 5)) == ()


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ("Missense_Mutation", "missense"),
        ("Frame_Shift_Ins", "truncating"),
        ("Splice_Site, Nonsense_Mutation", "truncating"),
        ("In_Frame_Del", "in frame"),
        ("5'Flank", "other"),
        ("", "class not given"),
        ("MUTATED", "class not given"),
        ("Missense_Mutation, Splice_Site", "several classes"),
    ],
)
def test_classes(names, kind):
    assert mutation_class(names) == kind


def test_the_oncoprint_draws_each_cell_once():
    (drawing,) = drawings(oncoprint())
    track, genes = (trace for trace in drawing.figure.data if trace.type == "heatmap")
    codes = [*CLASSES, W, N]
    shown = pd.DataFrame([[codes[int(z)] for z in row] for row in genes.z], index=["TP53", "HRAS", "RB1"]).T
    data = drawing.data
    for gene in ("TP53", "HRAS", "RB1"):
        assert list(shown[gene]) == list(data[gene])
    assert list(data["patient_id"]) == ["p2", "p1", "p3", "p4"]
    assert list(data["TP53"]) == ["several classes", "missense", W, W]
    assert [list(row) for row in track.z] == [[1, 2, 0, 0]], "no value is its own, clear colour"


def test_denominators_stand_at_the_right():
    (drawing,) = drawings(oncoprint())
    texts = [note.text for note in drawing.figure.layout.annotations]
    assert "50 %" in texts[0] and "2/4" in texts[0]
    assert any("1/2" in text for text in texts) and any("0/0" in text and "–" in text for text in texts)
    assert "n = 4 profiled for at least one" in drawing.caption and "2 with a mutation" in drawing.caption


def test_not_profiled_is_a_line_and_never_wild_type():
    (drawing,) = drawings(oncoprint())
    (line,) = (trace for trace in drawing.figure.data if trace.name == N)
    spans = [(a, b) for a, b in zip(line.x[::3], line.x[1::3], strict=True)]
    assert sum(b - a for a, b in spans) == (drawing.data[["TP53", "HRAS", "RB1"]] == N).to_numpy().sum()


def test_the_legend_names_what_is_there():
    (drawing,) = drawings(oncoprint())
    names = [trace.name for trace in drawing.figure.data if trace.name]
    assert names == ["negative", "positive", "truncating", "missense", "several classes", W, N]
