"""How often the edges and the members of a component come back in networks of other patients."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.network_stability import NetworkFrequencies, SettingStability
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.families import OTHER, family_colours, family_order, family_symbols
from core.plots.words import counted, percent

#: Bars of the histogram: frequencies from 0 to 1 in tenths, 1 belonging to the last.
_BINS = 10
_TENTHS = [position / _BINS for position in range(_BINS + 1)]


@drawings.register
def _(result: NetworkFrequencies) -> tuple[Drawing, ...]:
    return (_edges(result), *(each for each in (_members(result),) if each is not None))


def edge_table(each: SettingStability, everything: bool = False) -> pd.DataFrame:
    """The edges of a setting's network, or of any of its subsamples too, as a table for readers."""
    edges = each.found.edges if everything else each.found.edges[each.found.edges["in_network"]]
    return edges.assign(setting=each.setting, subsamples=each.found.subsamples).reset_index(drop=True)


def _shares(each: SettingStability) -> pd.DataFrame:
    """Per tenth of the frequency, how many of the edges of the network and of all other pairs fall there."""
    table = each.found.edges
    own = table.loc[table["in_network"], "frequency"]
    rest = table.loc[~table["in_network"], "frequency"]
    never = each.found.pairs - len(table)
    rows = []
    for group, values, zeros in (("edges of the network", own, 0), ("all other pairs", rest, never)):
        # Half a frequency step keeps a value that rounding moved below a tenth in its own bar.
        tenth = np.minimum((values.to_numpy() * _BINS + 1e-9).astype(int), _BINS - 1)
        counts = np.bincount(tenth, minlength=_BINS)
        counts[0] += zeros
        total = max(int(counts.sum()), 1)
        for position, count in enumerate(counts):
            rows.append((each.setting, group, position / _BINS, (position + 1) / _BINS, int(count), count / total))
    return pd.DataFrame(rows, columns=["setting", "group", "from", "to", "pairs", "share"])


def _edges(result: NetworkFrequencies) -> Drawing:
    """A histogram per setting: the edges of its network beside all other pairs of features."""
    data = pd.concat([_shares(each) for each in result.settings], ignore_index=True)
    rows = len(result.settings)
    titles = [theme.literal(f"{each.setting} ({counted(each.n_edges, 'edge')})") for each in result.settings]
    figure = theme.subplots(
        rows=rows, cols=1, shared_xaxes=True, vertical_spacing=0.16 if rows > 1 else 0.0, subplot_titles=titles
    )
    looks = {"edges of the network": (theme.PALETTE[1], ""), "all other pairs": (theme.NEUTRAL, "/")}
    for row, each in enumerate(result.settings, 1):
        for group, (colour, pattern) in looks.items():
            some = data[(data["setting"] == each.setting) & (data["group"] == group)]
            figure.add_bar(
                x=(some["from"] + some["to"]) / 2,
                y=some["share"],
                name=group,
                legendgroup=group,
                showlegend=row == 1,
                marker={"color": colour, "line": {"width": 0}, "pattern": {"shape": pattern, "size": 5}},
                hovertext=[
                    f"{one.pairs:,} of {some['pairs'].sum():,} {group}<br>found in {one[3]:.0%} to {one.to:.0%} of "
                    "the subsamples"
                    for one in some.itertuples()
                ],
                hoverinfo="text",
                row=row,
                col=1,
            )
    height = 130 + 190 * rows
    # The legend stands above the name of the first setting.
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 64, "b": 8},
        bargap=0.1,
        bargroupgap=0.0,
        dragmode=False,
        legend_y=1 + 26 / height,
    )
    figure.update_annotations(font={"size": 13})
    figure.update_xaxes(range=[0, 1.03], tickformat=".0%", tickvals=_TENTHS[::2])
    figure.update_xaxes(title="found in this share of the subsamples", row=rows, col=1)
    figure.update_yaxes(title="share of the pairs", range=[0, 1.02], tickformat=".0%", dtick=0.25)
    one = result.settings[0].found
    told = "; ".join(_told(each) for each in result.settings)
    how = "complementary halves" if one.in_pairs else f"a share {one.fraction:g} of the patients"
    return Drawing(
        name="edge_frequencies",
        title="How often each edge comes back",
        figure=figure,
        data=data,
        caption=(
            f"{told}. {one.subsamples} subsamples ({how}), each with its own penalty by EBIC; seed {one.seed}. "
            f"Nothing is left out for a low frequency.{_empty(result)}"
        ),
        alt=f"Histograms of how often pairs of features were an edge in {one.subsamples} subsamples. {told}.",
    )


def _told(each: SettingStability) -> str:
    found = each.found
    if not each.n_edges:
        return f"{each.setting}: no edges; n = {found.n}, {found.drawn} in a subsample"
    return (
        f"{each.setting}: an edge of the network comes back in {percent(each.mean_frequency)} of the subsamples on "
        f"average, any other pair in {percent(each.mean_other)}; n = {found.n}, {found.drawn} in a subsample"
    )


def _empty(result: NetworkFrequencies) -> str:
    told = [
        f"{int((each.found.edges_found == 0).sum())} under {each.setting}"
        for each in result.settings
        if (each.found.edges_found == 0).any()
    ]
    return f" Subsamples without any edge: {', '.join(told)}." if told else ""


def _members(result: NetworkFrequencies) -> Drawing | None:
    """A dot per feature: how often it belongs to the component, by family; open where it is not in it."""
    parts = [
        each.found.features.assign(setting=each.setting, component=each.component, place=place)
        for place, each in enumerate(result.settings)
        if each.component
    ]
    if not parts:
        return None
    data = pd.concat(parts, ignore_index=True)
    data["family"] = [result.families.get(name) or OTHER for name in data["feature"]]
    order, colours, symbols = (make(data["family"]) for make in (family_order, family_colours, family_symbols))
    settings = list(dict.fromkeys(data["setting"]))
    sizes = data.groupby("family")["feature"].nunique()
    figure = theme.subplots(
        rows=1,
        cols=len(settings),
        shared_yaxes=True,
        horizontal_spacing=0.04,
        subplot_titles=[theme.literal(setting) for setting in settings],
    )
    for column, setting in enumerate(settings, 1):
        for row, family in enumerate(order):
            some = data[(data["setting"] == setting) & (data["family"] == family)]
            some = some.sort_values(["component_frequency", "feature"])
            # Neighbours in value step aside in turn, so that no dot hides another.
            aside = row + 0.14 * (np.arange(len(some)) % 5 - 2)
            for inside, symbol in ((True, symbols[family]), (False, f"{symbols[family]}-open")):
                chosen = (some["in_reference"] == inside).to_numpy()
                figure.add_scatter(
                    x=some.loc[chosen, "component_frequency"],
                    y=aside[chosen],
                    mode="markers",
                    marker={"color": colours[family], "symbol": symbol, "size": 8},
                    name=family,
                    hovertext=[_hover(each, inside) for each in some[chosen].itertuples()],
                    hoverinfo="text",
                    row=1,
                    col=column,
                )
    figure.update_layout(
        height=120 + 44 * len(order), margin={"l": 8, "r": 8, "t": 28, "b": 8}, showlegend=False, dragmode=False
    )
    figure.update_annotations(font={"size": 13})
    figure.update_yaxes(
        tickvals=list(range(len(order))),
        ticktext=[f"{theme.literal(family)} ({sizes[family]})" for family in order],
        range=[len(order) - 0.5, -0.5],
        showgrid=False,
        ticks="",
    )
    figure.update_xaxes(title="in the component", range=[-0.04, 1.04], tickformat=".0%", dtick=0.25, showgrid=True)
    told = "; ".join(_member_words(each) for each in result.settings if each.component)
    return Drawing(
        name="component_membership",
        title="How often each feature belongs to the component",
        figure=figure,
        data=data.drop(columns="place"),
        caption=(
            f"{told}. Filled: in the component of the network from all patients. In each of "
            f"{result.settings[0].found.subsamples} subsamples the component is the one that shares most features with "
            "it."
        ),
        alt=f"Dots of how often each feature belongs to the component, by family. {told}.",
    )


def _member_words(each: SettingStability) -> str:
    features = each.found.features
    inside = features["in_reference"]
    own, rest = features.loc[inside, "component_frequency"], features.loc[~inside, "component_frequency"]
    others = f", the {len(rest)} others in {percent(rest.mean())}" if len(rest) else ""
    return (
        f"{each.setting}, component {each.component}: its {len(own)} features belong to it in "
        f"{percent(own.mean())} of the subsamples on average{others}; n = {each.found.n}"
    )


def _hover(each, inside: bool) -> str:
    place = "in the component" if inside else "not in the component"
    return (
        f"<b>{theme.literal(each.feature)}</b><br>{place} of the network from all patients<br>in it in "
        f"{each.component_frequency:.0%}, in the largest in {each.largest_frequency:.0%}, with any edge in "
        f"{each.edge_frequency:.0%} of the subsamples"
    )
