"""What a classifier is made of: every step between a table of features and a probability."""

from __future__ import annotations

from dataclasses import dataclass

RIDGE, LASSO, ELASTIC_NET, FOREST, SVM = "ridge", "lasso", "elastic_net", "forest", "svm"
LINEAR = (RIDGE, LASSO, ELASTIC_NET)
#: What each is called in a sentence.
CLASSIFIERS = {
    RIDGE: "ridge logistic regression",
    LASSO: "lasso logistic regression",
    ELASTIC_NET: "elastic-net logistic regression",
    FOREST: "random forest",
    SVM: "support vector machine (radial kernel, probabilities by Platt's method)",
}


@dataclass(frozen=True)
class Recipe:
    """How patients become probabilities. All of it is learnt anew in every training set.

    classifier  one of CLASSIFIERS
    gaussian    columns made as normal as powers can (Yeo and Johnson) before they are scaled
    redundant   a column whose |correlation| with an earlier kept one is above this is left out; None keeps all
    best        only so many columns, those whose own AUC is farthest from 0.5, enter; None lets all enter
    folds, inner, repeats   outer folds, inner folds in which the penalty is chosen, and how often it is all done
    seed        of every split and every drawing
    """

    classifier: str = RIDGE
    gaussian: bool = False
    redundant: float | None = None
    best: int | None = None
    folds: int = 5
    inner: int = 5
    repeats: int = 10
    seed: int = 0
