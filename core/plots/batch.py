"""How much of each feature is batch, how well the batch is told, and where its patients lie."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.batch import FOUND, BatchReport
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.families import family_order
from core.plots.patients_by_batch import patients_by_batch
from core.plots.words import counted, lines, percent, wrapped
from core.survival.words import p_text


@drawings.register
def _(result: BatchReport) -> tuple[Drawing, ...]:
    found = [_variance(result)]
    if result.predictable is not None:
        found.append(_told(result))
    if result.components is not None:
        levels = [str(level) for level in result.variance.counts.index]
        found.append(
            patients_by_batch(
                result.patients,
                result.components,
                result.batch,
                "batch_patients",
                f"The patients by {result.batch}",
                levels,
            )
        )
    return tuple(found)


def strip(count: int, width: float = 0.32) -> np.ndarray:
    """Places across a row for `count` marks, so that equal ones are told apart; always the same."""
    return width * (2 * ((np.arange(count) * 0.6180339887) % 1.0) - 1)


def share_range(shares: pd.Series) -> list[float]:
    """Ends of an axis of shares that makes no mountain of a tenth of a percent."""
    low, high = float(shares.min()), float(shares.max())
    return [min(low, -0.02) - 0.01, max(1.05 * high, 0.1)]


def _variance(result: BatchReport) -> Drawing:
    table = result.table[result.table["r2_adjusted"].notna()]
    families = family_order(table["family"])
    figure = theme.figure(
        height=110 + 40 * len(families),
        xaxis_title=f"share of variance explained by {wrapped(result.batch, 26, 1)}",
        margin={"l": 8, "r": 12, "t": 8, "b": 48},
        hovermode="closest",
        showlegend=True,
    )
    found = table["q"] < FOUND
    for name, part, colour, size in (
        (f"q ≥ {FOUND:g}", table[~found], theme.tint(theme.NEUTRAL, 0.5), 5),
        (f"q < {FOUND:g}", table[found], theme.PALETTE[1], 7),
    ):
        y = part["family"].map({family: row for row, family in enumerate(families)}).to_numpy(dtype=float)
        figure.add_scatter(
            x=part["r2_adjusted"],
            y=y + strip(len(part)),
            mode="markers",
            name=f"{name} ({len(part):,})",
            marker={"color": colour, "size": size},
            text=[wrapped(each, 46) for each in part["feature"]],
            customdata=part[["n", "q"]].to_numpy(),
            hovertemplate="%{text}<br>%{x:.1%}, n = %{customdata[0]}, q = %{customdata[1]:.2g}<extra></extra>",
        )
    figure.add_vline(x=0, line={"color": theme.NEUTRAL, "width": 1, "dash": "dot"})
    figure.update_xaxes(tickformat=".0%", showgrid=True, range=share_range(table["r2_adjusted"]))
    figure.update_yaxes(
        tickvals=list(range(len(families))),
        ticktext=[wrapped(each, 18, 1) for each in families],
        range=[len(families) - 0.4, -0.6],
        showgrid=False,
    )
    top = table.sort_values("r2_adjusted", ascending=False).head(3)
    beside = f" beside {', '.join(result.protected)}" if result.protected else ""
    return Drawing(
        name="batch_variance",
        title=f"How much of each feature is {result.batch}",
        figure=figure,
        data=table.reset_index(drop=True),
        caption=(
            f"A mark per feature, {counted(result.n, 'patient')}. Share of variance{beside}, adjusted for the number "
            "of batches: about 0, also below, where there is nothing."
        ),
        alt=f"{result.words[0]} Highest: "
        + "; ".join(f"{row.feature} {percent(row.r2_adjusted)}" for row in top.itertuples())
        + ".",
    )


def _told(result: BatchReport) -> Drawing:
    told = result.predictable
    rows = [*told.table.itertuples(index=False)]
    names = [f"{wrapped(each.group, 20)}<br>n = {each.n:,}" for each in rows]
    figure = theme.figure(
        height=110 + sum(14 + 14 * lines(name) for name in names),
        margin={"l": 8, "r": 12, "t": 24, "b": 48},
        showlegend=False,
        dragmode=False,
    )
    figure.add_bar(
        x=[each.recall for each in rows],
        y=names,
        orientation="h",
        marker_color=theme.PALETTE[0],
        text=[percent(each.recall) for each in rows],
        textposition="outside",
        textangle=0,
        cliponaxis=False,
        hoverinfo="skip",
    )
    figure.add_vline(x=told.chance, line={"color": theme.NEUTRAL, "width": 2, "dash": "dash"})
    figure.add_annotation(
        x=told.chance, y=1, yref="paper", text="chance", showarrow=False, yanchor="bottom", font={"size": 11}
    )
    figure.update_xaxes(
        range=[0, 1.18],
        tickvals=[0, 0.25, 0.5, 0.75, 1],
        tickformat=".0%",
        title_text="held-out patients whose batch is told right",
        showgrid=True,
    )
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return Drawing(
        name="batch_told",
        title=f"How well {result.batch} is told from the features",
        figure=figure,
        data=pd.DataFrame(told.table),
        caption=(
            f"Mean over batches {percent(told.balanced_accuracy)} ({percent(told.lowest)} to "
            f"{percent(told.highest)} in {told.repeats} partitions), chance {percent(told.chance)}, permutation "
            f"{p_text(told.p)}; {told.folds} folds, {counted(told.n, 'patient')}, "
            f"{counted(told.n_features, 'feature')}. Another classifier may tell more."
        ),
        alt="Bars per batch: " + "; ".join(f"{each.group} {percent(each.recall)}" for each in rows) + ".",
    )
