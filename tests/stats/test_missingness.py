import numpy as np
import pandas as pd

from core.stats.missing import missingness


def test_columns_and_joint_patterns_by_hand():
    frame = pd.DataFrame(
        {"age": [1, np.nan, 3, np.nan, 5, 6], "hpv": ["+", None, None, None, "-", "+"], "sex": list("mfmfmf")}
    )
    result = missingness(frame)
    assert (result.n, result.n_complete, result.n_patterns) == (6, 3, 3)
    assert result.columns["n_missing"].tolist() == [2, 3, 0]
    assert result.columns["n_known"].tolist() == [4, 3, 6]
    assert result.columns["share_missing"].tolist() == [1 / 3, 0.5, 0]
    assert result.patterns["missing"].tolist() == [(), ("age", "hpv"), ("hpv",)]
    assert result.patterns["n"].tolist() == [3, 2, 1]


def test_equal_patterns_stand_in_the_order_of_the_columns_and_are_cut_at_ten():
    frame = pd.DataFrame(np.where(np.eye(12, dtype=bool), np.nan, 1.0), columns=[f"c{i}" for i in range(12)])
    result = missingness(frame.sample(frac=1, random_state=0))
    assert result.patterns["missing"].tolist() == [(f"c{i}",) for i in range(10)]
    assert result.n_patterns == 12


def test_no_patients_and_no_columns():
    empty = missingness(pd.DataFrame({"age": []}))
    assert (empty.n, len(empty.patterns), empty.columns["share_missing"].tolist()) == (0, 0, [0])
    assert missingness(pd.DataFrame(index=range(3))).n_complete == 3
