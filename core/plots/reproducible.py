"""Which features are reproducible under every pair of settings: a row per feature, a column per pair."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.reproducible import ReproducibleList
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.families import OTHER, family_order, short_names
from core.plots.words import counted, lines, wrapped

#: With more features, only those in the common network of some pair are drawn; the table holds all.
MOST = 150
#: More pairs than these have their names written upwards.
FLAT = 3
#: Where a feature is, under one pair of settings; darker is more.
_STATES = ("in no common component", "in the common network", "and connected there")
_SHADES = ("rgba(128,128,128,0.14)", "#7FB3D5", "#0072B2")


@drawings.register
def _(result: ReproducibleList) -> tuple[Drawing, ...]:
    return (_matrix(result), _flow(result))


def _drawn(result: ReproducibleList) -> pd.DataFrame:
    """The features to draw, family by family, within one those in most common networks first."""
    features = result.features.assign(family=[family or OTHER for family in result.features["family"]])
    if len(features) > MOST:
        some = features[features["kept"] | (features["pairs_in_common"] > 0)]
        features = some.sort_values(["kept", "pairs_in_common", "ccc_min"], ascending=False).head(MOST)
    place = {family: position for position, family in enumerate(family_order(features["family"]))}
    features = features.assign(order=features["family"].map(place))
    columns = ["order", "kept", "pairs_in_common", "pairs_connected", "ccc_min", "feature"]
    return features.sort_values(columns, ascending=[True, False, False, False, False, True], ignore_index=True)


def _matrix(result: ReproducibleList) -> Drawing:
    """Left: in the common network or not. Right: concordance. A row per feature, bold when in the list."""
    features = _drawn(result)
    names = list(features["feature"])
    pairs = [f"{a} – {b}" for a, b in zip(result.pairs["setting_a"], result.pairs["setting_b"], strict=True)]
    matrix = result.matrix.assign(
        pair=result.matrix["setting_a"] + " – " + result.matrix["setting_b"],
        state=result.matrix["in_common"].astype(int) + result.matrix["connected"].astype(int),
    )
    cells = matrix[matrix["feature"].isin(names)]
    state, ccc = (
        cells.pivot(index="feature", columns="pair", values=value).reindex(index=names, columns=pairs)
        for value in ("state", "ccc")
    )
    hover = cells.assign(text=[_hover(each) for each in cells.itertuples()])
    hover = hover.pivot(index="feature", columns="pair", values="text").reindex(index=names, columns=pairs)
    figure = theme.subplots(
        rows=1,
        cols=2,
        shared_yaxes=True,
        horizontal_spacing=0.03,
        subplot_titles=["Network", "CCC"],
    )
    rows = list(range(len(names)))
    heads = [theme.literal(pair) for pair in pairs] if len(pairs) > FLAT else [wrapped(pair, 16, 3) for pair in pairs]
    same = {"x": list(range(len(pairs))), "y": rows, "hovertext": hover.to_numpy(), "hoverinfo": "text", "xgap": 1}
    figure.add_heatmap(
        z=state.to_numpy(), zmin=-0.5, zmax=2.5, colorscale=_steps(), showscale=False, ygap=1, row=1, col=1, **same
    )
    figure.add_heatmap(
        z=ccc.to_numpy(),
        zmin=0,
        zmax=1,
        colorscale=theme.SEQUENTIAL,
        colorbar={"thickness": 12, "outlinewidth": 0, "len": 220, "lenmode": "pixels", "y": 1, "yanchor": "top"},
        ygap=1,
        row=1,
        col=2,
        **same,
    )
    for words, colour in zip(_STATES, _SHADES, strict=True):
        marker = {"color": colour, "symbol": "square", "size": 11, "line": {"color": theme.NEUTRAL, "width": 1}}
        figure.add_scatter(x=[None], y=[None], mode="markers", marker=marker, name=words, row=1, col=1)
    _axes(figure, result, features, heads)
    left = result.n_features - len(names)
    fewer = (
        f" {left:,} of {result.n_features:,} features are not drawn"
        + (" (in no common network)" if not _cropped(result, names) else f" ({MOST} in most common networks are)")
        + "."
        if left
        else ""
    )
    return Drawing(
        name="stability_matrix",
        title="Each feature under every pair of settings",
        figure=figure,
        data=cells.drop(columns="state").reset_index(drop=True),
        caption=(
            f"{counted(len(result.names), 'feature')} in the list of {result.n_features:,} (bold): "
            f"{'; '.join(result.criteria) or 'no criterion'}. Left, whether a feature is in the common network of a "
            f"pair of settings; right, its concordance. Patients with both settings: {_patients(result)}.{fewer}"
        ),
        alt=_alt(result, features, pairs),
    )


def _axes(figure, result: ReproducibleList, features: pd.DataFrame, heads: list[str]) -> None:
    """Names at the left, the family before the first of its names, and lines between families."""
    names = list(features["feature"])
    short = short_names(names, dict(zip(names, features["family"], strict=True)))
    labels = []
    last = ""
    for each in features.itertuples():
        name = theme.literal(short[each.feature])
        family = f"{theme.literal(each.family)}  ·  " if each.family != last else ""
        labels.append(f"{family}<b>{name}</b>" if each.kept else f"{family}{name}")
        last = each.family
    families = features["family"].to_numpy()
    for row in np.flatnonzero(families[1:] != families[:-1]) + 0.5:
        figure.add_hline(y=row, line={"color": theme.NEUTRAL, "width": 1}, row="all", col="all")
    upright = len(heads) > FLAT
    below = max(map(len, heads)) * 5 if upright else 15 * max(map(lines, heads))
    height = 130 + below + 13 * len(names)
    # The legend stands above the titles of the panels.
    figure.update_layout(
        height=height, margin={"l": 8, "r": 8, "t": 64, "b": 8}, dragmode=False, legend_y=1 + 26 / height
    )
    figure.update_annotations(font={"size": 13})
    figure.update_xaxes(
        tickvals=list(range(len(heads))),
        ticktext=heads,
        tickfont={"size": 10},
        tickangle=-60 if upright else 0,
        showline=False,
        ticks="",
    )
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=labels,
        range=[len(names) - 0.5, -0.5],
        tickfont={"size": 10},
        showgrid=False,
        showline=False,
        ticks="",
    )


def _steps() -> list[list]:
    """Three shades without a passage between them."""
    return [[(place + end) / 3, colour] for place, colour in enumerate(_SHADES) for end in (0, 1)]


def _cropped(result: ReproducibleList, names: list[str]) -> bool:
    features = result.features
    return bool((features["kept"] | (features["pairs_in_common"] > 0)).sum() > len(names))


def _patients(result: ReproducibleList) -> str:
    low, high = result.pairs["n"].min(), result.pairs["n"].max()
    return f"n = {low}" if low == high else f"n = {low} to {high}"


def _hover(each) -> str:
    place = _STATES[0] if each.entered else "did not enter both networks"
    if each.in_common:
        place = _STATES[1] + (f" {_STATES[2]}" if each.connected else ", not connected there")
    same = "<br>the same value under both settings for everybody" if each.identical else ""
    numbers = f"CCC {each.ccc:.3f}, ICC {each.icc:.3f}" if each.ccc == each.ccc else "no concordance"
    head = f"<b>{theme.literal(each.feature)}</b><br>{theme.literal(each.pair)}, n = {each.n}"
    return f"{head}<br>{place}<br>{numbers}{same}"


def _alt(result: ReproducibleList, features: pd.DataFrame, pairs: list[str]) -> str:
    told = ", ".join(f"{pair} {row.in_common}" for pair, row in zip(pairs, result.pairs.itertuples(), strict=True))
    kept = features[features["kept"]]["family"].value_counts()
    families = ", ".join(f"{family} {kept[family]}" for family in family_order(kept.index))
    return (
        f"Heat map of {len(features)} features and {counted(len(pairs), 'pair')} of settings. Features in the common "
        f"network: {told}. In the list: {families or 'none'}."
    )


def _flow(result: ReproducibleList) -> Drawing:
    """How many features are left after each criterion."""
    flow = result.flow
    labels = [wrapped(words, 34, 3) for words in flow["criterion"]]
    figure = theme.figure(
        height=70 + 46 * len(flow), margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False, dragmode=False
    )
    figure.add_bar(
        x=flow["left"],
        y=list(range(len(flow))),
        orientation="h",
        marker={"color": theme.PALETTE[0], "line": {"width": 0}},
        text=[f"{row.left:,}" + (f"  (−{row.removed:,})" if row.removed else "") for row in flow.itertuples()],
        textposition="outside",
        cliponaxis=False,
        hovertext=[
            f"{theme.literal(row.criterion)}<br>{row.left:,} left; {row.removed:,} removed here, {row.failed:,} fail it"
            for row in flow.itertuples()
        ],
        hoverinfo="text",
    )
    figure.update_yaxes(
        tickvals=list(range(len(flow))), ticktext=labels, range=[len(flow) - 0.5, -0.5], showgrid=False, ticks=""
    )
    figure.update_xaxes(title="features left", range=[0, result.n_features * 1.18], showgrid=True)
    told = "; ".join(f"{row.criterion}: {row.left}" for row in flow.itertuples())
    return Drawing(
        name="criteria_flow",
        title="What each criterion leaves",
        figure=figure,
        data=flow,
        caption=(
            f"{result.n_features:,} features, {counted(len(result.pairs), 'pair')} of settings, {_patients(result)} "
            "patients per pair. A criterion counts those that it removes from what is left."
        ),
        alt=f"Bars of the features left after each criterion. {told}.",
    )
