"""A model of several covariates as the tables of a report, and as the rows of its forest."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.cox_modelled import Modelled
from core.survival.covariates import CATEGORY, INTERACTION, NUMBER, SPLINE, TIMES
from core.survival.cox_result import CoxModel, CoxTerm
from core.survival.ridge import RidgeModel
from core.survival.words import p_number

#: Columns of `ratio_rows`: what a row is of, whom it counts, and its numbers, also for the covariate alone.
ROWS = ["term", "level", "kind", "n", "n_events", "ratio", "lower", "upper", "p"]
ALONE = ["ratio_alone", "lower_alone", "upper_alone", "p_alone"]
REFERENCE, ESTIMATE = "reference", "estimate"


def ratio_rows(result: Modelled) -> pd.DataFrame:
    """A row per hazard ratio in the order of the model: numbers per standard deviation, a spline's third quartile
    against its first, levels with their reference, parts of an interaction at the values of the other part.
    """
    model = result.cox or result.ridge
    inside = {part for term in model.terms if term.kind == INTERACTION for part in term.parts}
    rows = []
    for term in model.terms:
        if result.ridge is not None:
            rows += _shrunken(result, result.ridge, term)
        elif term.kind == INTERACTION:
            rows += _effects(result, result.cox, term)
        elif term.term not in inside:
            rows += _main(result, result.cox, term)
    return pd.DataFrame(rows, columns=[*ROWS, *ALONE])


def _main(result: Modelled, model: CoxModel, term: CoxTerm):
    alone = next((each for each in model.alone if each.term == term.term), None)
    if term.kind == SPLINE:
        (curve,) = (each for each in model.curves if each.term == term.term)
        each, beside = curve.quartiles, alone.quartiles if alone else None
        unit = _unit(result, term.term)
        level = f"third quartile ({each.high:.3g}{unit}) against the first ({each.low:.3g}{unit}), spline"
        # Its p is of the whole curve, which this one ratio is not.
        numbers = (each.ratio, each.lower, each.upper, np.nan)
        more = (beside.ratio, beside.lower, beside.upper, np.nan) if beside else (np.nan,) * 4
        yield (term.term, level, ESTIMATE, model.n, model.n_events, *numbers, *more)
        return
    if term.kind == CATEGORY:
        one = (1.0, 1.0, 1.0, np.nan)
        counts = (term.n_reference, term.n_events_reference)
        yield (term.term, term.reference, REFERENCE, *counts, *one, *(one if alone else (np.nan,) * 4))
    for row in model.rows:
        if row.term == term.term:
            beside = next((each for each in alone.rows if each.level == row.level), None) if alone else None
            level = row.level or f"per standard deviation ({row.sd:.3g}{_unit(result, term.term)})"
            yield (row.term, level, ESTIMATE, row.n, row.n_events, *_numbers(row), *_numbers(beside))


def _numbers(row) -> tuple[float, float, float, float]:
    if row is None:
        return (np.nan,) * 4
    if row.ratio_per_sd is None:
        return row.ratio, row.lower, row.upper, row.p
    return row.ratio_per_sd, row.lower_per_sd, row.upper_per_sd, row.p


def _effects(result: Modelled, model: CoxModel, term: CoxTerm):
    for each in model.effects:
        if each.interaction == term.term:
            what = each.level or f"per standard deviation ({each.sd:.3g}{_unit(result, each.of)})"
            level = f"{each.of}, {what}, where {each.where} is {each.at}"
            ratio = (each.ratio, each.lower, each.upper)
            yield (term.term, level, ESTIMATE, each.n, each.n_events, *ratio, *(np.nan,) * 5)


def _shrunken(result: Modelled, model: RidgeModel, term):
    nothing = (np.nan,) * 7
    if term.kind == CATEGORY:
        yield (term.term, term.reference, REFERENCE, term.n_reference, term.n_events_reference, 1.0, *nothing)
    for row in model.rows:
        if row.term == term.term:
            sd = "" if row.sd is None else f"per standard deviation ({row.sd:.3g}{_unit(result, term.term)})"
            level = row.level or sd or "per unit of the product"
            yield (row.term, level, ESTIMATE, row.n, row.n_events, row.ratio, *nothing)


def _unit(result: Modelled, name: str) -> str:
    unit = result.units.get(name, "")
    return f" {unit}" if unit else ""


def ratios_table(result: Modelled) -> pd.DataFrame:
    """The hazard ratios as a report lists them: adjusted, and of each covariate alone where that was asked for."""
    rows = ratio_rows(result)
    table = pd.DataFrame(
        {
            "Covariate": rows["term"],
            "Level": [f"{row.level} (reference)" if row.kind == REFERENCE else row.level for row in rows.itertuples()],
            "n": rows["n"].astype(int),
            "Events": rows["n_events"].astype(int),
        }
    )
    if result.ridge is not None:
        return table.assign(**{"HR, shrunken": [_three(ratio) for ratio in rows["ratio"]]})
    table["HR (95 % CI)"] = _intervals(rows, "")
    table["p"] = [p_number(p) for p in rows["p"]]
    if rows["ratio_alone"].notna().any():
        table["HR alone (95 % CI)"] = _intervals(rows, "_alone")
        table["p alone"] = [p_number(p) for p in rows["p_alone"]]
    return table


def _intervals(rows: pd.DataFrame, tail: str) -> list[str]:
    """`1.84 (1.20 to 2.81)`, 1 for a reference."""
    columns = zip(rows["kind"], rows[f"ratio{tail}"], rows[f"lower{tail}"], rows[f"upper{tail}"], strict=True)
    return [
        "" if ratio != ratio else "1" if kind == REFERENCE else f"{_three(ratio)} ({_three(lower)} to {_three(upper)})"
        for kind, ratio, lower, upper in columns
    ]


def _three(value: float) -> str:
    return f"{value:.2f}" if 0.1 <= value < 100 else f"{value:.2g}"


def terms_table(result: Modelled) -> pd.DataFrame:
    """A row per covariate and interaction: its test, its test of proportional hazards, and who lacks it."""
    model, rows = result.cox or result.ridge, []
    kinds = {NUMBER: "number", CATEGORY: "category", SPLINE: "spline", INTERACTION: "interaction"}
    bends = {each.term: each for each in result.cox.curves} if result.cox else {}
    for term in model.terms:
        row = {"Term": term.term.replace(TIMES, " × "), "Kind": kinds[term.kind], "Reference": term.reference or ""}
        if result.cox is not None:
            row |= {
                "df": term.dof,
                "LR chi-square": "" if term.lr_p is None else f"{term.lr_statistic:.2f}",
                "p": p_number(term.lr_p),
            }
            if bends:
                bend = bends.get(term.term)
                row["p of the bend"] = "" if bend is None else p_number(bend.nonlinear_p)
            row["PH test p"] = p_number(term.ph_p)
        rows.append(row | {"Missing or rare": term.n_missing})
    return pd.DataFrame(rows)


def coefficients_table(result: Modelled) -> pd.DataFrame:
    """Every coefficient as it was fitted, for whoever wants to compute with the model."""
    if result.ridge is not None:
        return pd.DataFrame([vars(row) for row in result.ridge.rows])
    return pd.DataFrame([vars(row) for row in result.cox.rows])
