"""ComBat as a step of a scikit-learn pipeline: learnt from the training rows of each resample, and from no others."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.errors import NotEstimable, Problem, Refused
from core.stats.harmonise import Combat, fit_combat
from core.stats.harmonise_protected import Protected

#: What is done with a patient whose batch the training rows did not teach: refuse, or leave as it came.
REFUSE, PASS = "refuse", "pass"


class CombatStep:
    """Takes batch effects out of the features of a table that also holds the batch, inside a scikit-learn pipeline.

    The table (a data frame, or an array) has a row per patient: the features, the column `batch`, and the columns
    `protected` whose effects are kept (numbers, or categories). What comes out are the features alone, in their order,
    a data frame for a data frame. Because batch and covariates travel with the rows, `cross_validate` and the like fit
    each step on the training rows of the fold, and held-out rows are transformed with what was learnt there.

    batch      name of the column, or its position in an array
    protected  names or positions; never the outcome that is to be predicted, for its value would be needed of the
               patient whose outcome is asked for
    unseen     "refuse": a patient of a batch that the training rows did not teach raises `Refused`. "pass": such a
               patient (of a left-out centre, or of no known batch) leaves as it came, with its batch effect still in
               it; `unseen_patients` counts them
    fewest     a batch with fewer training patients teaches nothing: refused as `NotEstimable`, or passed as unseen

    `fit` takes `y` (n,) only to refuse a batch that is nearly the same thing as the outcome; the outcomes of a survival
    model (a structured array) are not looked at. With one batch left in training, "pass" leaves everybody as they came.
    Other errors as `fit_combat`. It follows the conventions of scikit-learn without importing it.

    Source: Johnson, Li and Rabinovic 2007, doi:10.1093/biostatistics/kxj037.
    """

    def __init__(
        self,
        batch: Hashable,
        protected: Sequence[Hashable] = (),
        *,
        parametric: bool = True,
        mean_only: bool = False,
        unseen: str = REFUSE,
        fewest: int = 2,
    ):
        # scikit-learn clones a step from these very objects, so they are kept as given and read in `fit`.
        self.batch, self.protected = batch, protected
        self.parametric, self.mean_only = parametric, mean_only
        self.unseen, self.fewest = unseen, fewest

    # ------------------------------------------------------------------------------------------------ the work

    def fit(self, X: ArrayLike | pd.DataFrame, y: Sequence | None = None) -> CombatStep:
        """Learn the batch effects of these rows; nothing of them is kept but the effects."""
        if self.unseen not in (REFUSE, PASS):
            raise Refused([Problem(f"'{self.unseen}' is neither refuse nor pass.", "unseen", "Choose one of them.")])
        table = self._columns(X)
        self.columns_ = tuple(table.columns)
        self.features_ = tuple(name for name in table.columns if name not in {self.batch, *self.protected})
        labels = table[self.batch]
        taught = self._taught(labels)
        rows = labels.isin(taught).to_numpy()
        self.protected_ = Protected.of(table.loc[rows, list(self.protected)])
        self.combat_: Combat | None = None
        if len(taught) > 1 or self.unseen == REFUSE:
            self.combat_ = fit_combat(
                self._features(table[rows]),
                labels[rows].astype(str),
                self.protected_.columns(table.loc[rows, list(self.protected)]),
                self.parametric,
                self.mean_only,
                outcome=_looked_at(y, rows),
            )
        return self

    def transform(self, X: ArrayLike | pd.DataFrame) -> np.ndarray | pd.DataFrame:
        """The features of these rows without the effects that were learnt, each row by itself."""
        table = self._known(X)
        values = self._features(table).to_numpy(dtype=float)
        unseen = self._unseen(table)
        if self.combat_ is not None:
            rows = ~unseen if self.unseen == PASS else np.ones(len(table), dtype=bool)
            if rows.any():
                here = table[rows]
                covariates = self.protected_.columns(here[list(self.protected)])
                values[rows] = self.combat_.transform(
                    values[rows], self._labels(here), covariates.to_numpy() if len(self.protected) else None
                )
        if isinstance(X, pd.DataFrame):
            return pd.DataFrame(values, index=X.index, columns=list(self.features_))
        return values

    def fit_transform(self, X: ArrayLike | pd.DataFrame, y: Sequence | None = None) -> np.ndarray | pd.DataFrame:
        """Learn from these rows, and transform the same."""
        return self.fit(X, y).transform(X)

    def unseen_patients(self, X: ArrayLike | pd.DataFrame) -> pd.Series:
        """How many of these rows are of each batch that taught nothing, by batch; empty where all were learnt."""
        table = self._known(X)
        labels = table.loc[self._unseen(table), self.batch].astype(object)
        return labels.where(labels.notna(), "(no batch)").astype(str).value_counts().sort_index()

    # ------------------------------------------------------------------------------------------------ its parts

    def _columns(self, X: ArrayLike | pd.DataFrame) -> pd.DataFrame:
        table = X if isinstance(X, pd.DataFrame) else pd.DataFrame(np.asarray(X))
        lacking = [name for name in (self.batch, *self.protected) if name not in table.columns]
        if lacking:
            named = ", ".join(map(str, lacking))
            raise Refused([Problem(f"The table has no column {named}.", "batch", "Give it beside the features.")])
        return table

    def _known(self, X: ArrayLike | pd.DataFrame) -> pd.DataFrame:
        table = self._columns(X)
        if tuple(table.columns) != self.columns_:
            raise Refused([Problem("The columns are not those of the fit.", "features", "Give them in its order.")])
        return table

    def _features(self, table: pd.DataFrame) -> pd.DataFrame:
        return table[list(self.features_)].set_axis([str(name) for name in self.features_], axis=1)

    def _labels(self, table: pd.DataFrame) -> pd.Series:
        return table[self.batch].astype(object).map(str, na_action="ignore")

    def _taught(self, labels: pd.Series) -> list:
        """The batches with enough training rows."""
        counts = labels.value_counts()
        few = counts[counts < self.fewest]
        if self.unseen == REFUSE and (len(few) or labels.isna().any()):
            told = [f"{name} ({count})" for name, count in few.sort_index().items()]
            told += [f"no batch ({int(labels.isna().sum())})"] if labels.isna().any() else []
            raise NotEstimable(
                f"Too few training patients to learn a batch from: {', '.join(told)}; {self.fewest} are needed.",
                "Leave such batches out, join them to another of the same scanner, or let them pass as they are.",
            )
        return list(counts[counts >= self.fewest].index)

    def _unseen(self, table: pd.DataFrame) -> np.ndarray:
        """(n,) whether each row is of a batch that taught nothing."""
        known = () if self.combat_ is None else self.combat_.batches
        return ~self._labels(table).isin(known).to_numpy()

    # ------------------------------------------------------------------------------------------------ conventions

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """What the step was made with, by name."""
        return {name: getattr(self, name) for name in _PARAMETERS}

    def set_params(self, **params: Any) -> CombatStep:
        """Change some of them, as a search over settings does."""
        for name, value in params.items():
            if name not in _PARAMETERS:
                raise ValueError(f"{name!r} is no parameter of this step")
            setattr(self, name, value)
        return self

    def get_feature_names_out(self, input_features: Sequence[str] | None = None) -> np.ndarray:
        """The names of the columns that come out."""
        return np.array([str(name) for name in self.features_], dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "combat_")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(),
            input_tags=InputTags(allow_nan=True, string=True),
        )

    def __repr__(self) -> str:
        return f"CombatStep({', '.join(f'{name}={value!r}' for name, value in self.get_params().items())})"


_PARAMETERS = ("batch", "protected", "parametric", "mean_only", "unseen", "fewest")


def _looked_at(y: Sequence | None, rows: np.ndarray) -> np.ndarray | None:
    """The outcome of the training rows that are learnt from, when it is one column of labels or numbers."""
    if y is None:
        return None
    outcome = np.asarray(y)
    return outcome[rows] if outcome.ndim == 1 and outcome.dtype.names is None else None
