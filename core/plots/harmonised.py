"""Before and after ComBat: batch in each family, patients by batch, and what is left of known effects."""

from __future__ import annotations

import pandas as pd

from core.analyses.harmonised_result import Harmonised
from core.plots import drawings, theme
from core.plots.batch import share_range
from core.plots.drawing import Drawing
from core.plots.families import family_order
from core.plots.patients_by_batch import patients_by_batch
from core.plots.words import counted, lines, percent, wrapped

BEFORE, AFTER = theme.PALETTE[1], theme.PALETTE[0]


@drawings.register
def _(result: Harmonised) -> tuple[Drawing, ...]:
    found = [_shares(result)]
    levels = list(result.fit.batches)
    for when, components, patients in zip(("before", "after"), result.components, result.patients, strict=False):
        title = f"The patients {when}"
        found.append(patients_by_batch(patients, components, result.batch, f"harmonise_{when}", title, levels))
    if any(each.found is not None for each in result.kept):
        found.append(_kept(result))
    if result.created is not None:
        found.append(_created(result))
    return tuple(found)


def _shares(result: Harmonised) -> Drawing:
    table = result.shares
    after, label = ("held_out", "after, held-out patients") if result.held_out is not None else ("after", "after")
    table = table[table["before"].notna()]
    families = family_order(table["family"])
    names = {family: wrapped(family, 18, 1) for family in families}
    figure = theme.figure(
        height=120 + 58 * len(families),
        xaxis_title=f"share of variance explained by {wrapped(result.batch, 26, 1)}",
        boxmode="group",
        boxgap=0.25,
        margin={"l": 8, "r": 12, "t": 8, "b": 48},
        showlegend=True,
        dragmode=False,
    )
    for column, name, colour in (("before", "before", BEFORE), (after, label, AFTER)):
        figure.add_box(
            x=table[column],
            y=table["family"].map(names),
            orientation="h",
            name=name,
            boxpoints="all",
            jitter=0.5,
            pointpos=0,
            marker={"color": theme.tint(colour, 0.5), "size": 3},
            line={"color": colour, "width": 1.5},
            fillcolor=theme.tint(colour, 0.15),
            hoveron="boxes",
        )
    figure.add_vline(x=0, line={"color": theme.NEUTRAL, "width": 1, "dash": "dot"})
    both = pd.concat([table["before"], table[after]])
    figure.update_xaxes(tickformat=".0%", showgrid=True, range=share_range(both.dropna()))
    figure.update_yaxes(
        type="category",
        categoryorder="array",
        categoryarray=[names[each] for each in families],
        autorange="reversed",
        showgrid=False,
    )
    return Drawing(
        name="harmonise_shares",
        title=f"How much of each feature is {result.batch}, before and after",
        figure=figure,
        data=table.reset_index(drop=True),
        caption=(
            f"{counted(len(table), 'feature')}, {counted(result.n, 'patient')}. Share of variance adjusted for the "
            "number of batches: about 0 where there is nothing. After: each patient harmonised with what the other "
            "four fifths taught."
        ),
        alt=result.words[0] if result.words else "",
    )


def _kept(result: Harmonised) -> Drawing:
    rows = [each for each in result.kept if each.found is not None]
    names = [f"{wrapped(each.label, 18)}<br>{each.role}" for each in rows]
    figure = theme.figure(
        height=120 + sum(20 + 16 * lines(name) for name in names),
        xaxis_title="effect over all patients / within batches",
        margin={"l": 8, "r": 12, "t": 24, "b": 48},
        showlegend=True,
        dragmode=False,
    )
    for place, each in enumerate(rows):
        figure.add_shape(
            type="line",
            x0=each.found.before,
            x1=each.found.after,
            y0=place,
            y1=place,
            line={"color": theme.NEUTRAL, "width": 2},
            layer="below",
        )
    for when, colour, symbol in (("before", BEFORE, "circle-open"), ("after", AFTER, "circle")):
        figure.add_scatter(
            x=[getattr(each.found, when) for each in rows],
            y=list(range(len(rows))),
            mode="markers",
            name=when,
            marker={"color": colour, "size": 12, "symbol": symbol, "line": {"width": 2, "color": colour}},
            hovertemplate=f"{when}: %{{x:.2f}}<extra></extra>",
        )
    figure.add_vline(x=1, line={"color": theme.NEUTRAL, "width": 1, "dash": "dash"})
    ends = [number for each in rows for number in (each.found.before, each.found.after)]
    figure.update_xaxes(range=[min(0.0, *ends) - 0.04, max(1.2, *ends) + 0.06], showgrid=True)
    figure.update_yaxes(tickvals=list(range(len(rows))), ticktext=names, range=[len(rows) - 0.4, -0.6], showgrid=False)
    table = pd.DataFrame(
        [
            (each.label, each.role, each.found.before, each.found.after, each.found.n_known, each.found.n)
            for each in rows
        ],
        columns=["attribute", "role", "before", "after", "features known to have it", "n"],
    )
    return Drawing(
        name="harmonise_kept",
        title="What is left of known effects",
        figure=figure,
        data=table,
        caption=(
            "1: as within batches, where no batch can make or hide it. Below: taken for batch and removed; above: "
            "batch that goes with it is left, or was added. Over the features whose effect within batches has a q "
            "below 0.05."
        ),
        alt="; ".join(f"{row.attribute} {row.before:.2f} before, {row.after:.2f} after" for row in table.itertuples()),
    )


def _created(result: Harmonised) -> Drawing:
    found = result.created
    table = pd.DataFrame(
        {
            "values": ["as they came", "harmonised", "outcome protected"],
            "share": [found.as_it_came, found.unprotected, found.protected],
            "standard_error": found.errors,
        }
    )
    figure = theme.figure(
        height=230, margin={"l": 8, "r": 12, "t": 24, "b": 48}, showlegend=False, dragmode=False, bargap=0.35
    )
    figure.add_bar(
        x=table["share"],
        y=["as they came", "harmonised<br>as here", "outcome<br>protected"],
        orientation="h",
        marker_color=[theme.NEUTRAL, AFTER, BEFORE],
        error_x={"type": "data", "array": 2 * table["standard_error"], "color": theme.NEUTRAL},
        hovertemplate="%{x:.1%}<extra></extra>",
    )
    figure.add_vline(x=found.level, line={"color": theme.NEUTRAL, "width": 2, "dash": "dash"})
    figure.add_annotation(
        x=found.level, y=1, yref="paper", text="5 %", showarrow=False, yanchor="bottom", font={"size": 11}
    )
    figure.update_xaxes(tickformat=".0%", rangemode="tozero", title_text="tests with p < 0.05, nothing there")
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return Drawing(
        name="harmonise_created",
        title=f"Findings of {result.outcome} where there is nothing",
        figure=figure,
        data=table,
        caption=(
            f"{result.outcome} shuffled within batches, {found.n_tests:,} tests, {counted(found.n, 'patient')}; bars: "
            "two standard errors over the shuffles."
        ),
        alt="; ".join(f"{row.values} {percent(row.share)}" for row in table.itertuples(index=False)) + ".",
    )
