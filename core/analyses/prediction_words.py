"""What may be said of a classifier: its AUC and what that rests on, a null result as one, and cautions."""

from __future__ import annotations

from core.analyses.prediction_result import Performance, Predicted
from core.stats.confusion import Measure
from core.stats.per_coefficient import RULE
from core.stats.roc import ESTIMATED, Auc

#: Patients of the rarer class per column below which a reader is told.
PER_COLUMN = RULE
#: From this difference of apparent and cross-validated AUC on, the former is called flattering.
FLATTERING = 0.05


def auc_text(area: Auc) -> str:
    """`AUC 0.81 (95 % CI 0.75 to 0.86)`, or with the state in place of an interval."""
    if area.state != ESTIMATED:
        return f"AUC {area.auc:.2f}, {area.state}"
    return f"AUC {area.auc:.2f} (95 % CI {area.lower:.2f} to {area.upper:.2f})"


def positives(n: int, positive: str) -> str:
    """`57 mutated`, but `57 positive (1)` where the class is a number."""
    return f"{n:,} positive ({positive})" if positive[:1].isdigit() else f"{n:,} {positive}"


def measure_text(found: Measure) -> str:
    """`0.81 (0.75 to 0.86; n = 57)`."""
    if found.value is None:
        return f"not known (n = {found.n})"
    if found.lower is None:
        return f"{found.value:.2f} (n = {found.n:,})"
    return f"{found.value:.2f} ({found.lower:.2f} to {found.upper:.2f}; n = {found.n:,})"


def shown(area: Auc) -> bool:
    """Whether the interval of an AUC is above 0.5."""
    return area.lower is not None and area.lower > 0.5


def prediction_words(found: Predicted) -> tuple[str, ...]:
    """The sentences, the most important first."""
    area = found.performance.auc
    said = [
        f"{_headline(found)}: {auc_text(area)} by nested cross-validation; n = {found.n:,}, "
        f"{positives(found.n_positive, found.positive)}.",
        _trust(found),
        f"On its own patients the same model has an AUC of {found.apparent:.2f}: an optimism of {found.optimism:.2f}"
        + (", so the apparent number says little." if found.optimism >= FLATTERING else "."),
        _below(found.performance.auc),
        _volume(found),
        *calibration_words(found.performance),
        _at_threshold(found),
        _per_column(found),
    ]
    return tuple(sentence for sentence in said if sentence)


def _headline(found: Predicted) -> str:
    area = found.performance.auc
    if area.lower is None:
        return f"{found.label}, from {found.of}"
    if shown(area):
        return f"{found.label} from {found.of}"
    return f"{found.label} was not shown to be told from {found.of} better than by chance"


def _trust(found: Predicted) -> str:
    """What the interval is of, and how much depends on the split."""
    interval, spread = found.performance.auc.lower is not None, found.spread["auc"]
    said = []
    if interval:
        said.append(
            "The interval is DeLong's, for other patients with these predictions, and no test of the whole search: the "
            "shuffled labels below are."
        )
    if found.repeats == 1:
        said.append("One repeat says nothing of how much depends on the split.")
    else:
        said.append(
            f"Other splits of the same patients gave AUCs of {spread.min():.2f} to {spread.max():.2f} "
            f"({found.repeats} repeats){', which it does not contain' if interval else ''}."
        )
    return " ".join(said)


def _volume(found: Predicted) -> str:
    """What the size of the tumour reaches by itself."""
    if found.volume_auc is None:
        return ""
    return f"The volume alone ({found.volume}) reaches an AUC of {found.volume_auc:.2f} in the same folds."


def _below(area: Auc) -> str:
    """With nothing to learn cross-validation falls below 0.5: what training sets lack, the part held out has."""
    if area.auc >= 0.5:
        return ""
    return (
        "An AUC below 0.5 is what cross-validation tends to give where nothing can be learnt: what is scarcer in a "
        "training set is commoner in the part held out. It is no sign that the opposite can be predicted."
    )


def calibration_words(found: Performance) -> list[str]:
    """How far the probabilities can be taken at their word."""
    said = []
    if found.line is not None:
        slope = found.line.slope
        kind = _slope(slope.lower, slope.upper)
        said.append(f"Calibration slope {slope.value:.2f} ({slope.lower:.2f} to {slope.upper:.2f}): {kind}.")
    better = found.brier.scaled
    said.append(
        f"Brier score {found.brier.score:.3f}, {abs(better):.0%} {'better' if better > 0 else 'worse'} than giving "
        f"everybody the share of positives ({found.brier.reference:.3f})."
    )
    return said


def _slope(lower: float, upper: float) -> str:
    if upper < 0:
        return "the probabilities go the wrong way"
    if upper < 1:
        return "the probabilities are too extreme"
    if lower > 1:
        return "the probabilities are too timid"
    return "the probabilities are not shown to be too extreme or too timid"


def _at_threshold(found: Predicted) -> str:
    table = found.confusion
    return (
        f"Called positive {found.cut}: sensitivity {measure_text(table.sensitivity)}, specificity "
        f"{measure_text(table.specificity)}."
    )


def _per_column(found: Predicted) -> str:
    if found.per_column >= PER_COLUMN:
        return ""
    rarer = min(found.n_positive, found.n - found.n_positive)
    return (
        f"There are {rarer:,} patients of the rarer class for {found.n_columns:,} columns ({found.per_column:.2g} "
        f"each; {PER_COLUMN} are often asked for). Single coefficients mean little; only the whole is tested here."
    )
