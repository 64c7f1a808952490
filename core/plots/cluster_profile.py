"""What sets the clusters apart: where on the network their patients carry more or less mass."""

from __future__ import annotations

from core.analyses.clusters import Clusters
from core.plots import theme
from core.plots.drawing import Drawing
from core.plots.families import by_family, short_names

#: Features drawn; of more, those that differ most.
MOST = 50


def profile(result: Clusters) -> Drawing:
    """A heat map, features down by family and clusters across."""
    table = result.profile.table
    largest = table["density_difference"].abs().groupby(table["feature"]).max()
    kept = by_family(list(largest.nlargest(MOST).index), result.families)
    short = short_names(kept, result.families)
    labels = [f"{theme.literal(result.families.get(name) or '')} · {theme.literal(short[name])}" for name in kept]
    clusters = sorted(table["cluster"].unique())
    cells = {(row.feature, row.cluster): row for row in table.itertuples()}
    raw = result.scale == "raw"
    limit = float(largest.max()) * 100 or 1.0
    figure = theme.figure(height=90 + 17 * len(kept), margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False)
    figure.add_heatmap(
        z=[[100 * cells[name, cluster].density_difference for cluster in clusters] for name in kept],
        x=[f"cluster {cluster}" for cluster in clusters],
        y=labels,
        hovertext=[[_hover(cells[name, cluster], raw) for cluster in clusters] for name in kept],
        hoverinfo="text",
        colorscale=theme.DIVERGING,
        zmin=-limit,
        zmax=limit,
        xgap=1,
        ygap=1,
        colorbar={"title": {"text": "points"}, "thickness": 12},
    )
    figure.update_xaxes(side="top", type="category", showline=False, ticks="")
    figure.update_yaxes(autorange="reversed", showgrid=False, showline=False, ticks="", tickfont={"size": 11})
    left = f"{len(largest) - len(kept)} features that differ less are not drawn. " if len(largest) > len(kept) else ""
    flat = f"{len(result.constant_nodes)} features are the same in everybody. " if result.constant_nodes else ""
    first = largest.idxmax()
    return Drawing(
        name="cluster_profile",
        title="What sets the clusters apart",
        figure=figure,
        data=table[table["feature"].isin(kept)].assign(family=lambda rows: rows["feature"].map(result.families)),
        caption=(
            f"n = {result.n:,} patients. Percentage points of a patient's mass on a feature, above (orange) or "
            "below (blue) "
            f"the mean of all. {left}{flat}Descriptive only: these features were used to build the clusters, so "
            "they get "
            f"no "
            f"p-value.{' Hover for the mean raw value.' if raw else ' Values are z-scores, so no raw unit is shown.'}"
        ),
        alt=(
            f"Heat map of {len(kept)} features by {len(clusters)} clusters; they differ most in {first}, by up to "
            f"{limit:.2g} percentage points of mass."
        ),
    )


def _hover(row, raw: bool) -> str:
    unit = f"<br>mean raw value {row.mean_raw:.4g} (n = {row.n_values})" if raw else ""
    return (
        f"<b>{theme.literal(row.feature)}</b><br>cluster {row.cluster}, n = {row.n_patients}"
        f"<br>{100 * row.mean_density:.2f} % of the mass, {100 * row.density_difference:+.2f} points{unit}"
    )
