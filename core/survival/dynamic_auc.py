"""Who will have the event by a given time, and who will not? The area under the time-dependent ROC curve."""

from __future__ import annotations

import numpy as np


def dynamic_auc(
    everybody: tuple[np.ndarray, np.ndarray], time: np.ndarray, event: np.ndarray, risk: np.ndarray, at: np.ndarray
) -> np.ndarray:
    """(k,) chance that of a patient with the event by each time and one free of it then the first has the higher risk.

    everybody  times and events of all patients, from whom the weights of censoring are estimated
    at         (k,) times; NaN where no patient had the event by then, none is followed up longer, or the censoring of
               `everybody` leaves no weight

    Cumulative cases, dynamic controls, inverse-probability-of-censoring weights; computed by scikit-survival. Sources:
    Uno et al. 2007, doi:10.1198/016214507000000149; Pölsterl 2020, JMLR 21(212).
    """
    from sksurv.metrics import cumulative_dynamic_auc
    from sksurv.util import Surv

    found = np.full(len(at), np.nan)
    soon, late = time[event].min(initial=np.inf), min(time.max(initial=-np.inf), everybody[0].max())
    possible = (at >= soon) & (at < late)
    if not possible.any():
        return found
    last = at[possible].max()
    # What happens after the last time asked does not matter here, and would be refused where the weights end sooner.
    seen, ended = event & (time <= last), np.minimum(time, np.nextafter(last, np.inf))
    try:
        areas, _ = cumulative_dynamic_auc(
            Surv.from_arrays(everybody[1], everybody[0]), Surv.from_arrays(seen, ended), risk, at[possible]
        )
    except ValueError:  # the chance of being uncensored is zero
        return found
    found[possible] = areas
    return found
