"""How often core/survival/quadrants.py and out_of_bag.py claim something where there is nothing, or miss what there is.

Run at the root of the project: python -m tests.reference.added_value.nulls (some minutes). It writes nulls.csv.
"""

import numpy as np
import pandas as pd
from scipy.stats import chi2

from core.survival.blocks import learn
from core.survival.concordance import concordance
from core.survival.out_of_bag import cox_of, out_of_bag
from core.survival.partial import refit
from core.survival.quadrants import quadrants
from tests.survival.ladders import FOLDER, drawn, numbers

STUDIES, PATIENTS = 400, 80


def groups() -> dict[str, int]:
    """Two indices of three noise columns each: rejections at 0.05 by chi-square and by the whole procedure."""
    chance, found = np.random.default_rng(99), {"quadrants, plain log-rank": 0, "quadrants, whole procedure": 0}
    for study in range(STUDIES):
        patients, x = drawn(chance, PATIENTS, 0.0, 5)
        pair = numbers("radiomic", x[:, :3]), numbers("genomic", x[:, 3:])
        made = quadrants(patients, *pair, folds=5, permutations=19, seed=study)
        if made.p is not None:
            found["quadrants, whole procedure"] += made.p <= 0.05
            dof = len(np.unique(made.code)) - 1
            found["quadrants, plain log-rank"] += chi2.sf(made.statistic, dof) < 0.05
    return found


def steps() -> dict[str, int]:
    """Two noise columns added to one that matters: rejections of the test, and intervals that do not hold 0."""
    chance, found = (
        np.random.default_rng(98),
        {"likelihood-ratio test": 0, "interval above 0": 0, "interval below 0": 0},
    )
    for study in range(STUDIES):
        patients, x = drawn(chance, 2 * PATIENTS)
        base, noise = numbers("clinical", x[:, :1]), numbers("radiomic", x[:, 1:])
        fitted = refit(patients, [*base.terms, *noise.terms])
        found["likelihood-ratio test"] += fitted.beyond(refit(patients, base.terms))[1] < 0.05
        models = {"base": cox_of((base,)), "both": cox_of((base, noise))}
        gain = out_of_bag(patients, models, (), 60.0, samples=60, seed=study).gain("both", "base", "harrell")
        found["interval above 0"] += gain.lower > 0
        found["interval below 0"] += gain.upper < 0
    return found


def gains() -> dict[str, int]:
    """A column that matters added to another: intervals that hold the difference seen in 2,000 new patients."""
    chance, held = np.random.default_rng(97), 0
    new, y = drawn(chance, 2000, 0.7, 1)
    for study in range(STUDIES // 2):
        patients, x = drawn(chance, 2 * PATIENTS, 0.7, 1)
        base, both = numbers("clinical", x[:, 1:]), numbers("both", x)
        models = {"base": cox_of((base,)), "both": cox_of((both,))}
        gain = out_of_bag(patients, models, (), 60.0, samples=60, seed=study).gain("both", "base", "harrell")
        c = [
            concordance(new.time, new.event, columns @ learn(patients, own).slopes, new.stratum)
            for columns, own in ((y, x), (y[:, 1:], x[:, 1:]))
        ]
        held += gain.lower <= c[0] - c[1] <= gain.upper
    return {"interval holds a planted gain": held}


if __name__ == "__main__":
    found = [(what, count, STUDIES) for what, count in (groups() | steps()).items()]
    found += [(what, count, STUDIES // 2) for what, count in gains().items()]
    pd.DataFrame(found, columns=["what", "claims", "studies"]).to_csv(FOLDER / "nulls.csv", index=False)
