"""What is missing: how much of each column, and which columns together."""

from __future__ import annotations

import pandas as pd

from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.words import percent, wrapped
from core.stats.missing import Missingness

COMPLETE, GAP = theme.PALETTE[0], "#8F979E"
#: Columns drawn; the rest is counted in words. Pixels of a row of bars, of a row of dots, of the bars above the dots.
MOST_ROWS, ROW, DOTS, ABOVE = 40, 26, 22, 120


@drawings.register
def _(result: Missingness) -> tuple[Drawing, ...]:
    gaps = result.columns[result.columns["n_missing"] > 0]
    if gaps.empty or not result.n:
        return ()
    return (_missing_bars(result, gaps), *_missing_patterns(result))


def _missing_bars(result: Missingness, gaps: pd.DataFrame) -> Drawing:
    drawn = gaps.sort_values("n_missing", ascending=False, kind="stable").head(MOST_ROWS)
    labels = [wrapped(name, 26, 1) for name in drawn["column"]]
    figure = theme.figure(height=ROW * len(drawn) + 52, margin={"l": 8, "r": 84, "t": 8, "b": 8}, dragmode=False)
    place = list(range(len(drawn)))
    figure.add_bar(
        x=drawn["share_missing"],
        y=place,
        width=0.7,
        orientation="h",
        marker={"color": GAP, "line": {"width": 0}},
        text=[f"{n:,} · {percent(share)}" for n, share in zip(drawn["n_missing"], drawn["share_missing"], strict=True)],
        textposition="outside",
        constraintext="none",
        textfont={"size": 12},
        cliponaxis=False,
        hovertext=[
            f"{theme.literal(row.column)}: {row.n_missing:,} of {result.n:,} missing" for row in drawn.itertuples()
        ],
        hoverinfo="text",
    )
    figure.update_xaxes(visible=False, fixedrange=True, range=[0, float(drawn["share_missing"].max())])
    figure.update_yaxes(
        tickvals=place,
        ticktext=labels,
        range=[len(drawn) - 0.4, -0.6],
        fixedrange=True,
        ticks="",
        showgrid=False,
        showline=False,
    )
    complete = len(result.columns) - len(gaps)
    more = f" {len(gaps) - len(drawn)} more have gaps and are not drawn." if len(gaps) > len(drawn) else ""
    return Drawing(
        name="missing",
        title="What is missing",
        figure=figure,
        data=drawn,
        caption=f"n = {result.n:,}; {complete} of {len(result.columns)} columns are complete and not drawn.{more}",
        alt="Share missing: " + ", ".join(f"{r.column} {percent(r.share_missing)}" for r in drawn.itertuples()) + ".",
    )


def _missing_patterns(result: Missingness) -> tuple[Drawing, ...]:
    """The commonest combinations: a column each, its n on top, a dot in the row of everything missing in it."""
    patterns = result.patterns
    count = {name: 0 for missing in patterns["missing"] for name in missing}
    names = [name for name in result.columns["column"] if name in count]
    if len(patterns) < 2 or not names:
        return ()
    figure = theme.figure(
        height=ABOVE + DOTS * len(names) + 16,
        margin={"l": 8, "r": 8, "t": 22, "b": 8},
        showlegend=False,
        dragmode=False,
    )
    columns = list(range(len(patterns)))
    figure.add_bar(
        x=columns,
        y=patterns["n"],
        width=0.6,
        marker={"color": [COMPLETE if not missing else GAP for missing in patterns["missing"]], "line": {"width": 0}},
        text=[f"{n:,}" for n in patterns["n"]],
        textposition="outside",
        constraintext="none",
        textfont={"size": 12},
        cliponaxis=False,
        yaxis="y2",
        hovertext=[
            f"{n:,} patients: {_together(missing)}"
            for missing, n in zip(patterns["missing"], patterns["n"], strict=True)
        ],
        hoverinfo="text",
    )
    for absent, colour in ((False, theme.FAINT), (True, GAP)):
        dots = [
            (x, y)
            for x, missing in enumerate(patterns["missing"])
            for y, name in enumerate(names)
            if (name in missing) is absent
        ]
        figure.add_scatter(
            x=[x for x, _ in dots],
            y=[y for _, y in dots],
            mode="markers",
            marker={"size": 11 if absent else 7, "color": colour},
            hoverinfo="skip",
        )
    share = ABOVE / (ABOVE + DOTS * len(names))
    figure.update_layout(
        yaxis={
            "domain": [0, 1 - share],
            "tickvals": list(range(len(names))),
            "ticktext": [wrapped(name, 26, 1) for name in names],
            "range": [len(names) - 0.4, -0.6],
            "ticks": "",
            "showgrid": False,
            "showline": False,
            "fixedrange": True,
        },
        yaxis2={
            "domain": [1 - share + 0.02, 1],
            "visible": False,
            "range": [0, patterns["n"].max() * 1.2],
            "fixedrange": True,
        },
        xaxis={"visible": False, "range": [-0.6, len(patterns) - 0.4], "fixedrange": True},
    )
    data = patterns.assign(missing=[_together(missing) for missing in patterns["missing"]])
    rest = result.n_patterns - len(patterns)
    more = f" {rest} rarer combinations are not drawn." if rest > 0 else ""
    return (
        Drawing(
            name="missing_together",
            title="What is missing together",
            figure=figure,
            data=data,
            caption="Each column is one combination: above, its patients; below, a large dot for what they lack. "
            f"n = {result.n:,}, of whom {result.n_complete:,} lack nothing.{more}",
            alt="Combinations of what is missing: "
            + "; ".join(f"{_together(r.missing)} {r.n}" for r in patterns.itertuples())
            + ".",
        ),
    )


def _together(missing: tuple[str, ...]) -> str:
    return " + ".join(missing) or "nothing missing"
