from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refused
from core.stats.mutation import (
    MUTATED,
    NOT_PROFILED,
    STATES,
    WILD_TYPE,
    mutation_frequencies,
    oncoprint_order,
    wilson_interval,
)
from core.store import schema

LETTERS = {"M": MUTATED, "w": WILD_TYPE, "-": NOT_PROFILED}


def status(**genes):
    frame = pd.DataFrame({gene: [LETTERS[letter] for letter in text] for gene, text in genes.items()})
    return frame.set_index(pd.Index([f"P{i}" for i in range(len(frame))]))


def test_the_words_are_those_of_the_store():
    assert STATES == (schema.MUTATED, schema.WILD_TYPE, schema.NOT_PROFILED)


def test_shares_are_of_those_profiled():
    result = mutation_frequencies(status(HRAS="Mwwwww", TP53="MM--w-", NONE="------", CDKN2A="MMMwww"))
    table = result.table.set_index("gene")
    assert table.index.tolist() == ["TP53", "CDKN2A", "HRAS", "NONE"]
    assert table.loc["TP53", ["n_mutated", "n_profiled", "n_not_profiled"]].tolist() == [2, 3, 3]
    assert table.loc["TP53", "share"] == pytest.approx(2 / 3)
    assert table.loc["NONE", ["share", "lower", "upper"]].isna().all()
    assert result.n == 6


def test_intervals_agree_with_prop_test():
    expected = pd.read_csv(Path(__file__).parents[1] / "reference" / "association" / "wilson.csv")
    lower, upper = wilson_interval(expected["mutated"], expected["profiled"])
    np.testing.assert_allclose(lower, expected["lower"], atol=1e-10)
    np.testing.assert_allclose(upper, expected["upper"], atol=1e-10)


def test_the_memo_sort_packs_mutations_to_the_left():
    order = oncoprint_order(status(B="wMwwM-w", A="MMwMw-w"))
    assert order.genes == ("A", "B")
    # Both genes, A alone (order given), B alone, wild type, not profiled.
    assert order.patients == ("P1", "P0", "P3", "P4", "P2", "P6", "P5")
    assert (order.n, order.n_altered) == (7, 4)


def test_anything_else_is_refused():
    frame = status(A="Mw")
    frame.loc["P0", "A"] = "mut"
    for call in (mutation_frequencies, oncoprint_order):
        with pytest.raises(Refused, match="1 cells are none of mutated"):
            call(frame)


def test_no_genes_and_no_patients():
    assert oncoprint_order(pd.DataFrame(index=["a", "b"])).patients == ("a", "b")
    assert mutation_frequencies(pd.DataFrame({"A": []})).table["n_profiled"].tolist() == [0]


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(st.text("Mw-", min_size=3, max_size=3), min_size=1, max_size=20))
def test_the_order_is_a_permutation_that_falls_gene_by_gene(rows):
    frame = status(**{f"G{i}": "".join(row[i] for row in rows) for i in range(3)})
    order = oncoprint_order(frame)
    assert sorted(order.patients) == sorted(frame.index)
    mutated = (frame.loc[list(order.patients), list(order.genes)] == MUTATED).to_numpy()
    keys = [tuple(row) for row in mutated]
    assert keys == sorted(keys, reverse=True)
    first = mutation_frequencies(frame).table
    known = first["share"].dropna()
    assert known.is_monotonic_decreasing
    assert ((first["lower"] <= first["share"] + 1e-12) & (first["share"] <= first["upper"] + 1e-12))[known.index].all()
