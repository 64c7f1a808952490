"""What a classifier rests on: the largest weights, and how much they move from one training set to the next."""

from __future__ import annotations

from core.analyses.prediction_result import Predicted
from core.plots import theme
from core.plots.drawing import Drawing
from core.plots.words import counted, percent, wrapped

#: Features that are drawn, and the height of each.
SHOWN, LINE = 15, 30


def coefficients(result: Predicted) -> tuple[Drawing, ...]:
    """The largest weights of the last model with those of the outer models; nothing where there are no weights."""
    table = result.stability
    if "weight" not in table:
        return ()
    some = table[(table["weight"] != 0) | (table["inside"] > 0)].head(SHOWN)[::-1]
    if some.empty:
        return ()
    names = _names(some["label"].where(some["label"] != "", some["feature"]))
    forest = bool((table["weight"] >= 0).all())
    figure = theme.figure(height=150 + LINE * len(some), margin={"l": 8, "r": 12, "t": 8, "b": 44})
    figure.add_scatter(
        x=some["mean"],
        y=names,
        mode="markers",
        name=f"mean and SD of {counted(result.folds * result.repeats, 'training set')}",
        error_x={"type": "data", "array": some["sd"], "thickness": 1.5, "width": 3},
        marker={"color": theme.NEUTRAL, "size": 7},
        customdata=some[["inside", "same_sign"]].to_numpy(),
        hovertemplate="%{x:.3f}; in %{customdata[0]:.0%} of the training sets, "
        "same sign in %{customdata[1]:.0%} of these<extra></extra>",
    )
    figure.add_scatter(
        x=some["weight"],
        y=names,
        mode="markers",
        name="learnt on everybody",
        marker={"color": theme.PALETTE[0], "size": 8, "symbol": "diamond-open", "line": {"width": 2}},
        hovertemplate="%{x:.3f}<extra></extra>",
    )
    figure.add_shape(
        type="line", x0=0, x1=0, y0=-0.5, y1=len(some) - 0.5, line={"color": theme.NEUTRAL, "width": 1, "dash": "dot"}
    )
    figure.update_xaxes(title_text="Importance" if forest else "Log odds per SD")
    figure.update_yaxes(type="category", range=[-0.6, len(some) - 0.4])
    first = some.iloc[::-1].head(5)
    which = f"{len(some)} largest" if len(some) > 1 else "only one with a weight"
    told = "; ".join(f"{row.feature} {row.weight:.3f}, in {percent(row.inside)}" for row in first.itertuples())
    return (
        Drawing(
            name="prediction_features",
            title="What the model rests on",
            figure=figure,
            data=table,
            caption=(
                f"The {which} of {len(table):,} columns by the model learnt on all {result.n:,} patients. "
                "Features that go together share their weight, so that one of them alone is no finding."
            ),
            alt=f"The largest weights of the model: {told}.".replace("-", "−"),
        ),
    )


def _names(labels) -> list[str]:
    """Labels over two lines at most, each its own place on the axis."""
    told, seen = [], set()
    for label in labels:
        name = wrapped(label, 26)
        while name in seen:
            name += " "
        seen.add(name)
        told.append(name)
    return told
