"""How well would the whole recipe do in patients it has not seen? Nested cross-validation, everything learnt inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.prediction.classifiers import Classifier, Fitted, classifier
from core.prediction.preparation import Preparation, prepare
from core.prediction.recipe import Recipe
from core.prediction.selection import best

#: Patients of the rarer class below which nothing is learnt.
FEWEST = 10


@dataclass(frozen=True, eq=False)
class Table:
    """x (n, p) columns of n patients, NaN where missing; y (n,) bool, True for the positive class; batch (n,) labels of
    what is harmonised over, or None."""

    x: np.ndarray
    y: np.ndarray
    batch: np.ndarray | None = None

    def of(self, rows: np.ndarray) -> Table:
        """Some of the patients."""
        return Table(self.x[rows], self.y[rows], None if self.batch is None else self.batch[rows])


@dataclass(frozen=True, eq=False)
class Learnt:
    """A recipe that was fitted: preparation, the columns chosen after it (places among the prepared), classifier.

    setting    the place of the setting that was chosen, of `settings`; `losses` (L,) are its inner log losses
    threshold  that of Youden (greatest sensitivity + specificity) among the inner predictions
    share      of positives among the n training patients
    """

    preparation: Preparation
    chosen: np.ndarray
    fitted: Fitted
    setting: int
    settings: tuple[str, ...]
    losses: np.ndarray
    threshold: float
    share: float
    n: int

    def probability(self, table: Table) -> np.ndarray:
        """(m,) of other patients."""
        return self.fitted.probability(self.preparation.transform(table.x, table.batch)[:, self.chosen])

    @property
    def columns(self) -> np.ndarray:
        """Places, in the table, of the columns that the classifier was given."""
        return self.preparation.kept[self.chosen]

    def weights(self, p: int) -> np.ndarray | None:
        """(p,) coefficients per standard deviation, or importances; 0 for columns that are not in it; None if none."""
        own = self.fitted.weights if self.fitted.weights is not None else self.fitted.importance
        if own is None:
            return None
        found = np.zeros(p)
        found[self.columns] = own
        return found


def learn(table: Table, recipe: Recipe, seed: int) -> Learnt:
    """What does the recipe make of these patients? The setting is the one of least log loss in inner folds.

    Raises `NotEstimable` where a class has too few patients for the inner folds, and what `prepare` raises.
    """
    y = table.y.astype(float)
    tool = classifier(recipe)
    inner, losses = _inner(table, recipe, tool, seed)
    setting = int(np.argmin(losses))
    x, _, preparation, chosen = _prepared(table, np.arange(len(y)), np.arange(0), recipe)
    fitted = tool.fit(x, y, setting)
    cut = youden(y, inner[setting])
    return Learnt(preparation, chosen, fitted, setting, tool.settings, losses, cut, float(y.mean()), len(y))


def _inner(table: Table, recipe: Recipe, tool: Classifier, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(L, n) predictions of the training patients by models without them, and (L,) log losses: means over the folds."""
    y = table.y.astype(float)
    if tool.own is not None:
        x, _, _, _ = _prepared(table, np.arange(len(y)), np.arange(0), recipe)
        inner = tool.own(x, y)[None, :]
        return inner, _log_loss(y, inner)
    inner, losses = np.full((len(tool.settings), len(y)), np.nan), []
    for train, held in splits(table.y, recipe.inner, seed):
        x, new, _, _ = _prepared(table, train, held, recipe)
        inner[:, held] = tool.path(x, y[train], new)
        losses.append(_log_loss(y[held], inner[:, held]))
    return inner, np.mean(losses, axis=0)


def _prepared(table: Table, train: np.ndarray, held: np.ndarray, recipe: Recipe):
    """Columns of training and held-out patients after the steps that were learnt on the former, and these steps."""
    some, other = table.of(train), table.of(held)
    # What is learnt to be kept may meet gaps anywhere; within the folds it meets those of this table alone.
    gaps = np.isnan(table.x).any(axis=0) if len(held) else None
    preparation = prepare(some.x, recipe, some.batch, gaps)
    x = preparation.transform(some.x, some.batch)
    new = preparation.transform(other.x, other.batch) if len(held) else x[:0]
    if recipe.best is None:
        return x, new, preparation, np.arange(x.shape[1])
    chosen = best(x, some.y, recipe.best)
    return x[:, chosen], new[:, chosen], preparation, chosen


def splits(y: np.ndarray, folds: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Training and held-out rows of each fold, the classes in equal parts: those of scikit-learn's StratifiedKFold.

    Raises `NotEstimable` where a class has fewer patients than there are folds.
    """
    from sklearn.model_selection import StratifiedKFold

    rarer = int(min(y.sum(), (~y).sum()))
    if rarer < folds:
        raise NotEstimable(
            f"{rarer} patients of the rarer class cannot be in each of {folds} folds.",
            "Widen the cohort, choose another outcome, or ask for fewer folds.",
        )
    tool = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return list(tool.split(np.zeros((len(y), 1)), y.astype(int)))


def _log_loss(y: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """(L,) mean of -log of the probability given to what happened; never infinite."""
    p = np.clip(probability, 1e-12, 1 - 1e-12)
    return -(y * np.log(p) + (1 - y) * np.log1p(-p)).mean(axis=1)


def youden(y: np.ndarray, probability: np.ndarray) -> float:
    """The threshold, half way between two probabilities, at which sensitivity + specificity is greatest."""
    order = np.argsort(-probability, kind="stable")
    p, truth = probability[order], y[order]
    gain = np.cumsum(truth) / truth.sum() - np.cumsum(1 - truth) / (1 - truth).sum()
    ends = np.append(p[1:] < p[:-1], True)
    best_ = int(np.argmax(np.where(ends, gain, -np.inf)))
    return float(p[best_] if best_ + 1 == len(p) else (p[best_] + p[best_ + 1]) / 2)


@dataclass(frozen=True, eq=False)
class Nested:
    """Predictions of patients by models that have not seen them; R repeats of K outer folds.

    probability  (n,) mean over the repeats, one number per patient
    by_repeat    (R, n)
    margin       (n,) mean over the repeats of the probability less the fold's threshold of Youden
    auc_by_repeat (R,)
    settings     (R * K,) place of the setting chosen, of `names`; fold_n (R * K,) training patients
    weights      (R * K, p) coefficients per standard deviation, or importances; None for a support vector machine
    inside       (R * K, p) whether the column was in the model with a weight that is not zero
    thresholds   (R * K,) of Youden
    """

    probability: np.ndarray
    by_repeat: np.ndarray
    margin: np.ndarray
    auc_by_repeat: np.ndarray
    settings: np.ndarray
    names: tuple[str, ...]
    weights: np.ndarray | None
    inside: np.ndarray
    thresholds: np.ndarray


def nested(table: Table, recipe: Recipe, progress: Progress = quiet) -> Nested:
    """What probability has each patient under models learnt on others?

    Each repeat divides the patients into outer folds of equal parts of the classes; the recipe, with the choice of its
    setting in inner folds, is learnt on all but one and predicts that one. Raises `NotEstimable` below 10 patients of
    a class and what `learn` raises. Sources: Varma and Simon 2006, doi:10.1186/1471-2105-7-91; Cawley and Talbot 2010,
    JMLR 11:2079-2107.
    """
    enough(table.y)
    n, p = table.x.shape
    by_repeat, over = np.full((recipe.repeats, n), np.nan), np.full((recipe.repeats, n), np.nan)
    models: list[Learnt] = []
    seeds = repeat_seeds(recipe.seed, recipe.repeats)
    for repeat, seed in enumerate(seeds):
        for fold, (train, held) in enumerate(splits(table.y, recipe.folds, seed)):
            model = learn(table.of(train), recipe, seed)
            by_repeat[repeat, held] = model.probability(table.of(held))
            over[repeat, held] = by_repeat[repeat, held] - model.threshold
            models.append(model)
            done = (repeat * recipe.folds + fold + 1) / (recipe.repeats * recipe.folds)
            progress(done, f"repeat {repeat + 1} of {recipe.repeats}")
    weights = [model.weights(p) for model in models]
    known = all(each is not None for each in weights)
    inside = np.zeros((len(models), p), dtype=bool)
    for row, model in enumerate(models):
        inside[row, model.columns] = True if weights[row] is None else weights[row][model.columns] != 0
    return Nested(
        probability=by_repeat.mean(axis=0),
        by_repeat=by_repeat,
        margin=over.mean(axis=0),
        auc_by_repeat=np.array([area(table.y, row) for row in by_repeat]),
        settings=np.array([model.setting for model in models]),
        names=models[0].settings,
        weights=np.array(weights) if known else None,
        inside=inside,
        thresholds=np.array([model.threshold for model in models]),
    )


def repeat_seeds(seed: int, repeats: int) -> list[int]:
    """A seed for the splits of each repeat."""
    return [int(child.generate_state(1)[0]) for child in np.random.SeedSequence(seed).spawn(repeats)]


def enough(y: np.ndarray) -> None:
    """Raises `NotEstimable` where a class has fewer than 10 patients."""
    positive = int(y.sum())
    if min(positive, len(y) - positive) < FEWEST:
        raise NotEstimable(
            f"{positive} of {len(y)} patients with features and outcome are positive; at least {FEWEST} of each class "
            "are needed to learn anything.",
            "Widen the cohort or choose another outcome.",
        )


def area(y: np.ndarray, score: np.ndarray) -> float:
    """The chance that a positive patient scores higher than a negative one, ties counting half."""
    from scipy.stats import rankdata

    m = int(y.sum())
    return float((rankdata(score)[y].sum() - m * (m + 1) / 2) / (m * (len(y) - m)))
