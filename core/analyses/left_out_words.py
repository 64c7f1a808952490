"""What classifiers tried on left-out centres say, and never more than the numbers of patients allow."""

from __future__ import annotations

from core.survival.words import p_text
from core.vocabulary import counted, listed

PLAIN, GATE = "plain lasso", "screen and gate"
#: How a measure is called in a sentence.
MEASURE_NAMES = {
    "auc": "AUC",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "mcc": "Matthews correlation",
}
#: A centre whose interval of the area is wider than this says next to nothing.
WIDE = 0.4
#: Of a difference that is said to be shown.
LEVEL = 0.05


def left_out_words(result) -> tuple[str, ...]:
    """The headline first."""
    said = [_headline(result), _against(result), _same(result), _without(result), *_states(result), _wide(result)]
    return tuple(each for each in said if each)


def value_text(value, lower, upper) -> str:
    """`0.75 (95 % CI 0.25 to 0.98)`, `0.75`, or a dash."""
    if value is None or value != value:
        return "-"
    if lower is None or lower != lower:
        return f"{value:.2f}".replace("-", "−")
    return f"{value:.2f} (95 % CI {lower:.2f} to {upper:.2f})".replace("-", "−")


def _measure(row, name: str) -> str:
    return value_text(row[name], row[f"{name}_lower"], row[f"{name}_upper"])


def _headline(result) -> str:
    rows = result.pooled.set_index("arm")
    gate, plain = (_measure(rows.loc[arm], "auc") for arm in (GATE, PLAIN))
    n, positive, centres, inside = (
        int(rows[name].iloc[0]) for name in ("n", "n_positive", "n_centres", "n_centres_in_auc")
    )
    where = "" if inside == centres else f" (the {inside} with both classes)"
    return (
        f"{result.target}, on patients of a centre that took no part: AUC {gate} for the {GATE} and {plain} for the "
        f"{PLAIN}, of pairs within a centre{where}; n = {n}, {positive} positive, {counted(centres, 'centre')}."
    )


def _against(result) -> str:
    """Whether an arm is better or worse than the plain lasso in anything, with all comparisons counted."""
    knows = result.table.groupby("arm")["n_selected"].max()
    rows = result.differences[result.differences["arm"].map(knows) > 0]
    if rows.empty or PLAIN not in knows:
        return ""
    told = []
    for row in rows[rows["p_adjusted"] <= LEVEL].itertuples():
        better = "higher" if row.difference > 0 else "lower"
        size = f"{abs(row.difference):.2f} ({p_text(row.p_adjusted)})"
        told.append(f"{row.arm}: {MEASURE_NAMES[row.measure]} {better} by {size}")
    how = f"Holm over {len(result.differences)} comparisons; the two change places in random patients"
    if told:
        return f"Against the plain lasso, over all centres: {'; '.join(told)} ({how})."
    return (
        "No arm is shown to be better or worse than the plain lasso in AUC, sensitivity, specificity or Matthews "
        f"correlation over all centres (smallest {p_text(rows['p_adjusted'].min())}; {how})."
    )


def _same(result) -> str:
    """Arms that are one and the same here, because the test ruled nothing out."""
    rows = result.scores
    arms = [arm for arm in rows.columns if arm in set(result.pooled["arm"])]
    same = [arm for arm in arms if arm != "screen alone" and rows[arm].equals(rows["screen alone"])]
    if not same:
        return ""
    verb = "is" if len(same) == 1 else "are"
    return (
        f"{listed(same, 'and').capitalize()} {verb} the screen alone here: in no training set did the test of "
        "invariance take a feature away, so any difference from the plain lasso comes from the screen."
    )


def _without(result) -> str:
    """Arms that handed nothing on: for each reason the arms, and the centres they stand for."""
    empty = result.table[result.table["n_selected"] == 0]
    centres: dict[tuple, list[str]] = {}
    for (centre, why), rows in empty.groupby(["centre", "why"], sort=False):
        centres.setdefault((tuple(rows["arm"]), why.rstrip(".")), []).append(centre)
    if not centres:
        return ""
    told = [f"{listed(arms, 'and')} without {listed(places, 'and')} ({why})" for (arms, why), places in centres.items()]
    return f"No feature goes on, so everybody has the same score: {'; '.join(told)}."


def _states(result) -> list[str]:
    return [f"Without {row.centre} nothing can be learned: {row.reason}" for row in result.states.itertuples()]


def _wide(result) -> str:
    """Centres of which the patients say next to nothing."""
    rows = result.table[result.table["arm"] == PLAIN]
    one = rows[(rows["n_positive"] == 0) | (rows["n_positive"] == rows["n"])]["centre"]
    wide = rows[(rows["auc_upper"] - rows["auc_lower"]).astype(float) > WIDE]
    said = []
    if len(one):
        said.append(f"{listed(one, 'and')}: patients of one class only, so there is no AUC.")
    if len(wide):
        names = [f"{row.centre} (n = {row.n}, {row.n_positive} positive)" for row in wide.itertuples()]
        said.append(
            f"The AUC of {listed(names, 'and')} is hardly known: nothing can be concluded there about one arm "
            "beating another."
        )
    return " ".join(said)
