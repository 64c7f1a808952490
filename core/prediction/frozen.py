"""A model that can be carried away: every number that it needs, as plain text, and the same predictions from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from core.errors import NotEstimable, Problem, Refused
from core.prediction.nested import Learnt
from core.prediction.recipe import LINEAR, Recipe
from core.prediction.yeo_johnson import transformed

#: What such a file says that it is, and the version of its layout.
KIND, LAYOUT = "cohortscope frozen classifier", 1
#: What is known of each feature, and which of it only where powers were taken.
PARTS = ("median", "power", "first_centre", "first_scale", "centre", "scale")
OPTIONAL = ("power", "first_centre", "first_scale")
FORMULA = (
    "For each feature: x, or median where it is missing; where power is given: u = (x - first_centre) / first_scale, "
    "then x = ((1 + u)^power - 1) / power for u >= 0 (log(1 + u) if power = 0) and x = -((1 - u)^(2 - power) - 1) / "
    "(2 - power) for u < 0 (-log(1 - u) if power = 2); z = (x - centre) / scale. "
    "probability = 1 / (1 + exp(-(intercept + sum of weight * z)))."
)


@dataclass(frozen=True, eq=False)
class Frozen:
    """features (k,) names; the arrays are of these. `power`, `first_centre`, `first_scale` None without powers.

    thresholds  by name: half, prevalence, youden
    about       where it comes from: study, fingerprint, outcome, positive class, recipe, seed, versions, n ...
    """

    features: tuple[str, ...]
    median: np.ndarray
    power: np.ndarray | None
    first_centre: np.ndarray | None
    first_scale: np.ndarray | None
    centre: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    intercept: float
    thresholds: Mapping[str, float]
    about: Mapping[str, object]

    def probability(self, table: pd.DataFrame) -> np.ndarray:
        """(m,) of patients; a feature that the table does not have is taken as missing: at its training median."""
        return np.exp(-np.logaddexp(0.0, -(self.intercept + self.standardised(table) @ self.weights)))

    def standardised(self, table: pd.DataFrame) -> np.ndarray:
        """(m, k) the features in standard deviations from the training means."""
        x = table.reindex(columns=list(self.features)).to_numpy(dtype=float)
        x = np.where(np.isnan(x), self.median, x)
        if self.power is not None:
            x = transformed((x - self.first_centre) / self.first_scale, self.power)
        return (x - self.centre) / self.scale

    def plain(self) -> dict:
        """As JSON takes it; `thawed` makes the model of it again."""
        own = {name: getattr(self, name) for name in PARTS} | {"weight": self.weights}
        own = {name: values.tolist() for name, values in own.items() if values is not None}
        rows = [
            {"feature": name} | {key: values[place] for key, values in own.items()}
            for place, name in enumerate(self.features)
        ]
        head = {"kind": KIND, "layout": LAYOUT, **self.about, "formula": FORMULA}
        return head | {"intercept": self.intercept, "thresholds": dict(self.thresholds), "features": rows}


def frozen(model: Learnt, names: Sequence[str], recipe: Recipe, about: Mapping[str, object]) -> Frozen:
    """The model as something to keep. `names` (p,) of the columns of its table.

    Columns whose coefficient is 0 are left out. Raises `NotEstimable` for classifiers that are no formula, and for
    harmonised ones: the effects of another study's batches are not known.
    """
    if recipe.classifier not in LINEAR:
        raise NotEstimable(
            "This classifier is no formula of the features, so it cannot be written down as one.",
            "Choose a logistic regression, or learn it anew on both studies.",
        )
    if model.preparation.combat is not None:
        raise NotEstimable(
            "A model of harmonised features cannot leave its centres: the effects of others are not known.",
            "Switch harmonisation off.",
        )
    weights = model.fitted.weights
    if not weights.any():
        raise NotEstimable(
            "No feature has a weight: the model gives everybody the same probability.",
            "Choose another classifier or outcome.",
        )
    some = np.flatnonzero(weights)
    made = model.preparation
    where = model.chosen[some]
    part = {name: None if getattr(made, name) is None else getattr(made, name)[where] for name in PARTS}
    thresholds = {"half": 0.5, "prevalence": model.share, "youden": model.threshold}
    columns = tuple(names[place] for place in made.kept[where])
    said = {**about, "recipe": asdict(recipe), "tuned_to": model.settings[model.setting], "n": model.n}
    return Frozen(
        columns, **part, weights=weights[some], intercept=model.fitted.intercept, thresholds=thresholds, about=said
    )


def thawed(plain: Mapping) -> Frozen:
    """The model that such a text holds; raises `Refused` when it is none."""
    try:
        if plain["kind"] != KIND or plain["layout"] > LAYOUT:
            raise ValueError
        rows = plain["features"]
        arrays = {
            name: None if name in OPTIONAL and name not in rows[0] else np.array([float(row[name]) for row in rows])
            for name in PARTS
        }
        weights = np.array([float(row["weight"]) for row in rows])
        head = {
            name: plain[name]
            for name in plain
            if name not in ("kind", "layout", "formula", "intercept", "thresholds", "features")
        }
        names = tuple(str(row["feature"]) for row in rows)
        level, thresholds = float(plain["intercept"]), dict(plain["thresholds"])
        return Frozen(names, **arrays, weights=weights, intercept=level, thresholds=thresholds, about=head)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        problem = "this is no frozen classifier of a layout that is known here."
        raise Refused([Problem(problem, "the model", "Give a file that the Prediction page has written.")]) from None
