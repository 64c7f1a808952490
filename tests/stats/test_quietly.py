import warnings

import numpy as np
import pytest

from core.stats.quietly import quietly


def test_named_warnings_are_silent_inside_and_others_are_not():
    with quietly(UserWarning):
        warnings.warn("chatter", UserWarning, stacklevel=1)
    with pytest.raises(RuntimeWarning), quietly(UserWarning):
        warnings.warn("news", RuntimeWarning, stacklevel=1)
    with pytest.raises(UserWarning):
        warnings.warn("after", UserWarning, stacklevel=1)


def test_numpys_error_state_is_restored():
    before = np.geterr()
    with quietly():
        np.seterr(all="ignore")
    assert np.geterr() == before
