"""An outcome against the dose: curves given and fitted with what was observed, and how true the given ones are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.dose_response_result import Against, Calibration, DoseResponse
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.words import wrapped
from core.radiogenomics.ntcp import FALL

#: Groups of a calibration are told apart by colour and sign.
SIGNS = ("circle", "diamond")


@drawings.register
def _(result: DoseResponse) -> tuple[Drawing, ...]:
    found = [_against(result, result.given, "given")]
    if result.fitted is not None:
        found.append(_against(result, result.fitted, "fitted"))
    if any(len(each.groups) for each in result.calibration):
        found.append(_calibration(result))
    if result.lkb is not None and len(result.lkb.profile_n) > 1:
        found.append(_profile(result))
    return tuple(found)


def _against(result: DoseResponse, shown: Against, how: str) -> Drawing:
    figure = theme.figure(height=400, margin={"l": 56, "r": 12, "t": 8, "b": 48}, hovermode="closest")
    colours, dashes = theme.PALETTE, theme.DASHES
    for place, curve in enumerate(shown.curves):
        figure.add_scatter(
            x=curve.dose_gy,
            y=100 * curve.probability,
            mode="lines",
            name=wrapped(f"{curve.name}: {curve.parameters}", 44),
            line={"color": colours[place + 1], "width": 2.5, "dash": dashes[place]},
            hovertemplate="%{x:.1f} Gy: %{y:.0f} %<extra></extra>",
        )
    bins = shown.bins
    share = 100 * bins["share"]
    figure.add_scatter(
        x=bins["mean_gy"],
        y=share,
        mode="markers",
        name="observed, patients in bins of dose",
        marker={"color": colours[0], "size": 9},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": 100 * bins["upper"] - share,
            "arrayminus": share - 100 * bins["lower"],
            "thickness": 1.2,
            "width": 3,
        },
        hovertext=[
            f"{row.from_gy:.1f} to {row.to_gy:.1f} Gy: {row.n_events} of {row.n}"
            f" ({100 * row.lower:.0f} to {100 * row.upper:.0f} %)"
            for row in bins.itertuples()
        ],
        hoverinfo="text",
    )
    _rug(figure, shown)
    figure.update_xaxes(title_text=shown.axis, rangemode="tozero")
    figure.update_yaxes(title_text=wrapped(f"{result.event} (%)", 40), range=[-6, 106], tickvals=[0, 25, 50, 75, 100])
    made = "parameters as given, not fitted to these patients" if how == "given" else "fitted to these same patients"
    observed = "; ".join(f"{row.mean_gy:.0f} Gy {row.n_events} of {row.n}" for row in bins.itertuples())
    return Drawing(
        name=f"{result.what}_{how}",
        title=f"{'Given' if how == 'given' else 'Fitted'} curve: {result.event} by dose to {result.structure}",
        figure=figure,
        data=_drawn(shown),
        caption=(
            f"n = {result.n:,}, {result.n_events:,} with the event; {result.doses}; {made}. Points: "
            f"{len(bins)} bins of equal numbers of patients with 95 % Wilson intervals; strokes: single patients."
        ),
        alt=f"{result.event} against {shown.axis}: {'; '.join(f'{c.name}, {c.parameters}' for c in shown.curves)}. "
        f"Observed: {observed}.",
    )


def _rug(figure, shown: Against) -> None:
    """A stroke per patient, above for the event and below for none."""
    for happened, height in ((True, 103.0), (False, -3.0)):
        some = shown.patients.loc[shown.patients["event"] == happened, "dose_gy"]
        figure.add_scatter(
            x=some,
            y=np.full(len(some), height),
            mode="markers",
            marker={"symbol": "line-ns-open", "size": 7, "color": theme.NEUTRAL, "line": {"width": 1}},
            opacity=0.6,
            hoverinfo="skip",
            showlegend=False,
        )


def _drawn(shown: Against) -> pd.DataFrame:
    curves = [
        pd.DataFrame({"what": curve.name, "dose_gy": curve.dose_gy, "probability": curve.probability})
        for curve in shown.curves
    ]
    bins = shown.bins.rename(columns={"mean_gy": "dose_gy", "share": "probability"}).assign(what="observed")
    patients = shown.patients.assign(what="patient", probability=shown.patients["event"].astype(float))
    return pd.concat([*curves, bins, patients.drop(columns="event")], ignore_index=True)


def _calibration(result: DoseResponse) -> Drawing:
    figure = theme.figure(height=400, margin={"l": 56, "r": 12, "t": 8, "b": 48}, hovermode="closest")
    figure.add_shape(type="line", x0=0, y0=0, x1=100, y1=100, line={"color": theme.NEUTRAL, "dash": "dot", "width": 1})
    parts = []
    for place, each in enumerate(result.calibration):
        groups = each.groups
        if not len(groups):
            continue
        _groups(figure, each, theme.PALETTE[place + 1], SIGNS[place])
        parts.append(groups.assign(curve=each.name))
    figure.update_xaxes(title_text="Given probability (%)", range=[-2, 102])
    figure.update_yaxes(title_text=wrapped(f"{result.event}, observed (%)", 40), range=[-2, 102])
    data = pd.concat(parts, ignore_index=True)
    told = "; ".join(
        f"{100 * row.expected:.0f} % expected, {100 * row.observed:.0f} % seen" for row in data.itertuples()
    )
    return Drawing(
        name=f"{result.what}_calibration",
        title=f"Are the given probabilities as large as they should be? {result.event}",
        figure=figure,
        data=data,
        caption=(
            f"n = {result.n:,}, {result.n_events:,} with the event. Groups of equal numbers of patients by the given "
            "probability, 95 % Wilson intervals; dotted: expected and observed alike. Nothing was fitted."
        ),
        alt=f"Calibration of given curves: {told}.",
    )


def _groups(figure, each: Calibration, colour: str, sign: str) -> None:
    observed = 100 * each.groups["observed"]
    figure.add_scatter(
        x=100 * each.groups["expected"],
        y=observed,
        mode="markers+lines",
        name=wrapped(each.name, 44),
        marker={"color": colour, "size": 9, "symbol": sign},
        line={"color": colour, "width": 1},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": 100 * each.groups["upper"] - observed,
            "arrayminus": observed - 100 * each.groups["lower"],
            "thickness": 1.2,
            "width": 3,
        },
        hovertext=[f"{row.n_positive} of {row.n}" for row in each.groups.itertuples()],
        hovertemplate="expected %{x:.0f} %, observed %{y:.0f} % (%{hovertext})<extra></extra>",
    )


def _profile(result: DoseResponse) -> Drawing:
    """How well these patients tell the volume parameter: the greatest log-likelihood at each."""
    fit = result.lkb
    assert fit is not None
    drop = fit.profile_log_likelihood - fit.log_likelihood
    figure = theme.figure(height=280, margin={"l": 56, "r": 12, "t": 8, "b": 48}, showlegend=False)
    figure.add_scatter(
        x=fit.profile_n,
        y=drop,
        mode="lines",
        line={"color": theme.PALETTE[0], "width": 2},
        hovertemplate="n %{x:.2f}: %{y:.2f}<extra></extra>",
    )
    dash = {"color": theme.NEUTRAL, "dash": "dash", "width": 1}
    figure.add_shape(type="line", xref="paper", x0=0, x1=1, y0=-FALL, y1=-FALL, line=dash)
    ticks = [each for each in (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5) if fit.profile_n[0] <= each <= fit.profile_n[-1]]
    figure.update_xaxes(
        title_text="n (small: hot parts count; 1: the mean dose)",
        type="log",
        tickvals=ticks,
        ticktext=[f"{each:g}" for each in ticks],
    )
    figure.update_yaxes(title_text="Log-likelihood below the best", range=[min(-2.2 * FALL, -3.0), 0.3])
    return Drawing(
        name=f"{result.what}_volume",
        title="Which volume parameter do these patients speak for?",
        figure=figure,
        data=pd.DataFrame({"n": fit.profile_n, "log_likelihood": fit.profile_log_likelihood}),
        caption=(
            f"n = {result.n:,}, {result.n_events:,} with the event; TD50 and m refitted at each value. Above the "
            f"dashed line ({FALL:.2f} below the best) values are inside the 95 % interval."
        ),
        alt=f"Profile log-likelihood of the volume parameter, best at n = {fit.n.value:.2f}.",
    )
