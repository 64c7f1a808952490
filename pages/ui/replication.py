"""The sections of the Replication page."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.analyses.replication_result import Replication
from core.analyses.replication_tables import ASSIGNED, DISCOVERY, RECLUSTERED, UNTESTED
from core.plots.words import counted
from core.stats.associations import USED
from pages.ui.frame import Page
from pages.ui.pictures import beside, pictures
from pages.ui.text import plain_text

SIDES = {DISCOVERY: "Discovery", ASSIGNED: "Assigned", RECLUSTERED: "Reclustered"}
SMALL = st.column_config.NumberColumn(format="%.2g")


def choices(page: Page) -> bool:
    """Whom the clusters are tried on; False, after saying why, when no study can feed it."""
    analysis = page.analysis("replication")
    if analysis is None:
        return False
    context = page.context
    st.markdown(
        "Frozen: the network, its features, their ranges and the centroids of the cohort above (discovery). "
        "Then tried on:"
    )
    with st.container(horizontal=True, key="replication.choices"):
        page.controls("replication", "on", "patients", "where")
    with st.container(horizontal=True, key="replication.how"):
        page.controls("replication", "features")
        if len(context.catalogue_of(analysis.on).feature_sets[analysis.features].settings) > 1:
            page.controls("replication", "setting")
        page.controls("replication", "of", "endpoint")
    return True


def headline(page: Page, result: Replication) -> None:
    """What was frozen and what became of it, in words; then what weakens it."""
    frozen, new = result.frozen, result.new
    left = [
        f"{count:,} {why}"
        for count, why in (
            (new.n_unmeasured, "have no features of this set and setting"),
            (new.n_missing, "lack a value on a node"),
            (new.n_zero_mass, "have no mass on the nodes"),
        )
        if count
    ]
    out = f" Left out: {', '.join(left)}." if left else ""
    elsewhere = f" of {new.study_name}" if new.study != frozen.study else ""
    text = (
        f"{frozen.k} {frozen.of.capitalize()} clusters of {counted(frozen.n, 'discovery patient')} "
        f"({' + '.join(map(str, frozen.sizes))}) on {counted(len(frozen.nodes), 'feature')}, tried on "
        f"{counted(new.n, 'patient')}{elsewhere} ({new.sentence}; {new.n:,} of {new.n_cohort:,}).{out}"
    )
    st.markdown(plain_text(text))
    st.subheader("What holds")
    st.markdown("\n".join(f"* {plain_text(sentence)}" for sentence in result.words))
    if result.cautions:
        st.warning("\n".join(f"* {plain_text(caution)}" for caution in result.cautions))


def figures(page: Page, result: Replication) -> None:
    """Assigned against reclustered, and how strongly each attribute goes with the clusters."""
    drawn = pictures(page, "replication", result)
    left, right = st.columns(2, gap="large")
    with left:
        page.show(drawn["assigned_against_reclustered"])
        _per_cluster(page, result)
    with right:
        if "replication_effects" in drawn:
            page.show(drawn["replication_effects"])
        else:
            st.info("No attribute could be tested on both sides, so no effects are drawn.")


def _per_cluster(page: Page, result: Replication) -> None:
    """Each cluster's size on every side, and how well it carries over; a column per cluster, which suits a phone."""
    found, fit = result.carried, result.carried.fit
    own = found.per_cluster.set_index("cluster").reindex(range(1, found.k + 1))
    table = pd.DataFrame(
        {
            "n in discovery": result.frozen.sizes,
            "n assigned": found.sizes_assigned,
            "n reclustered": found.sizes_reclustered,
            "Prediction strength": own["strength"].to_numpy(),
            "Nearest neighbour inside": found.in_group["in_group"].to_numpy(),
            "the same by chance": found.in_group["by_chance"].to_numpy(),
        },
        index=[f"cluster {label}" for label in range(1, found.k + 1)],
    )
    counts = table.columns[:3]
    shown = pd.DataFrame(
        {
            name: [str(value) if name in counts else "-" if pd.isna(value) else f"{value:.2f}" for value in table[name]]
            for name in table
        },
        index=table.index,
    )
    page.table(
        shown.T.rename_axis("").reset_index(),
        name="replication_clusters",
        caption=(
            f"n = {fit.n_discovery:,} discovery and {fit.n:,} new patients. Mean distance to the nearest frozen "
            f"centroid ({result.frozen.unit}): {fit.mean_discovery:.3g} in discovery, {fit.mean_new:.3g} among the "
            "new. Prediction strength: pairs of an own cluster that assignment keeps together. Nearest neighbour "
            "inside: new patients whose nearest neighbour is assigned to the same cluster."
        ),
        hide_index=True,
        height="content",
        data=table.rename_axis("cluster").reset_index(),
    )


def survival(page: Page, result: Replication) -> None:
    """The curves of discovery and replication, side by side."""
    drawn = pictures(page, "replication", result)
    shown = [drawn[f"survival_{side.name}"] for side in result.sides if f"survival_{side.name}" in drawn]
    st.subheader("Survival by cluster")
    if not shown:
        st.info(plain_text(result.sides[0].no_survival))
        return
    beside(page, shown)
    for side in result.sides:
        if side.survival is None:
            st.info(f"{SIDES[side.name]}: {plain_text(side.no_survival)}")
    table = survival_table(result)
    page.table(
        table,
        name="replication_survival",
        caption="Log-rank, two-sided. HR: unadjusted Cox regression against the first cluster with patients.",
        hide_index=True,
        height="content",
    )


def survival_table(result: Replication) -> pd.DataFrame:
    """A row per side and cluster: n, events, hazard ratio with its interval and p, and the side's log-rank p."""
    rows = []
    for side in result.sides:
        if side.survival is None:
            continue
        test, hazard = side.survival.test, side.survival.hazard
        ratios = {level.group: level for level in hazard.levels} if hazard is not None else {}
        for curve in side.survival.curves.curves:
            level = ratios.get(curve.group)
            estimate = level.estimate if level is not None else None
            reference = hazard is not None and curve.group == hazard.reference
            rows.append(
                {
                    "Patients": SIDES[side.name],
                    "Cluster": curve.group,
                    "n": curve.n,
                    "Events": curve.n_events,
                    "HR (95 % CI)": "1 (reference)"
                    if reference
                    else ""
                    if estimate is None
                    else f"{estimate.ratio:.2f} ({estimate.lower:.2f} to {estimate.upper:.2f})",
                    "p": None if estimate is None or reference else estimate.p,
                    "Log-rank p": None if test is None else test.p,
                }
            )
    return pd.DataFrame(rows).astype({"p": float, "Log-rank p": float})


def attributes(page: Page, result: Replication) -> None:
    """Every attribute on the three sides."""
    st.subheader("Every attribute, side by side")
    shown = together(result)
    n_tests = ", ".join(f"{side.table.n_tests} {side.name}" for side in result.sides)
    page.table(
        shown,
        name="replication_attributes",
        caption=(
            f"p-values: {n_tests}; q: Benjamini-Hochberg within each. Same direction: 1 the same pattern over the "
            "clusters as in discovery, -1 the opposite. Holds: q < 0.05 in discovery and among the assigned, in the "
            "same direction."
        ),
        data=result.table,
        hide_index=True,
        column_config={
            name: SMALL for name in shown.columns if name.endswith((" p", " q", " effect")) or name == "Same direction"
        }
        | {"Attribute": st.column_config.TextColumn(pinned=True)},
    )


def together(result: Replication) -> pd.DataFrame:
    """The table as a reader sees it: those that differ in discovery first, those without a test last."""
    table = result.table
    shown = pd.DataFrame({"Attribute": table["label"], "Verdict": table["verdict"]})
    for side, name in SIDES.items():
        for column in ("n", "p", "q", "effect"):
            shown[f"{name} {column}"] = table[f"{column}_{side}"]
    shown["Same direction"] = table["same_direction_assigned"].where(table["verdict"] != UNTESTED)
    shown["Effect is"] = table["effect_name"]
    shown["Note"] = table["note"].replace(USED, "used to build the clusters")
    order = pd.DataFrame({"untested": table["verdict"] == UNTESTED, "p": table["p_discovery"]})
    return shown.loc[order.sort_values(["untested", "p"], kind="stable").index].reset_index(drop=True)


def members(page: Page, result: Replication) -> None:
    """Who of the new patients is in which cluster."""
    with st.expander("Who is in which cluster"):
        shown = result.patients.set_axis(["Patient", "Assigned", "Reclustered", "Distance to the centroid"], axis=1)
        page.table(
            shown,
            name="replication_members",
            caption=f"n = {result.new.n:,} new patients.",
            hide_index=True,
            data=result.patients,
        )
