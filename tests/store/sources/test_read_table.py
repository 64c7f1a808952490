"""What a table reads back, whatever text its cells hold, and how fast."""

from __future__ import annotations

import csv
import io
import tempfile
import tracemalloc
from pathlib import Path
from time import perf_counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.store.sources.notebook import Notebook
from core.store.sources.table import read_table

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=6), st.sampled_from(",;\t"))
@settings(deadline=None, derandomize=True, max_examples=150)
def test_every_cell_reads_back_as_it_was_written(rows, delimiter):
    rows = [(f"P{place}", *row[1:]) for place, row in enumerate(rows)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("patient_id", "alpha", "beta"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "alpha.csv"
        path.write_bytes(text.getvalue().encode())
        notebook = Notebook()
        table = read_table(path, notebook, decimal=",")
    assert not notebook.findings
    assert [tuple(row) for row in table.cells.to_numpy()] == rows


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e299, max_value=1e299), min_size=1))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_numbers_read_back_bit_by_bit(numbers):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "alpha.csv"
        path.write_text("patient_id,alpha\n" + "".join(f"P{row},{one!r}\n" for row, one in enumerate(numbers)))
        notebook = Notebook()
        values = read_table(path, notebook).numbers("alpha", notebook)
    assert not notebook.findings
    assert np.array_equal(values.to_numpy(), np.array(numbers))


def test_lines_are_counted_over_cells_with_line_ends(tmp_path):
    (tmp_path / "alpha.csv").write_text('patient_id,alpha\nP1,"a\nb"\n\nP2,c\n')
    assert read_table(tmp_path / "alpha.csv", Notebook()).lines.tolist() == [2, 5]


def test_missing_is_what_the_tokens_say(tmp_path):
    (tmp_path / "alpha.csv").write_text("patient_id,alpha\nP1,NA\nP2, \nP3,none\nP4,[Null]\nP5, x \n")
    table = read_table(tmp_path / "alpha.csv", Notebook())
    assert table.text("alpha").tolist() == [None, None, "none", None, "x"]
    assert table.text("alpha", missing=("x",)).tolist() == ["NA", "", "none", "[Null]", None]
    assert table.missing_counts == {"alpha": {"NA": 1, "": 1, "[Null]": 1}}
    assert table.padded("alpha").tolist() == [3, 6]
    assert table.numeric_share("alpha") == 0.0


def test_a_part_of_a_table(tmp_path):
    (tmp_path / "alpha.csv").write_text("patient_id,alpha,beta\nP1,1,2\nP2,3,4\n")
    table = read_table(tmp_path / "alpha.csv", Notebook())
    part = table.only(["alpha", "beta"]).where(np.array([False, True]))
    assert (part.header, part.lines.tolist(), len(part)) == (("alpha", "beta"), [3], 1)
    assert part.numbers("beta", Notebook()).to_dict() == {3: 4.0}
    assert "patient_id" not in table.without(["patient_id"]) and "patient_id" in table


def test_a_large_expression_table_is_read_in_little_memory(tmp_path):
    genes, patients = 4_000, 250
    values = np.random.default_rng(3).normal(size=(patients, genes)).round(6)
    with open(tmp_path / "alpha.csv", "w") as file:
        file.write("patient_id," + ",".join(f"G{gene}" for gene in range(genes)) + "\n")
        for row, cells in enumerate(values):
            file.write(f"P{row}," + ",".join(map(str, cells)) + "\n")
    tracemalloc.start()
    start = perf_counter()
    notebook = Notebook()
    table = read_table(tmp_path / "alpha.csv", notebook)
    read = table.matrix(table.header[1:], notebook)
    took, peak = perf_counter() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.array_equal(read.to_numpy(), values)
    assert peak < 150e6 and took < 20
