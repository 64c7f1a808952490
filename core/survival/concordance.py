"""How often did the patient with the higher predicted risk have the event first? Harrell's c-index."""

from __future__ import annotations

import numpy as np

#: Deaths compared with everyone at a time, so that the comparison of a large cohort does not fill the memory.
AT_A_TIME = 512


def concordance(time: np.ndarray, event: np.ndarray, risk: np.ndarray, stratum: np.ndarray) -> float | None:
    """The share of comparable pairs in which the higher of (n,) `risk` had the event first, ties in risk as half.

    A pair is comparable when both are of one stratum (numbered codes) and one had the event while the other was still
    followed up, at the same time censored included; two events at one time are not compared. None without any such
    pair. Source: Harrell, Lee and Mark 1996, doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4.
    """
    twice, pairs = 0, 0
    for code in np.unique(stratum):
        inside = stratum == code
        t, happened, r = time[inside], event[inside], risk[inside]
        deaths = np.flatnonzero(happened)
        for start in range(0, len(deaths), AT_A_TIME):
            first = deaths[start : start + AT_A_TIME, None]
            comparable = (t > t[first]) | ((t == t[first]) & ~happened)
            pairs += int(comparable.sum())
            twice += 2 * int((comparable & (r < r[first])).sum()) + int((comparable & (r == r[first])).sum())
    return twice / (2 * pairs) if pairs else None
