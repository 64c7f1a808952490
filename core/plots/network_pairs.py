"""Which components of two networks hold the same features."""

from __future__ import annotations

from core.analyses.network_result import FeatureNetworks
from core.plots import theme
from core.plots.drawing import Drawing
from core.plots.words import counted, q_text
from core.survival.words import p_text

#: Components drawn per network; the table holds all pairs.
MOST = 12


def component_pairs(result: FeatureNetworks) -> tuple[Drawing, ...]:
    """The components of one setting against those of the other: shared features and whether chance explains them."""
    if result.common is None or result.common.pairs.empty:
        return ()
    pairs = result.common.pairs
    rows, columns = (sorted(pairs[f"component_{side}"].unique())[:MOST] for side in "ab")
    kept = pairs[pairs["component_a"].isin(rows) & pairs["component_b"].isin(columns)]
    first, second = (network.setting for network in result.networks)
    cells = {(row.component_a, row.component_b): row for row in kept.itertuples()}
    sizes = [
        {getattr(row, f"component_{side}"): getattr(row, f"size_{side}") for row in kept.itertuples()} for side in "ab"
    ]
    # Pairs that share nothing stay blank.
    shared = {place: row.jaccard for place, row in cells.items() if row.shared}
    grid = [[shared.get((a, b)) for b in columns] for a in rows]
    figure = theme.figure(height=110 + 40 * len(rows), margin={"l": 8, "r": 8, "t": 12, "b": 8}, dragmode=False)
    figure.add_heatmap(
        z=grid,
        x=[f"{b} ({sizes[1][b]})" for b in columns],
        y=[f"{a} ({sizes[0][a]})" for a in rows],
        text=[[_label(cells.get((a, b))) for b in columns] for a in rows],
        texttemplate="%{text}",
        hovertext=[[_hover(cells.get((a, b))) for b in columns] for a in rows],
        hoverinfo="text",
        zmin=0,
        zmax=1,
        xgap=2,
        ygap=2,
        colorbar={"title": {"text": "Jaccard"}},
    )
    figure.update_xaxes(title=f"component under {theme.literal(second)} (features)", type="category", showline=False)
    figure.update_yaxes(
        title=f"component under {theme.literal(first)} (features)",
        type="category",
        autorange="reversed",
        showgrid=False,
        showline=False,
    )
    beyond = int((pairs["q"] < 0.05).sum())
    best = pairs.iloc[0]
    return (
        Drawing(
            name="component_pairs",
            title="Which components hold the same features",
            figure=figure,
            data=pairs.assign(shared_features=[", ".join(names) for names in result.common.shared_features]),
            caption=(
                f"Number in a cell: shared features; * q < 0.05. {result.common.features_in_both} features "
                "entered both "
                f"networks; {counted(len(pairs), 'pair')} of components with at least {result.common.minimum} of them "
                f"tested (hypergeometric, Benjamini-Hochberg): {beyond} share more than chance explains."
            ),
            alt=(
                f"Heat map of {counted(len(pairs), 'pair')} of components of {first} and {second}. Most features are "
                f"shared by components {best['component_a']:.0f} and {best['component_b']:.0f}: {best['shared']:.0f}, "
                f"Jaccard {best['jaccard']:.2f}, {q_text(best['q'])}."
            ),
        ),
    )


def _label(row) -> str:
    if row is None:
        return ""
    return f"{row.shared}{' *' if row.q < 0.05 else ''}"


def _hover(row) -> str:
    if row is None:
        return ""
    return (
        f"{row.shared} shared of {row.size_a} and {row.size_b}; {row.expected:.1f} expected by chance"
        f"<br>Jaccard {row.jaccard:.2f}, {p_text(row.p)}, {q_text(row.q)}"
    )
