"""The pictures of a classifier: what they hold, what they say, and that nothing breaks where a part has no number."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.analyses.prediction_centres import AcrossCentres
from core.analyses.prediction_chance import Chance
from core.analyses.prediction_performance import performance
from core.analyses.prediction_result import Predicted
from core.analyses.prediction_words import prediction_words
from core.errors import NotEstimable
from core.plots import drawings
from core.stats.confusion import called


def predicted(y, p, weights=True) -> Predicted:
    """A result of these outcomes and probabilities."""
    found = performance(y, p, 0)
    names = ["a<b>", "glcm_Contrast", "other"]
    table = pd.DataFrame({"feature": names, "label": names, "family": ["", "glcm", ""], "inside": [1.0, 0.5, 0.0]})
    if weights:
        table = table.assign(
            weight=[0.4, -0.2, 0.0], mean=[0.3, -0.1, 0.0], sd=[0.1, 0.2, 0.0], same_sign=[1, 0.8, None]
        )
    return Predicted(
        label="Gene <b> mutated",
        positive="mutated",
        negative="wild type",
        of="CT",
        how="ridge",
        n=len(y),
        n_positive=int(y.sum()),
        n_cohort=len(y) + 3,
        left_out=pd.DataFrame({"reason": ["no imaging features"], "n": [3]}),
        n_columns=3,
        performance=found,
        spread=pd.DataFrame({"repeat": [1, 2], "auc": [found.auc.auc, found.auc.auc]}),
        apparent=1.0,
        optimism=1 - found.auc.auc,
        threshold="half",
        cut="from a probability of 0.5 on",
        confusion=called(y, p, 0.5),
        settings=pd.DataFrame({"setting": ["one"], "chosen": [10]}),
        stability=table,
        volume="shape_MeshVolume",
        volume_auc=0.6,
        per_column=2.0,
        frozen=None,
        no_frozen="",
        probabilities=pd.DataFrame({"positive": y, "probability": p}),
        folds=5,
        inner=5,
        repeats=2,
        seed=0,
        cautions=(),
    )


def made(n=80, seed=0):
    random = np.random.default_rng(seed)
    y = np.arange(n) < n // 3
    return y, 1 / (1 + np.exp(-(y - 0.5 + random.normal(size=n))))


def test_every_picture_has_its_n_its_data_and_words():
    y, p = made()
    drawn = {each.name: each for each in drawings(predicted(y, p))}
    assert list(drawn) == [
        "prediction_roc",
        "prediction_spread",
        "prediction_calibration",
        "prediction_decision",
        "prediction_recall",
        "prediction_features",
    ]
    for each in drawn.values():
        assert each.alt and len(each.data) and each.title
        assert "n = 80" in each.caption or each.name in ("prediction_spread", "prediction_features")
        assert "<b>" not in str([note.text for note in each.figure.layout.annotations if "<br>" not in str(note.text)])
    roc = drawn["prediction_roc"].figure.data[0]
    assert (np.diff(roc.x) >= 0).all() and (np.diff(roc.y) >= 0).all() and roc.x[-1] == roc.y[-1] == 1
    features = drawn["prediction_features"].figure.data[1]
    assert list(features.x) == [-0.2, 0.4] and "a&lt;b&gt;" in features.y[-1]


@pytest.mark.parametrize("kind", ["few", "separated", "certain", "one probability"])
def test_parts_without_a_number_are_left_out_with_their_reason(kind):
    y, p = made(12 if kind == "few" else 60)
    if kind == "few":
        y = np.arange(12) < 6
    elif kind == "separated":
        p = np.where(y, 0.6, 0.2) + np.linspace(0, 0.1, 60)
    elif kind == "certain":
        p = np.where(p > 0.7, 1.0, np.where(p < 0.3, 0.0, p))
    else:
        p = np.full(60, 0.4)
    result = predicted(y, p, weights=False)
    drawn = {each.name: each for each in drawings(result)}
    assert "prediction_features" not in drawn and len(drawn) == 5
    assert result.performance.states
    for reason in result.performance.states.values():
        assert reason in drawn["prediction_calibration"].caption
    said = " ".join(prediction_words(result))
    assert "None" not in said and "nan" not in said
    assert "The volume alone (shape_MeshVolume) reaches an AUC of 0.60" in said


def test_too_few_of_a_class_have_no_performance():
    with pytest.raises(NotEstimable, match="at least 5"):
        performance(np.arange(40) < 3, np.linspace(0, 1, 40), 0)


def test_chance_is_drawn_with_the_true_labels_inside_or_outside():
    null = pd.DataFrame({"auc": np.linspace(0.4, 0.6, 19)})
    for observed, p in ((0.9, 0.05), (0.3, 1.0), (0.5, 0.5)):
        (drawing,) = drawings(Chance("x", observed, null, p, 0.05, "", 50, 20, 19, 0, ()))
        assert drawing.figure.data[0].y.sum() == 19 and len(drawing.data) == 20
        low, high = drawing.figure.layout.xaxis.range
        assert low < observed < high and f"{observed:.2f}" in drawing.alt


def test_centres_without_an_auc_say_why_and_without_any_nothing_is_drawn():
    rows = [("A", 30, 12, 0.8, 0.6, 0.9, "estimated"), ("<B>", 5, 5, None, None, None, "one class only (all positive)")]
    table = pd.DataFrame(rows, columns=["centre", "n", "n_positive", "auc", "lower", "upper", "state"])
    table = table.astype({"auc": float, "lower": float, "upper": float})
    shared = {"label": "x", "positive": "mutated", "of": "CT", "how": "ridge", "by": "Centre", "pooled": None}
    shared |= {"no_pooled": "", "n": 35, "n_positive": 17, "n_centres": 2, "n_cohort": 40, "cautions": ()}
    left = pd.DataFrame({"reason": [], "n": []})
    limits = {"within": 0.8, "within_lower": 0.6, "within_upper": 0.9, "n_estimated": 1}
    (drawing,) = drawings(AcrossCentres(table=table, left_out=left, **shared, **limits))
    assert "one class only" in drawing.figure.layout.annotations[0].text and "n = 35" in drawing.caption
    assert "&lt;B&gt;" in drawing.figure.layout.yaxis.ticktext[1]
    nothing = dict.fromkeys(("within", "within_lower", "within_upper")) | {"n_estimated": 0}
    alone = table[table["auc"].isna()]
    assert drawings(AcrossCentres(table=alone, left_out=left, **shared, **nothing)) == ()
