"""Early and late fusion: how well each ranks patients left out, and the difference from the clinical block."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.fusion import FusedModels
from core.analyses.ladder_words import signed, within
from core.plots import drawings
from core.plots.dots import Dot, DotRow, dots_figure
from core.plots.drawing import Drawing
from core.survival.out_of_bag import Estimate
from core.vocabulary import counted


@drawings.register
def _(result: FusedModels) -> tuple[Drawing, ...]:
    found = result.fusion
    counts = f"n = {result.n:,} of {result.n_cohort:,}, {counted(result.n_events, 'event')}"
    rows, table = [], []
    for model in found.models:
        of = counted(model.n_columns, "column")
        if model.harrell.value is None:
            rows.append(DotRow((f"{model.name} ({of})", "too few samples with a fit"), ()))
            continue
        rows.append(_row(f"{model.name} ({of})", within(model.harrell), model))
        table += [(model.name, "", name, *_ends(each)) for name, each in _measures(model).items()]
    gains = []
    for each in found.differences:
        if each.harrell.value is not None:
            gains.append(_row(f"{each.name} less {each.below}", signed(each.harrell), each))
            table += [(each.name, each.below, name, *_ends(value)) for name, value in _measures(each).items()]
    data = pd.DataFrame(table, columns=["model", "below", "measure", "value", "lower", "upper"])
    samples = f"mean and 95 % interval over {counted(found.samples, 'bootstrap sample')}"
    shown = [
        Drawing(
            name="fusion_c",
            title="Early and late fusion in patients left out",
            figure=dots_figure(rows, "c-index in patients left out", 0.5),
            data=data[data["below"] == ""].drop(columns="below"),
            caption=f"{counts}. Ridge-penalised Cox models, every choice within the sample; {samples}.",
            alt="c-index of each model. " + "; ".join(": ".join(row.words) for row in rows) + ".",
        )
    ]
    if gains:
        shown.append(
            Drawing(
                name="fusion_gain",
                title="Differences between the fused models",
                figure=dots_figure(gains, "Difference in c-index", 0.0, "+.3f"),
                data=data[data["below"] != ""],
                caption=f"{counts}. Differences within each bootstrap sample: {samples}.",
                alt="Differences in c-index. " + "; ".join(": ".join(row.words) for row in gains) + ".",
            )
        )
    return tuple(shown)


def _measures(model) -> dict[str, Estimate]:
    return {"Harrell's c": model.harrell, "Uno's c": model.uno}


def _ends(estimate: Estimate) -> tuple[float, float, float]:
    return tuple(np.nan if each is None else each for each in (estimate.value, estimate.lower, estimate.upper))


def _row(head: str, words: str, model) -> DotRow:
    return DotRow((head, words), tuple(Dot(name, *_ends(each)) for name, each in _measures(model).items()))
