"""A data-driven model in pictures: how many terms, and which were chosen how often."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.outcome_terms import OutcomeTerms
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.words import counted, wrapped
from core.radiogenomics.forward import SPEARMAN

#: Candidates shown, the most often chosen first; and pixels for each.
MOST, ROW = 20, 26
KINDS = dict(zip(("dose", "genotype", "clinical", "image"), theme.PALETTE, strict=False))


@drawings.register
def _(result: OutcomeTerms) -> tuple[Drawing, ...]:
    return (_orders(result), _shares(result))


def _orders(result: OutcomeTerms) -> Drawing:
    found = result.found
    orders = found.orders
    chosen = orders["order"] == found.order
    figure = theme.figure(height=340, margin={"l": 64, "r": 12, "t": 8, "b": 48}, hovermode="closest")
    for name, some, colour, size in (
        ("tried", orders, theme.NEUTRAL, 7),
        (f"chosen: {counted(found.order, 'term')}", orders[chosen], theme.PALETTE[1], 12),
    ):
        figure.add_scatter(
            x=some["order"],
            y=some["mean"],
            mode="markers",
            name=name,
            marker={"color": colour, "size": size},
            error_y={"type": "data", "array": some["standard_error"], "thickness": 1.2, "width": 4},
            hovertemplate="%{x} terms: %{y:.3f}<extra></extra>",
        )
    best = orders.loc[found.best]
    least = float(best["mean"] - best["standard_error"])
    line = {"color": theme.NEUTRAL, "dash": "dash", "width": 1}
    figure.add_shape(type="line", xref="paper", x0=0, x1=1, y0=least, y1=least, line=line)
    beside = " beside those kept" if found.kept else ""
    measure = "Rank correlation" if found.measure == SPEARMAN else "Log-likelihood per patient"
    figure.update_xaxes(title_text=f"Terms chosen{beside}", tickvals=list(orders["order"]))
    figure.update_yaxes(title_text=f"{measure}, not drawn")
    return Drawing(
        name="outcome_order",
        title=f"How many terms? {result.event}",
        figure=figure,
        data=orders,
        caption=(
            f"n = {result.n:,}, {counted(result.n_events, 'event')}; means over {found.resamples_used} resamples on "
            "the patients not drawn, with one standard error. Chosen is the smallest number whose mean is above the "
            "dashed line, one standard error below the best."
        ),
        alt=f"{measure} by number of terms: "
        + "; ".join(f"{row.order}: {row.mean:.3f}" for row in orders.itertuples(name="Row"))
        + f". Chosen: {found.order}.",
    )


def _shares(result: OutcomeTerms) -> Drawing:
    found = result.found
    order = max(found.order, 1)
    shares = found.selected[found.selected["order"] == order].sort_values("share", ascending=False, kind="stable")
    kinds = result.candidates.set_index("name")["kind"]
    shares = shares.assign(kind=shares["candidate"].map(kinds).fillna(""))
    shown = shares.head(MOST).iloc[::-1]
    labels = [wrapped(name, 26) for name in shown["candidate"]]
    figure = theme.figure(height=100 + ROW * max(len(shown), 5), margin={"l": 8, "r": 12, "t": 8, "b": 44})
    figure.update_layout(barmode="overlay")
    for kind, colour in KINDS.items():
        here = (shown["kind"] == kind).to_numpy()
        if here.any():
            figure.add_bar(
                x=100 * shown["share"][here],
                y=np.flatnonzero(here),
                orientation="h",
                name=kind,
                marker={"color": colour},
                hovertemplate="%{x:.0f} % of samples<extra></extra>",
            )
    figure.update_xaxes(title_text="% of samples", range=[0, 102])
    figure.update_yaxes(tickvals=list(range(len(shown))), ticktext=labels, automargin=True)
    told = "; ".join(f"{row.candidate} {row.share:.0%}" for row in shares.head(5).itertuples())
    kept = f" Not shown, being in every model: {', '.join(found.kept)}." if found.kept else ""
    more = f" The {MOST} most frequent of {len(shares)} candidates." if len(shares) > MOST else ""
    return Drawing(
        name="outcome_selection",
        title="How often was each candidate chosen?",
        figure=figure,
        data=shares[["candidate", "kind", "order", "share"]].reset_index(drop=True),
        caption=(
            f"n = {result.n:,}, {counted(result.n_events, 'event')}; share of {found.resamples_used} bootstrap samples "
            f"(seed {found.seed}) in which it was among the first {counted(order, 'term')}.{more}{kept}"
        ),
        alt=f"Selection frequency: {told}.",
    )


def terms_table(result: OutcomeTerms) -> pd.DataFrame:
    """The terms of the final model as they are read."""
    found = result.found
    coding = result.candidates.set_index("name")["coding"]
    return pd.DataFrame(
        {
            "Term": [term.name for term in found.terms],
            "Unit or coding": [coding.get(term.name, "") for term in found.terms],
            "Log odds per unit": [term.coefficient for term in found.terms],
            "Odds ratio per SD": [term.odds_ratio_per_sd for term in found.terms],
            "SD": [term.sd for term in found.terms],
            "Chosen in": ["every model" if term.kept else f"{term.share:.0%} of samples" for term in found.terms],
        }
    )


def outside_table(result: OutcomeTerms) -> pd.DataFrame:
    """How well patients left out were predicted: by nothing, by the terms kept in every model, by the whole search."""
    found = result.found
    rows = []
    held = found.held_out
    if held is not None:
        rows.append(("share of events alone", 0.5, held.brier_null, held.log_likelihood_null, None))
    if found.held_out_kept is not None:
        each = found.held_out_kept
        rows.append((", ".join(found.kept), each.auc, each.brier, each.log_likelihood, each.calibration_slope))
    if held is not None:
        name = "these and what was chosen" if found.kept else "what was chosen"
        rows.append((name, held.auc, held.brier, held.log_likelihood, held.calibration_slope))
    columns = ["Model", "AUC", "Brier score", "Log-likelihood per patient", "Calibration slope"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[1:], float))
