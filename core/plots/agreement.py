"""How well two settings agree on each feature."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.agreement import SettingAgreement
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.families import OTHER, family_colours, family_order, family_symbols


@drawings.register
def _(result: SettingAgreement) -> tuple[Drawing, ...]:
    table = result.table.assign(family=[family or OTHER for family in result.table["family"]])
    return (_by_family(result, table), _against_ranks(result, table))


def _hover(table: pd.DataFrame) -> list[str]:
    return [
        f"<b>{theme.literal(row.feature)}</b><br>CCC {row.ccc:.3f} ({row.ccc_low:.3f} to {row.ccc_high:.3f})"
        f"<br>ICC {row.icc:.3f}, Spearman {row.spearman:.3f}; n = {row.n}"
        for row in table.itertuples()
    ]


def _said(result: SettingAgreement) -> str:
    known = int(result.table["ccc"].notna().sum())
    without = f"; {result.n_features - known} have no estimate" if known < result.n_features else ""
    first, second = result.settings
    copied = (
        f" {len(result.identical)} of all have the same value under both for everybody, as the shape of one copied "
        "contour has; they say nothing of reproducibility."
        if result.identical
        else ""
    )
    scaled = (
        " Values were z-scored before they came here: where that was done per setting, concordance cannot see a shift "
        "or stretch between the settings."
        if result.scale != "raw"
        else ""
    )
    return (
        f"{first} against {second}, n = {result.n} patients with both. {result.n_good} of {result.n_features} features "
        f"reach a concordance of {result.good:g}{without}.{copied}{scaled}"
    )


def _by_family(result: SettingAgreement, table: pd.DataFrame) -> Drawing:
    """A dot per feature in the row of its family, with the cut."""
    known = table[table["ccc"].notna()]
    order, colours, symbols = (make(known["family"]) for make in (family_order, family_colours, family_symbols))
    figure = theme.figure(
        height=70 + 44 * max(len(order), 1), margin={"l": 8, "r": 8, "t": 10, "b": 8}, showlegend=False
    )
    parts = []
    for row, family in enumerate(order):
        some = known[known["family"] == family].sort_values(["ccc", "feature"])
        # Neighbours in value step aside in turn, so that no dot hides another.
        aside = row + 0.13 * (np.arange(len(some)) % 5 - 2)
        figure.add_scatter(
            x=some["ccc"],
            y=aside,
            mode="markers",
            marker={"color": theme.tint(colours[family], 0.75), "symbol": symbols[family], "size": 8},
            name=family,
            hovertext=_hover(some),
            hoverinfo="text",
        )
        parts.append(some)
    figure.add_vline(x=result.good, line={"color": theme.NEUTRAL, "dash": "dash", "width": 1.5})
    counts = known["family"].value_counts()
    reach = known[known["ccc"] >= result.good]["family"].value_counts()
    labels = [f"{theme.literal(family)}<br>{reach.get(family, 0)} of {counts[family]}" for family in order]
    figure.update_yaxes(
        tickvals=list(range(len(order))), ticktext=labels, range=[len(order) - 0.5, -0.5], showgrid=False, ticks=""
    )
    figure.update_xaxes(title="concordance (CCC)", range=[_low(result, known["ccc"]), 1.03], showgrid=True)
    told = ", ".join(f"{family} {reach.get(family, 0)} of {counts[family]}" for family in order)
    return Drawing(
        name="agreement_by_family",
        title="Concordance of each feature",
        figure=figure,
        data=pd.concat(parts, ignore_index=True) if parts else known,
        caption=f"{_said(result)} Beside a family: how many reach the dashed line.",
        alt=f"Dots of the concordance of each feature by family. Reaching {result.good:g}: {told}.",
    )


def _against_ranks(result: SettingAgreement, table: pd.DataFrame) -> Drawing:
    """Concordance against Spearman: what a calibration would mend, and what it would not."""
    known = table[table["ccc"].notna() & table["spearman"].notna()]
    colours, symbols = family_colours(known["family"]), family_symbols(known["family"])
    low = _low(result, known["ccc"], known["spearman"])
    figure = theme.figure(height=420, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    figure.add_shape(type="line", x0=low, y0=low, x1=1, y1=1, line={"color": theme.NEUTRAL, "dash": "dot", "width": 1})
    figure.add_vline(x=result.good, line={"color": theme.NEUTRAL, "dash": "dash", "width": 1.5})
    for family in family_order(known["family"]):
        some = known[known["family"] == family]
        figure.add_scatter(
            x=some["ccc"],
            y=some["spearman"],
            mode="markers",
            marker={"color": theme.tint(colours[family], 0.75), "symbol": symbols[family], "size": 8},
            name=family,
            hovertext=_hover(some),
            hoverinfo="text",
        )
    figure.update_xaxes(title="concordance of values (CCC)", range=[low, 1.03])
    figure.update_yaxes(title="correlation of ranks (Spearman)", range=[low, 1.03])
    above = int((known["spearman"] > known["ccc"] + 0.1).sum())
    return Drawing(
        name="agreement_against_ranks",
        title="Values against ranks",
        figure=figure,
        data=known,
        caption=(
            f"{_said(result)} Above the dotted line the order of the patients is kept but the values are shifted or "
            f"stretched: {above} features by more than 0.1."
        ),
        alt=f"Concordance against Spearman correlation of {len(known)} features; {above} lie well above the diagonal.",
    )


def _low(result: SettingAgreement, *values: pd.Series) -> float:
    """Where the axes begin: with the lowest value, and low enough to show the cut."""
    return min(result.good - 0.1, *(each.min() for each in values if len(each))) - 0.03
