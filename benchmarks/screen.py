"""A Cox model for each of thousands of features, against a loop of lifelines."""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import pandas as pd

from benchmarks.claim import Row, faster, in_turns, seconds, within
from core.survival.outcome import Outcome
from core.survival.screen import survival_screen

#: How many of the features lifelines is asked for; its whole loop is extrapolated.
ASKED, ROUNDS = 20, 3
N, FEATURES = 500, 2000
#: lifelines stops earlier by default, which is what is timed; its numbers are compared where it goes on.
TO_THE_END = {"precision": 1e-13, "r_precision": 1e-15}


@cache
def patients() -> tuple[Outcome, pd.DataFrame, pd.DataFrame]:
    """Simulated: follow-up in whole months, hence ties, 60 % events; every tenth feature matters a little."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(N, FEATURES))
    risk = values[:, ::10] @ rng.normal(0, 0.05, FEATURES // 10)
    follow_up = Outcome.of(np.ceil(rng.exponential(24 * np.exp(-risk))), rng.random(N) < 0.6, "months")
    others = {"age": rng.normal(60, 9, N), "volume": rng.exponential(20, N)}
    others |= {f"centre_{i}": (np.arange(N) % 6 == i).astype(float) for i in range(1, 6)}
    return follow_up, pd.DataFrame(values).add_prefix("f"), pd.DataFrame(others)


def by_lifelines(names: list[str], adjust: pd.DataFrame | None, **options) -> pd.DataFrame:
    """Coefficient and standard error per standard deviation of these features, one fit after the other."""
    from lifelines import CoxPHFitter

    follow_up, features, _ = patients()
    rows = []
    for name in names:
        frame = pd.DataFrame({"x": features[name] / features[name].std()})
        frame["time"], frame["event"] = follow_up.time, follow_up.event.astype(int)
        with warnings.catch_warnings(), np.errstate():
            warnings.simplefilter("ignore")
            model = CoxPHFitter().fit(frame if adjust is None else frame.join(adjust), "time", "event", **options)
        rows.append((model.params_["x"], model.standard_errors_["x"]))
    return pd.DataFrame(rows, index=names, columns=["coefficient", "standard_error"])


def against_lifelines(claim: str, adjusted: bool = False) -> Row:
    """The screen, all of it, against the loop over a sample of its features."""
    follow_up, features, others = patients()
    adjust = others if adjusted else None
    asked = list(features.columns[:: FEATURES // ASKED])
    found: list[pd.DataFrame] = []
    by_lifelines(asked[:1], adjust)  # the first run pays for importing
    few, ours = in_turns(
        lambda: by_lifelines(asked, adjust),
        lambda: found.append(survival_screen(follow_up, features, adjust=adjust).table),
        ROUNDS,
    )
    tight = by_lifelines(asked, adjust, fit_options=TO_THE_END)
    mine = found[-1].set_index("feature").loc[asked, tight.columns]
    apart = (mine / tight - 1).abs().max()
    note = (
        f"n = {N}, {FEATURES} features, {follow_up.n_events} events with ties"
        f"{', 7 covariates' if adjusted else ''}; lifelines: {few:.3g} s for {ASKED} of them, times "
        f"{FEATURES // ASKED}; coefficients apart by {apart['coefficient']:.1g}, standard errors by "
        f"{apart['standard_error']:.1g}, relative"
    )
    row = faster(claim, few * FEATURES / ASKED, ours, 50, note)
    return row if apart.max() < 1e-6 else Row(row.claim, row.baseline, row.candidate, row.ratio, row.goal, False, note)


def missing(claim: str) -> Row:
    """Every feature lacks other patients: nothing but the checks is shared."""
    follow_up, features, others = patients()
    holes = np.random.default_rng(1).random(features.shape) < 0.02
    holed = features.mask(holes)
    taken = seconds(lambda: survival_screen(follow_up, holed, adjust=others))
    return within(claim, taken, 30, "s", f"n = {N}, {FEATURES} features with 2 % missing each, 7 covariates")


CLAIMS = {
    "2,000 univariable Cox models against a loop of lifelines": against_lifelines,
    "2,000 Cox models adjusted for 7 covariates against the same loop": lambda claim: against_lifelines(claim, True),
    "2,000 adjusted Cox models, each feature lacking other patients": missing,
}
