"""Classifiers tried on patients who took no part in them: of a centre left out, or of every centre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.radiogenomics.invariance_arms import Recipe
from core.radiogenomics.invariance_folds import Split
from core.radiogenomics.invariance_learned import Learned, learned
from core.radiogenomics.trained import ready


@dataclass(frozen=True, eq=False)
class Tested:
    """One split: probabilities (patients tested,) by arm, and the classifiers; none, and `state` says why, where the
    training patients allow no classifier."""

    split: Split
    scores: dict[str, np.ndarray]
    models: dict[str, Learned]
    state: str = ""


def tested(
    recipe: Recipe,
    y: np.ndarray,
    values: np.ndarray,
    environment: np.ndarray,
    splits: list[Split],
    seed: int = 0,
    progress: Progress = quiet,
) -> tuple[Tested, ...]:
    """How do the classifiers of each arm score the patients of each split who did not train them?

    y (n,) 0 and 1, values (n, p) with NaN, environment (n,) names. Everything is learned from a split's training
    patients, but with `recipe.everybody`, which repeats the published order.
    """
    if recipe.everybody:
        values = ready(values).of(values)
    found = []
    for place, split in enumerate(splits):
        own = part(progress, place / len(splits), 1 / len(splits))

        def tell(share: float, _text: str = "", own=own, split=split) -> None:
            own(share, f"without {split.name}" if len(np.unique(environment[split.test])) == 1 else split.name)

        train = split.train
        try:
            models = learned(recipe, y[train], values[train], environment[train], seed + 1000 * place, tell)
        except NotEstimable as state:
            found.append(Tested(split, {}, {}, state.reason))
            continue
        scores = {arm: model.score(values[split.test]) for arm, model in models.items()}
        found.append(Tested(split, scores, models))
    progress(1.0, "")
    return tuple(found)
