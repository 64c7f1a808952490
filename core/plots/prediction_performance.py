"""ROC, precision-recall, calibration and decision curves of probabilities, for any result that has a performance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.prediction_result import Performance
from core.analyses.prediction_words import auc_text
from core.plots import theme
from core.plots.drawing import Drawing

HEIGHT = 380
MARGIN = {"l": 56, "r": 12, "t": 8, "b": 48}
GUIDE = {"color": theme.NEUTRAL, "width": 1, "dash": "dot"}
BLUE, RED = theme.PALETTE[0], theme.PALETTE[1]


def roc(found: Performance, label: str, who: str, name: str = "prediction") -> Drawing:
    """Sensitivity against the false positive rate."""
    table = found.roc.table
    figure = theme.figure(height=HEIGHT, margin=MARGIN, showlegend=False)
    figure.add_scatter(
        x=1 - table["specificity"],
        y=table["sensitivity"],
        mode="lines",
        line={"color": BLUE, "shape": "hv", "width": 2.5},
        customdata=table["threshold"],
        hovertemplate="from a probability of %{customdata:.2f} on<br>sensitivity %{y:.2f}, 1 − specificity %{x:.2f}"
        "<extra></extra>",
    )
    figure.add_shape(type="line", x0=0, y0=0, x1=1, y1=1, line=GUIDE)
    figure.add_annotation(
        text=auc_text(found.auc).replace(" (", "<br>(") if found.auc.lower is not None else f"AUC {found.auc.auc:.2f}",
        **{"x": 0.98, "y": 0.04, "xanchor": "right", "yanchor": "bottom", "align": "right", "showarrow": False},
    )
    figure.update_xaxes(title_text="1 − specificity", range=[-0.01, 1.01], dtick=0.25)
    figure.update_yaxes(title_text="Sensitivity", range=[-0.01, 1.02], dtick=0.25)
    return Drawing(
        name=f"{name}_roc",
        title=f"ROC curve: {label}",
        figure=figure,
        data=table,
        caption=f"{who}. {auc_text(found.auc)}{', DeLong on the logit scale' if found.auc.lower else ''}. "
        "Dotted: chance.",
        alt=f"ROC curve of {label}. {auc_text(found.auc)}.",
    )


def recall(found: Performance, label: str, who: str, name: str = "prediction") -> Drawing:
    """Precision against recall."""
    curve = found.recall
    figure = theme.figure(height=HEIGHT, margin=MARGIN, showlegend=False)
    figure.add_scatter(
        x=curve.table["recall"],
        y=curve.table["precision"],
        mode="lines",
        line={"color": BLUE, "shape": "hv", "width": 2.5},
        customdata=curve.table["threshold"],
        hovertemplate="from a probability of %{customdata:.2f} on<br>precision %{y:.2f}, recall %{x:.2f}"
        "<extra></extra>",
    )
    figure.add_shape(type="line", x0=0, x1=1, y0=curve.prevalence, y1=curve.prevalence, line=GUIDE)
    figure.update_xaxes(title_text="Recall (sensitivity)", range=[-0.01, 1.01], dtick=0.25)
    figure.update_yaxes(title_text="Precision (PPV)", range=[-0.01, 1.02], dtick=0.25)
    said = f"Average precision {curve.average_precision:.2f}"
    if curve.lower is not None:
        said += f" (95 % CI {curve.lower:.2f} to {curve.upper:.2f}, {curve.resamples:,} resamples)"
    return Drawing(
        name=f"{name}_recall",
        title=f"Precision and recall: {label}",
        figure=figure,
        data=curve.table,
        caption=f"{who}. {said}; dotted: the share of positives, {curve.prevalence:.2f}, which chance would give.",
        alt=f"Precision-recall curve of {label}. {said}; share of positives {curve.prevalence:.2f}.",
    )


def calibration(found: Performance, label: str, who: str, name: str = "prediction") -> Drawing:
    """What happened against what was said: groups with intervals, and a smooth."""
    figure = theme.figure(height=HEIGHT, margin=MARGIN)
    figure.add_shape(type="line", x0=0, y0=0, x1=1, y1=1, line=GUIDE)
    parts = []
    if found.smooth is not None:
        _smooth(figure, found.smooth.table)
        parts.append(found.smooth.table.assign(what="smooth"))
    if found.groups is not None:
        _groups(figure, found.groups.table)
        parts.append(found.groups.table.assign(what="group"))
    figure.update_xaxes(title_text="Predicted probability", range=[-0.02, 1.02], dtick=0.25)
    figure.update_yaxes(title_text="Share of positives", range=[-0.02, 1.04], dtick=0.25)
    said = [f"{who}. On the dotted line probabilities are as large as they should be"]
    if found.line is not None:
        line = found.line
        said.append(
            f"slope {line.slope.value:.2f} ({line.slope.lower:.2f} to {line.slope.upper:.2f}), intercept with slope 1 "
            f"{line.in_the_large.value:.2f} ({line.in_the_large.lower:.2f} to {line.in_the_large.upper:.2f})".replace(
                "-", "−"
            )
        )
    said.append(f"Brier score {found.brier.score:.3f} (share of positives alone: {found.brier.reference:.3f})")
    told = "; ".join(
        f"{row.n} patients: predicted {row.expected:.2f}, observed {row.observed:.2f}"
        for row in (found.groups.table.itertuples() if found.groups is not None else ())
    )
    missing = [reason for part, reason in found.states.items() if part in ("groups", "smooth", "line")]
    return Drawing(
        name=f"{name}_calibration",
        title=f"Calibration: {label}",
        figure=figure,
        data=pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"what": []}),
        caption="; ".join(said) + "." + "".join(f" {reason}" for reason in missing),
        alt=f"Calibration of {label}. {told or 'No groups could be made'}.",
    )


def _smooth(figure, table: pd.DataFrame) -> None:
    figure.add_scatter(
        x=np.concatenate([table["probability"], table["probability"][::-1]]),
        y=np.concatenate([table["upper"], table["lower"][::-1]]),
        fill="toself",
        fillcolor=theme.tint(BLUE, 0.15),
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_scatter(
        x=table["probability"],
        y=table["smooth"],
        mode="lines",
        line={"color": BLUE, "width": 2},
        name="smooth, bootstrap band",
        hovertemplate="predicted %{x:.2f}: %{y:.2f}<extra></extra>",
    )


def _groups(figure, table: pd.DataFrame) -> None:
    figure.add_scatter(
        x=table["expected"],
        y=table["observed"],
        mode="markers",
        name="groups of patients, Wilson intervals",
        marker={"color": RED, "size": 8},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": table["upper"] - table["observed"],
            "arrayminus": table["observed"] - table["lower"],
            "thickness": 1.2,
            "width": 3,
        },
        customdata=table[["n", "n_positive"]].to_numpy(),
        hovertemplate="predicted %{x:.2f}<br>%{customdata[1]} of %{customdata[0]} positive<extra></extra>",
    )


def decision(found: Performance, label: str, who: str, name: str = "prediction") -> Drawing:
    """Net benefit of acting on the probabilities, beside acting on everybody and nobody."""
    table = found.decision.table
    figure = theme.figure(height=HEIGHT, margin=MARGIN)
    known = table["lower"].notna()
    band = table[known]
    figure.add_scatter(
        x=np.concatenate([band["threshold"], band["threshold"][::-1]]),
        y=np.concatenate([band["upper"], band["lower"][::-1]]),
        fill="toself",
        fillcolor=theme.tint(BLUE, 0.15),
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )
    for column, words, colour, dash in (
        ("net_benefit", "the model", BLUE, "solid"),
        ("treat_all", "everybody", RED, "dash"),
        ("treat_none", "nobody", theme.NEUTRAL, "dot"),
    ):
        figure.add_scatter(
            x=table["threshold"],
            y=table[column],
            mode="lines",
            name=words,
            line={"color": colour, "dash": dash, "width": 2},
            hovertemplate=f"threshold %{{x:.2f}}: {words} %{{y:.3f}}<extra></extra>",
        )
    top = float(table["treat_all"].max())
    figure.update_xaxes(title_text="Threshold probability", range=[0, 1])
    figure.update_yaxes(title_text="Net benefit", range=[-0.25 * top, 1.15 * top])
    return Drawing(
        name=f"{name}_decision",
        title=f"Would acting on it do good? {label}",
        figure=figure,
        data=table,
        caption=(
            f"{who}. Net benefit: true positives per patient, less the false ones at the odds of the threshold; bands: "
            "95 % of resamples, each threshold by itself. Being above both lines somewhere is no test."
        ),
        alt=(
            f"Decision curve of {label}: net benefit of the model, of acting on everybody and on nobody. "
            + "; ".join(
                f"at {row.threshold:.2f} {row.net_benefit:.3f} against {max(row.treat_all, 0):.3f}"
                for row in table[np.isclose(table["threshold"] % 0.2, 0.1)].itertuples()
            )
        ),
    )
