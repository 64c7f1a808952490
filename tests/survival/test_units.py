import numpy as np
import pytest

from core.survival.units import converted, years


def test_years_in_each_unit():
    assert years(2, "months") == 24
    assert years(5, "years") == 5
    assert years(1, "days") == pytest.approx(365.2425)
    assert years(1, "Weeks") == pytest.approx(52.1775)


def test_another_unit_is_no_unit():
    with pytest.raises(ValueError, match="fortnights"):
        years(1, "fortnights")


def test_days_become_months_and_ties_stay_ties():
    assert converted(365.2425, "days", "months") == pytest.approx(12)
    assert converted(7.0, "weeks", "weeks") == 7
    assert len(set(converted(np.array([3.0, 3.0, 4.0]), "days", "months"))) == 2
