"""How few patients and events are too few, said once for every test and model of survival."""

from __future__ import annotations

#: Below these nothing is tested: curves are described.
FEWEST_PATIENTS, FEWEST_EVENTS = 5, 3
#: Below these, in a group, the chi-square approximation is replaced by permutation.
FEW_PATIENTS, FEW_EVENTS = 10, 5
