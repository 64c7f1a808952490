"""Classifiers on the centre that was left out: the AUC of every arm, centre by centre and over all."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.left_out_result import LeftOutCentres
from core.analyses.left_out_tables import ARM_NAMES
from core.analyses.left_out_words import value_text
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.words import wrapped
from core.vocabulary import counted

OVER_ALL = "all centres"
#: Pixels between two arms of a centre, and around them.
LINE, AROUND = 15, 26


@drawings.register
def _(result: LeftOutCentres) -> tuple[Drawing, ...]:
    rows = _rows(result)
    return (_areas(result, rows),) if rows["auc"].notna().any() else ()


def _rows(result: LeftOutCentres) -> pd.DataFrame:
    """The centres' rows and those over all of them, of arms that handed some feature on somewhere."""
    knows = set(result.table.loc[result.table["n_selected"] > 0, "arm"])
    rows = pd.concat([result.table, result.pooled.assign(centre=OVER_ALL)], ignore_index=True)
    return rows[rows["arm"].isin(knows)].reset_index(drop=True)


def _areas(result: LeftOutCentres, rows: pd.DataFrame) -> Drawing:
    centres = list(dict.fromkeys(rows["centre"]))
    arms = [arm for arm in ARM_NAMES.values() if arm in set(rows["arm"])]
    height = LINE * len(arms) + AROUND
    figure = theme.figure(
        height=110 + height * len(centres), margin={"l": 8, "r": 14, "t": 40, "b": 48}, dragmode=False
    )
    colours, symbols = theme.colours(arms), theme.symbols(arms)
    place_of = {name: place for place, name in enumerate(centres)}
    for number, arm in enumerate(arms):
        own = rows[(rows["arm"] == arm) & rows["auc"].notna()].astype({"auc": float})
        y = own["centre"].map(place_of) + (number - (len(arms) - 1) / 2) * LINE / height
        upper = own["auc_upper"].astype(float) - own["auc"]
        lower = own["auc"] - own["auc_lower"].astype(float)
        figure.add_scatter(
            x=own["auc"], y=y, mode="markers", name=arm, showlegend=True,
            error_x={"type": "data", "symmetric": False, "array": upper.fillna(0), "arrayminus": lower.fillna(0),
                     "color": colours[arm], "thickness": 1.5, "width": 3},
            marker={"color": colours[arm], "symbol": symbols[arm], "size": 9},
            hovertext=[_hover(row) for row in own.itertuples()], hoverinfo="text",
        )  # fmt: skip
    figure.add_vline(x=0.5, line={"color": theme.NEUTRAL, "width": 1, "dash": "dot"})
    for place in range(1, len(centres)):
        figure.add_hline(y=place - 0.5, line={"color": theme.FAINT, "width": 1})
    first = rows.drop_duplicates("centre").set_index("centre")
    figure.update_yaxes(
        tickvals=list(range(len(centres))),
        ticktext=[
            f"{wrapped(name, 16)}<br>n = {first.loc[name, 'n']}, {first.loc[name, 'n_positive']} pos."
            for name in centres
        ],
        range=[len(centres) - 0.5, -0.5],
        ticks="",
        showgrid=False,
    )
    low = min(
        0.0 if np.nanmin(rows["auc"].astype(float)) < 0.5 else 0.2, *rows["auc_lower"].dropna().astype(float), 0.45
    )
    figure.update_xaxes(
        range=[low - 0.03, 1.03], title_text="AUC on the centre left out", tickvals=[0, 0.25, 0.5, 0.75, 1]
    )
    return Drawing(
        name="left_out_centres",
        title=f"{result.target}: AUC on patients of a centre that took no part",
        figure=figure,
        data=rows,
        caption=(
            f"n = {int(result.pooled['n'].iloc[0]):,}, {counted(len(centres) - 1, 'centre')}; 95 % intervals: "
            "DeLong, Newcombe's for few patients, over all centres bootstrap of pairs within a centre. A centre with "
            "one class has no AUC."
        ),
        alt="AUC per centre and arm. " + " ".join(_hover(row, " ") for row in rows.itertuples()),
    )


def _hover(row, joint: str = "<br>") -> str:
    said = value_text(row.auc, row.auc_lower, row.auc_upper)
    return f"{theme.literal(row.centre)}, {row.arm}:{joint}AUC {said};{joint}n = {row.n}, {row.n_positive} positive."
