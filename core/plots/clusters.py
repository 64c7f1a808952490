"""Clusters of patients: the picture of their distances, how well they fit, and the plain alternative beside them."""

from __future__ import annotations

import numpy as np

from core.analyses.clusters import Clusters
from core.plots import drawings, theme
from core.plots.cluster_profile import profile
from core.plots.cross_table import agreement_words, cross_table
from core.plots.drawing import Drawing
from core.plots.words import counted

#: What the Wasserstein clusters were made by, and what a patient's distance is to.
MADE_BY = {
    "mean": ("k-means on W1, mean centroids", "to the centroid"),
    "barycentre": ("k-means on W1, barycentres as centroids", "to the centroid"),
    "medoid": ("k-medoids on W1", "to the medoid"),
    "distance": ("least squared W1 within the clusters, no centroids", "on average to the others of the cluster"),
    "ward": ("Ward's linkage on W1", "on average to the others of the cluster"),
    "average": ("average linkage on W1", "on average to the others of the cluster"),
}


@drawings.register
def _(result: Clusters) -> tuple[Drawing, ...]:
    return (
        _embedding(result, "cluster", "Wasserstein clusters", "embedding_wasserstein"),
        _embedding(result, "euclidean", "Euclidean clusters of the same patients", "embedding_euclidean"),
        _confusion(result),
        _silhouettes(result),
        profile(result),
    )


def cluster_looks(k: int) -> dict[int, tuple[str, str, str]]:
    """Name, colour and sign of the clusters 1 to k; the same wherever clusters are drawn."""
    names = [f"cluster {label}" for label in range(1, k + 1)]
    colours, symbols = theme.colours(names), theme.symbols(names)
    return {label: (name, colours[name], symbols[name]) for label, name in enumerate(names, 1)}


def left_out(result: Clusters) -> str:
    """Who is not in the clusters, and why."""
    told = [
        (result.n_unmeasured, "have no features of this set and setting"),
        (result.n_missing, "lack a value on a node"),
        (result.n_zero_mass, "have no mass on the nodes"),
    ]
    words = [f"{count:,} {why}" for count, why in told if count]
    return f" Left out: {', '.join(words)}." if words else ""


def _embedding(result: Clusters, column: str, title: str, name: str) -> Drawing:
    """Patients as points whose distances resemble the Wasserstein ones, in two colourings."""
    found = result.wasserstein if column == "cluster" else result.euclidean
    figure = theme.figure(height=430, margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode="pan")
    looks = cluster_looks(found.k)
    made_by, to = MADE_BY[result.wasserstein.centroid]
    like = {label: label for label in looks} if column == "cluster" else _nearest(result)
    for label, (text, _, _) in looks.items():
        _, colour, symbol = looks[like[label]]
        some = result.patients[result.patients[column] == label]
        figure.add_scatter(
            x=some["x"],
            y=some["y"],
            mode="markers",
            marker={"color": theme.tint(colour, 0.8), "symbol": symbol, "size": 8},
            name=f"{text} (n = {len(some)})",
            hovertext=[
                f"{theme.literal(row.patient_id)}<br>Wasserstein {row.cluster}, Euclidean {row.euclidean}"
                f"<br>{row.distance:.3g} {result.unit} {to}, silhouette {row.silhouette:.2f}"
                for row in some.itertuples()
            ],
            hoverinfo="text",
        )
    figure.update_xaxes(title=f"first axis ({result.unit})")
    figure.update_yaxes(title=f"second axis ({result.unit})", scaleanchor="x", showgrid=False)
    how = (
        made_by + (f"; unbalanced, gamma {result.gamma:g}" if result.mass == "unbalanced" else "")
        if column == "cluster"
        else "k-means on the standardised features, in the colours of the Wasserstein clusters they are most like"
    )
    sizes = ", ".join(str(size) for size in found.sizes)
    return Drawing(
        name=name,
        title=title,
        figure=figure,
        data=result.patients,
        caption=(
            f"n = {result.n:,} of {counted(result.n_cohort, 'patient')} on {len(result.nodes)} "
            f"features.{left_out(result)} "
            f"{how[0].upper()}{how[1:]}, best of {counted(len(found.restarts), 'start')}, seed {found.seed}. The "
            "two axes "
            f"hold {100 * result.embedding.share_shown:.0f} % of the distances."
            f"{''.join(f' {note}' for note in result.notes) if column == 'cluster' else ''}"
        ),
        alt=f"Points of {result.n} patients in {found.k} {title}, of {sizes} patients, by classical scaling of W1.",
    )


def _nearest(result: Clusters) -> dict[int, int]:
    """Euclidean cluster -> the Wasserstein cluster whose look it takes, so that most patients keep theirs."""
    from scipy.optimize import linear_sum_assignment

    labels = range(1, result.wasserstein.k + 1)
    table = result.agreement.table.reindex(index=labels, columns=labels, fill_value=0)
    ours, theirs = linear_sum_assignment(table.to_numpy(), maximize=True)
    return {int(their) + 1: int(our) + 1 for our, their in zip(ours, theirs, strict=True)}


def _confusion(result: Clusters) -> Drawing:
    """Wasserstein against Euclidean clusters: patients in both."""
    table = result.agreement.table
    figure = cross_table(table, "Wasserstein", "Euclidean")
    said = agreement_words(result.agreement)
    long = table.stack().rename("patients").reset_index()
    return Drawing(
        name="wasserstein_against_euclidean",
        title="Wasserstein against Euclidean clusters",
        figure=figure,
        data=long.set_axis(["wasserstein", "euclidean", "patients"], axis=1),
        caption=(
            f"n = {counted(result.n, 'patient')} by both clusterings of the same {len(result.nodes)} features. {said}."
        ),
        alt=f"Counts of {result.n} patients by Wasserstein and Euclidean cluster. {said}.",
    )


def _silhouettes(result: Clusters) -> Drawing:
    """The silhouette of each patient, cluster by cluster."""
    rows = result.patients.sort_values(["cluster", "silhouette"], ascending=[True, False]).reset_index(drop=True)
    rows["place"] = np.arange(1, len(rows) + 1)
    figure = theme.figure(height=320, margin={"l": 8, "r": 8, "t": 8, "b": 8}, bargap=0)
    for label, (text, colour, _) in cluster_looks(result.wasserstein.k).items():
        some = rows[rows["cluster"] == label]
        figure.add_bar(
            x=some["place"],
            y=some["silhouette"],
            marker={"color": colour, "line": {"width": 0}},
            name=f"{text} (mean {result.silhouette.per_cluster[label - 1]:.2f})",
            hovertext=[f"{theme.literal(row.patient_id)}: {row.silhouette:.2f}" for row in some.itertuples()],
            hoverinfo="text",
        )
    figure.add_hline(y=result.silhouette.mean, line={"color": theme.NEUTRAL, "dash": "dash", "width": 1.5})
    figure.update_xaxes(title="patients, cluster by cluster", tickformat="d")
    figure.update_yaxes(
        title="silhouette", range=[min(-0.2, rows["silhouette"].min()), max(0.6, rows["silhouette"].max())]
    )
    astray = int((rows["silhouette"] < 0).sum())
    return Drawing(
        name="silhouettes",
        title="How well each patient fits its cluster",
        figure=figure,
        data=rows[["place", "patient_id", "cluster", "silhouette"]],
        caption=(
            f"n = {counted(result.n, 'patient')}, k = {result.wasserstein.k}. Mean silhouette "
            f"{result.silhouette.mean:.2f} "
            f"(dashed), Euclidean clusters on the same distances {result.euclidean_silhouette.mean:.2f}. {astray} "
            "patients "
            "below 0 are nearer to another cluster."
        ),
        alt=(
            f"Bars of the silhouette of {result.n} patients by cluster; mean {result.silhouette.mean:.2f}, "
            f"{astray} below 0."
        ),
    )
