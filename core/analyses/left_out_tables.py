"""The tables of classifiers tried across centres: per centre, over centres, arm against arm, over splits, features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.radiogenomics.invariance import INTERSECTION, SCREEN, UNION
from core.radiogenomics.invariance_arms import PLAIN, SCREENED
from core.radiogenomics.invariance_exchange import exchanged
from core.radiogenomics.invariance_learned import THRESHOLD
from core.radiogenomics.invariance_performance import (
    MEASURES,
    ONE_CLASS,
    WITHIN,
    Drawn,
    Performance,
    area_of,
    limits,
    over_centres,
    performance,
)
from core.radiogenomics.invariance_splits import over_splits, split_difference
from core.radiogenomics.invariance_tested import Tested
from core.stats.multiplicity import holm

#: How readers call the arms.
ARM_NAMES = {
    SCREEN: "screen and gate",
    UNION: "accepted union",
    INTERSECTION: "intersection",
    SCREENED: "screen alone",
    PLAIN: "plain lasso",
}


def by_centre(runs: Sequence[Tested], y: np.ndarray, auto: bool, seed: int) -> pd.DataFrame:
    """A row per left-out centre and arm: centre, arm, the measures with their limits, and what the classifier is."""
    rows = []
    for run in runs:
        truth = y[run.split.test]
        for arm, score in run.scores.items():
            model = run.models[arm]
            found = performance(truth, score, THRESHOLD, auto=auto, seed=seed)
            rows.append({"centre": run.split.name, "arm": ARM_NAMES[arm]} | measured(found) | {
                "n_selected": len(model.columns), "n_used": len(model.used), "why": model.why,
                "penalty": model.penalty, "tuning_mcc": model.mcc, "n_trained": model.n,
                "n_trained_positive": model.n_positive,
            })  # fmt: skip
    return pd.DataFrame(rows)


def measured(found: Performance) -> dict:
    """The fields of a performance as cells of a row."""
    cells: dict = {"n": found.n, "n_positive": found.n_positive}
    for name in MEASURES:
        measure = getattr(found, name)
        cells |= {name: measure.value, f"{name}_lower": measure.lower, f"{name}_upper": measure.upper}
        if name in ("auc", "mcc"):
            cells[f"{name}_interval"] = getattr(found, f"{name}_state")
    counts = {"tp": found.tp, "fn": found.fn, "tn": found.tn, "fp": found.fp}
    return cells | counts | {"turned": found.turned}


def together(runs: Sequence[Tested], y: np.ndarray, environment: np.ndarray, seed: int) -> tuple[pd.DataFrame, ...]:
    """Over all left-out centres: a row per arm with its measures, and a row per other arm and measure against the
    plain lasso.

    The area counts pairs within a centre; `auc_all` all pairs, whose scores come from different classifiers.
    """
    places = np.concatenate([run.split.test for run in runs])
    truth, centre = y[places], environment[places]
    arms = list(runs[0].scores)
    scores = {arm: np.concatenate([run.scores[arm] for run in runs]) for arm in arms}
    drawn = dict(zip(arms, over_centres(truth, list(scores.values()), centre, THRESHOLD, seed), strict=True))
    both = [name for name in np.unique(centre) if 0 < truth[centre == name].sum() < (centre == name).sum()]
    rows, apart = [], []
    for arm in arms:
        cells = measured(performance(truth, scores[arm], THRESHOLD, seed=seed))
        known = np.isfinite(drawn[arm].values["auc"])
        lower, upper = limits(drawn[arm].samples["auc"])
        everyone, state = area_of(truth, scores[arm])
        rows.append({"arm": ARM_NAMES[arm]} | cells | {
            "auc": drawn[arm].values["auc"] if known else None, "auc_lower": lower, "auc_upper": upper,
            "auc_interval": WITHIN if known else ONE_CLASS, "n_centres": len(runs), "n_centres_in_auc": len(both),
            "auc_all": everyone.value, "auc_all_lower": everyone.lower, "auc_all_upper": everyone.upper,
            "auc_all_interval": state,
        })  # fmt: skip
        if arm != PLAIN and PLAIN in arms:
            calls = int(((scores[arm] >= THRESHOLD) != (scores[PLAIN] >= THRESHOLD)).sum())
            p = exchanged(truth, scores[arm], scores[PLAIN], centre, THRESHOLD, seed=seed)
            apart += _differences(ARM_NAMES[arm], drawn[arm], drawn[PLAIN], p, calls, len(truth))
    differences = pd.DataFrame(apart, columns=DIFFERENCES)
    return pd.DataFrame(rows), differences.assign(p_adjusted=holm(differences["p"]))


#: `p_adjusted` is Holm's over all of these comparisons.
DIFFERENCES = ["arm", "measure", "difference", "lower", "upper", "p", "p_adjusted", "n_called_otherwise", "n"]


def _differences(arm: str, one: Drawn, other: Drawn, p: dict[str, float], calls: int, n: int) -> list[dict]:
    found = []
    for name in MEASURES:
        difference = one.values[name] - other.values[name]
        cells = (arm, name, difference, *limits(one.samples[name] - other.samples[name]), p[name], np.nan, calls, n)
        found.append(dict(zip(DIFFERENCES, cells, strict=True)))
    return found


def over_mixed(runs: Sequence[Tested], y: np.ndarray, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A row per arm and measure over the splits, and a row per other arm and measure against the plain lasso."""
    arms = list(runs[0].scores)
    values = {
        arm: [performance(y[run.split.test], run.scores[arm], THRESHOLD, seed=seed) for run in runs] for arm in arms
    }
    n_train, n_test = len(runs[0].split.train), len(runs[0].split.test)
    rows, apart = [], []
    for arm in arms:
        for name in MEASURES:
            own = [getattr(each, name).value for each in values[arm]]
            told = over_splits(own)
            rows.append({
                "arm": ARM_NAMES[arm], "measure": name, "mean": told.mean, "least": told.least, "most": told.most,
                "n_splits": told.n_splits, "n_train": n_train, "n_test": n_test,
                "n_empty": sum(not len(run.models[arm].columns) for run in runs),
            })  # fmt: skip
            if arm != PLAIN and PLAIN in arms:
                other = [getattr(each, name).value for each in values[PLAIN]]
                against = split_difference(own, other, n_train, n_test)
                apart.append({
                    "arm": ARM_NAMES[arm], "measure": name, "difference": against.difference,
                    "lower": against.lower, "upper": against.upper, "n_splits": against.n_splits,
                })  # fmt: skip
    columns = ["arm", "measure", "difference", "lower", "upper", "n_splits"]
    return pd.DataFrame(rows), pd.DataFrame(apart, columns=columns)


def features_used(runs: Sequence[Tested], features: Sequence[str]) -> pd.DataFrame:
    """In how many of the classifiers of each arm a feature has a coefficient: feature, a column per arm, `times`."""
    arms = list(runs[0].models)
    counts = {arm: Counter(int(place) for run in runs for place in run.models[arm].used) for arm in arms}
    places = sorted(set().union(*counts.values()))
    table = pd.DataFrame({"feature": [features[place] for place in places]})
    for arm in arms:
        table[ARM_NAMES[arm]] = [counts[arm][place] for place in places]
    table["times"] = table.drop(columns="feature").sum(axis=1)
    return table.sort_values(["times", "feature"], ascending=[False, True], kind="stable").reset_index(drop=True)
