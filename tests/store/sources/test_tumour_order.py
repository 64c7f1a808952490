import pytest

from core.store.sources.spelling import tumour_order


@pytest.mark.parametrize(
    "levels",
    [
        ["T0", "Tis", "T1a", "T1b", "T2", "T10", "TX"],
        ["0", "In situ", "1", "3a", "4b", "x"],
        ["pTis", "pT1", "pT2"],
        ["Tis", "T1"],
    ],
)
def test_carcinoma_in_situ_stands_before_the_first_stage(levels):
    assert sorted(set(levels), key=tumour_order) == levels
