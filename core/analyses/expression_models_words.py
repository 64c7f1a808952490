"""What is said of models that predict from expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.radiogenomics.expression_target import CLASSES, SPLIT
from core.survival.words import p_text
from core.vocabulary import counted, listed

if TYPE_CHECKING:
    from core.analyses.expression_models import ExpressionModels


def models_words(result: ExpressionModels) -> tuple[str, ...]:
    """The headline, then what must be known beside it."""
    return (_headline(result), *filter(None, (_patients(result), _others(result), _published(result))))


def of_class(output: str, levels: tuple[str, ...]) -> str:
    """`squamous against the rest: `; nothing for a number, or where there are two classes."""
    return f"{output} against the rest: " if len(levels) > 2 else ""


def target_text(label: str, kind: str, levels: tuple[str, ...]) -> str:
    """What is predicted, as a sentence names it."""
    if kind == SPLIT:
        return f"whether {label} is above the median"
    if kind == CLASSES:
        return f"{label} ({listed(levels)})"
    return label


def interval_text(value: float, lower: float | None, upper: float | None) -> str:
    """`0.14 (95 % CI 0.02 to 0.25)`."""
    if lower is None or lower != lower:
        return f"{value:.2f} (no interval)"
    return f"{value:.2f} (95 % CI {lower:.2f} to {upper:.2f})"


def _headline(result: ExpressionModels) -> str:
    network = result.leading[result.leading["model"] == "network"]
    what = target_text(result.label, result.kind, result.levels)
    shown = int((network["lower"] > network["chance"]).sum())
    best = network.loc[network["value"].idxmax()]
    told = f"{best['measure']} {interval_text(best['value'], best['lower'], best['upper'])}"
    p = f", {p_text(best['p'])}" if best["p"] == best["p"] else ""
    if len(network) > 1:
        count = f"{shown or 'none'} of {len(network)} classes of {result.label}"
        mean = f"mean {best['measure']} {network['value'].mean():.2f}{p}"
        return (
            f"Expression says something of {count}, by the 95 % interval of each. Networks on held-out patients: "
            f"{mean}, highest for {of_class(best['output'], result.levels)}{told}; n = {result.n}."
        )
    verdict = "Expression says something of" if shown else "Expression is not shown to say anything of"
    return f"{verdict} {what}. Networks on held-out patients: {told}{p}; n = {result.n}."


def _patients(result: ExpressionModels) -> str:
    lost = result.n_cohort - result.n_expression
    small = ", ".join(f"{level} ({count})" for level, count in result.small.items())
    genes = f"{counted(result.n_genes, 'gene')}"
    if result.most_variable and result.most_variable < result.n_genes:
        genes = f"the {result.most_variable:,} most variable of {genes} in each fold"
    gaps = f", {100 * result.missing:.1f} % of the values missing and filled in with the mean" if result.missing else ""
    return (
        f"{result.n} of {counted(result.n_cohort, 'patient')} have both expression and the target ({lost} have no "
        f"expression); {genes}{gaps}. {result.folds} folds, {result.members} networks in each."
        + (f" Pre-trained on {counted(result.n_pretrained, 'other patient')} as well." if result.n_pretrained else "")
        + (f" Left out for being few: {small}." if small else "")
    )


def _others(result: ExpressionModels) -> str:
    """Whether the networks are better than plainer models: not claimed where the intervals overlap."""
    table = result.leading
    others = table[table["model"] != "network"]
    if others.empty:
        return ""
    mean = table.groupby("model", sort=False)["value"].mean()
    best = mean.drop("network").idxmax()
    gap = mean["network"] - mean[best]
    measure = table["measure"].iloc[0]
    over = " on average over the classes" if others["output"].nunique() > 1 else ""
    side = "above" if gap >= 0 else "below"
    return (
        f"The networks are {abs(gap):.2f} {measure} {side} the best plainer model ({best}, {mean[best]:.2f}){over}, on "
        "the same folds. With this many patients small differences between models mean nothing."
    )


def _published(result: ExpressionModels) -> str:
    found = result.published
    if found is None:
        return ""
    measure = result.leading["measure"].iloc[0]
    return (
        f"As published, the epoch is chosen on the patients that are scored: one network per fold then has a mean "
        f"{measure} of {found.published:.2f}, and {found.sealed:.2f} when an inner split chooses it. The "
        f"{found.published - found.sealed:.2f} between them is not there in new patients."
    )
