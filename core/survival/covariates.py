"""From a table of covariates to the columns of a model: numbers or their splines, categories as dummies, products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import Problem, Refused
from core.survival.splines import DEFAULT_KNOTS, QUANTILES, basis, knots_of

NUMBER, CATEGORY, SPLINE, INTERACTION = "number", "category", "spline", "interaction"
#: Between the parts of an interaction, and between their levels.
TIMES = " x "


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a model: `values` (n,) float; carriers (n,) bool, the patients whom `level` means ("" all)."""

    level: str
    values: np.ndarray
    carriers: np.ndarray


@dataclass(frozen=True, eq=False)
class Term:
    """One covariate or interaction: the covariates it is made of, and its columns; `knots` (k,) of a spline."""

    name: str
    kind: str
    parts: tuple[str, ...]
    reference: str | None
    at_reference: np.ndarray | None
    columns: tuple[Column, ...]
    knots: np.ndarray | None = None


def complete(covariates: pd.DataFrame) -> pd.DataFrame:
    """Which values are known, (n, covariates) bool; an infinite number is not."""
    known = covariates.notna()
    for name in covariates.columns:
        if is_number(covariates[name]):
            known[name] &= np.isfinite(_numbers(covariates[name]))
    return known


def terms_of(
    covariates: pd.DataFrame,
    interactions: Sequence[tuple[str, str]],
    references: Mapping[str, str],
    splines: Sequence[str] = (),
    knots: int = DEFAULT_KNOTS,
) -> tuple[Term, ...]:
    """The terms of complete covariates, interactions last.

    Raises `Refused` for references that nobody has, `NotEstimable` for splines on too few different values.
    """
    terms = {name: _main(name, covariates[name], references.get(name)) for name in covariates.columns}
    terms |= {name: _spline(terms[name], knots) for name in splines}
    products = [_product(terms[first], terms[second]) for first, second in interactions]
    return (*terms.values(), *products)


def check(
    covariates: pd.DataFrame,
    interactions: Sequence[tuple[str, str]],
    references: Mapping[str, str],
    splines: Sequence[str] = (),
    knots: int = DEFAULT_KNOTS,
) -> None:
    """Raise `Refused` for a table, interactions, references or splines that name something that is not there."""
    names, problems = list(covariates.columns), []
    if knots not in QUANTILES:
        problems.append(Problem(f"A spline with {knots} knots was asked for.", "knots", "Choose 3, 4 or 5."))
    if not names:
        problems.append(Problem("No covariate was given.", "covariates", "Choose at least one."))
    if len(set(names)) < len(names):
        problems.append(Problem("A covariate was given twice.", "covariates", "Choose each covariate once."))
    seen = set()
    for pair in interactions:
        unknown = [name for name in pair if name not in names]
        if unknown:
            what = f"The interaction {TIMES.join(pair)} needs {' and '.join(unknown)} among the covariates."
            problems.append(Problem(what, "interactions", "Add the covariate or remove the interaction."))
        elif len(set(pair)) < 2 or frozenset(pair) in seen:
            what = f"The interaction {TIMES.join(pair)} is of a covariate with itself or was given twice."
            problems.append(Problem(what, "interactions", "Choose two different covariates, each pair once."))
        seen.add(frozenset(pair))
    for name in references:
        if name not in names:
            what = f"A reference was given for '{name}', which is not a covariate."
            problems.append(Problem(what, "references", "Remove it or add the covariate."))
        elif names.count(name) == 1 and is_number(covariates[name]):
            what = f"'{name}' is a number and has no reference level."
            problems.append(Problem(what, "references", "Remove the reference or make the number a category."))
    problems += _of_splines(covariates, interactions, splines)
    if problems:
        raise Refused(problems)


def _of_splines(covariates: pd.DataFrame, interactions: Sequence[tuple[str, str]], splines: Sequence[str]):
    names = list(covariates.columns)
    for name in dict.fromkeys(splines):
        if names.count(name) != 1 or not is_number(covariates[name]):
            what = f"A spline was asked for '{name}', which is not a number among the covariates."
            yield Problem(what, "splines", "Remove the spline or add the number.")
        elif any(name in pair for pair in interactions):
            what = f"'{name}' is in an interaction and cannot have a spline in the same model."
            yield Problem(what, "splines", "Remove the spline or the interaction.")


def is_number(values: pd.Series) -> bool:
    """Whether a covariate enters as a number; truth values do not."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _numbers(values: pd.Series) -> np.ndarray:
    return values.astype("Float64").to_numpy(dtype=float, na_value=np.nan)


def _main(name: str, values: pd.Series, reference: str | None) -> Term:
    everyone = np.ones(len(values), dtype=bool)
    if is_number(values):
        return Term(name, NUMBER, (name,), None, None, (Column("", _numbers(values), everyone),))
    natural = map(str, values.cat.categories) if isinstance(values.dtype, pd.CategoricalDtype) else ()
    text = values.astype(str).to_numpy(dtype=object)
    present = set(text)
    levels = [level for level in dict.fromkeys([*natural, *sorted(present)]) if level in present]
    reference = levels[0] if reference is None else str(reference)
    if reference not in present:
        what = f"No patient with an outcome and all covariates has {name} '{reference}'."
        raise Refused([Problem(what, "references", f"Choose one of: {', '.join(levels)}.")])
    carriers = {level: text == level for level in levels}
    columns = (Column(level, carriers[level].astype(float), carriers[level]) for level in levels if level != reference)
    return Term(name, CATEGORY, (name,), reference, carriers[reference], tuple(columns))


def _spline(number: Term, count: int) -> Term:
    values, everyone = number.columns[0].values, number.columns[0].carriers
    knots = knots_of(values, count, number.name)
    levels = ["linear part", *(f"curved part {i}" for i in range(1, count - 1))]
    columns = (Column(*each, everyone) for each in zip(levels, basis(values, knots).T, strict=True))
    return Term(number.name, SPLINE, number.parts, None, None, tuple(columns), knots)


def _product(first: Term, second: Term) -> Term:
    # The second runs slower, as in R's model matrix.
    columns = tuple(
        Column(TIMES.join(filter(None, (a.level, b.level))), a.values * b.values, a.carriers & b.carriers)
        for b in second.columns
        for a in first.columns
    )
    return Term(TIMES.join((first.name, second.name)), INTERACTION, (first.name, second.name), None, None, columns)
