"""How much of a structure got how much dose, patient by patient, and does it differ with the outcome?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.dose_choices import (
    HARM,
    Dosed,
    alpha_beta_parameter,
    fractions_parameter,
    left_out_text,
    outcomes,
    read_dosed,
    structure_parameter,
)
from core.analyses.parameters import Choice, Number, Option, parameter
from core.compute import quiet
from core.errors import NotEstimable
from core.radiogenomics.dose_tables import curves, summaries
from core.vocabulary import counted

#: Steps of the axis of dose, at most.
STEPS = 90
UNKNOWN = "not known"
EVERYBODY = "all patients"


def _outcomes_or_none(scope) -> tuple[Option, ...]:
    return (*outcomes(HARM)(scope), Option(choices.NONE, "nothing"))


@dataclass(frozen=True, eq=False)
class DoseSummary:
    """The dose tables of one structure.

    dose_gy     (k,) where the curves are read; curves: a row per patient (index patient_id), per cent of the volume
                that receives at least each dose
    group       level of the outcome by patient, "not known" included; one group of all where there is no outcome
    medians     group, n, dose_gy, volume_percent: the median over the patients of a group at each dose
    table       a row per patient: group and a column per metric
    metrics     metric (column of `table`), label, unit, formula, and n, median, lower and upper quartile of all
    by_group    group, metric, n, median, q25, q75
    n           patients with a table, of n_cohort; left_out: reason, n of the others
    words       what is said above the figure
    """

    structure: str
    role: str
    outcome: str
    dose_gy: np.ndarray
    curves: pd.DataFrame
    group: pd.Series
    levels: tuple[str, ...]
    medians: pd.DataFrame
    table: pd.DataFrame
    metrics: pd.DataFrame
    by_group: pd.DataFrame
    n: int
    n_cohort: int
    left_out: pd.DataFrame
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DoseOfStructure(Analysis):
    name = "dose"
    title = "Dose"
    question = "How much of a structure got how much dose, patient by patient?"
    method = (
        "Cumulative dose-volume histograms, read from cumulative or differential tables with the volume spread evenly "
        "within a bin. The thick line is the median over patients at each dose, not the histogram of a patient. Tables "
        "that do not hold the whole structure are left out and counted. Summaries: mean, least and greatest dose; Vx, "
        "the volume that receives at least x Gy; Dx, the least dose of the hottest x per cent; gEUD, the uniform dose "
        "(sum of v D^a)^(1/a); and the mean of the dose in fractions of 2 Gy, D (D/n + alpha/beta) / (2 + alpha/beta) "
        "with n fractions."
    )
    sources = (
        "Gay and Niemierko 2007, doi:10.1016/j.ejmp.2007.07.001",
        "Fowler 1989, doi:10.1259/0007-1285-62-740-679",
    )
    pages = ("Radiotherapy",)
    rank = 10

    structure: str = structure_parameter("organ at risk")
    outcome: str = parameter(Choice("Groups", "Patients are coloured by it.", options=_outcomes_or_none))
    vx: float = parameter(
        Number("Vx: dose", "Vx is the volume that gets at least this.", low=0, high=100, step=1, default=30, unit="Gy")
    )
    dx: float = parameter(
        Number("Dx: hottest part", "Dx is its least dose.", low=0, high=100, step=1, default=2, unit="%")
    )
    a: float = parameter(
        Number(
            "gEUD: exponent a",
            "1 is the mean; large for organs that a small hot part harms, negative for targets that a cold part fails.",
            low=-40,
            high=40,
            step=0.5,
            default=lambda scope: -10.0 if _role(scope) == "target" else 1.0,
        )
    )
    fractions: int = fractions_parameter(when=lambda values: True)
    alpha_beta: float = alpha_beta_parameter(3.0, when=lambda values: True)

    def read(self, context):
        return read_dosed(context, self.structure, "" if self.outcome == choices.NONE else self.outcome)

    def __call__(self, data: Dosed, progress=quiet):
        tables, structure = data.tables, data.structure
        if not tables.dvhs:
            raise NotEstimable(
                f"None of {counted(len(data.outcome), 'patient')} has a dose table of {structure.label} that can be "
                f"used. {left_out_text(data.left_out(), len(data.outcome))}",
                "Widen the cohort, or choose another structure.",
            )
        grid = _grid(max(dvh.max_gy for dvh in tables.dvhs.values()))
        lines = 100 * curves(tables, grid)
        known = data.outcome.reindex(lines.index)
        group = known.where(known.notna(), UNKNOWN if data.outcome_label else EVERYBODY)
        levels = tuple(each for each in (*data.levels, UNKNOWN, EVERYBODY) if (group == each).any())
        table, metrics = self._summaries(data, group)
        return DoseSummary(
            structure=structure.label or structure.name,
            role=structure.role,
            outcome=data.outcome_label,
            dose_gy=grid,
            curves=lines,
            group=group,
            levels=levels,
            medians=_medians(lines, group, levels),
            table=table,
            metrics=metrics,
            by_group=_by_group(table, group, levels, metrics),
            n=len(lines),
            n_cohort=len(data.outcome),
            left_out=data.left_out(),
            words=tuple(_words(data, table)),
        )

    def _summaries(self, data: Dosed, group: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
        found = summaries(data.tables, volume_at_gy=self.vx, dose_at_share=self.dx / 100, a=self.a)
        converted = data.tables.eqd2(self.fractions, self.alpha_beta)
        found["volume_at"] *= 100
        found["eqd2_mean_gy"] = [dvh.mean_gy for dvh in converted.dvhs.values()]
        said = {
            "mean_gy": ("Mean dose", "Gy", "sum of v D"),
            "min_gy": ("Least dose", "Gy", "min D"),
            "max_gy": ("Greatest dose", "Gy", "max D"),
            "volume_at": (f"V{self.vx:g}", "%", f"volume with D ≥ {self.vx:g} Gy"),
            "dose_at_gy": (f"D{self.dx:g}%", "Gy", f"least dose of the hottest {self.dx:g} %"),
            "geud_gy": (f"gEUD, a = {self.a:g}", "Gy", f"(sum of v D^{self.a:g})^(1/{self.a:g})"),
            "eqd2_mean_gy": (
                "Mean EQD2",
                "Gy",
                f"sum of v D (D/{self.fractions} + {self.alpha_beta:g})/(2 + {self.alpha_beta:g})",
            ),
            "volume_cm3": ("Volume", "cm³", "whole structure, as said by the table"),
        }
        if self.a == 0:
            said["geud_gy"] = ("gEUD, a = 0", "Gy", "exp(sum of v ln D), the limit")
        kept = [name for name in said if found[name].notna().any()]
        rows = [(name, *said[name], int(found[name].notna().sum()), *_quartiles(found[name])) for name in kept]
        columns = ["metric", "label", "unit", "formula", "n", "median", "q25", "q75"]
        return pd.DataFrame({"group": group, **found[kept]}), pd.DataFrame(rows, columns=columns)


def _role(scope) -> str:
    return scope.context.catalogue.structures[scope.values["structure"]].role


def _grid(greatest: float) -> np.ndarray:
    """From 0 to a little beyond the greatest dose, in whole, half or tenth parts of Gy as it fits."""
    step = next((each for each in (0.1, 0.25, 0.5, 1.0, 2.0, 5.0) if greatest / each <= STEPS), greatest / STEPS)
    return np.arange(0.0, greatest + 2 * step, step)


def _quartiles(values: pd.Series) -> tuple[float, float, float]:
    return tuple(float(values.quantile(each)) for each in (0.5, 0.25, 0.75))


def _medians(lines: pd.DataFrame, group: pd.Series, levels: tuple[str, ...]) -> pd.DataFrame:
    parts = []
    for level in levels:
        of = lines[group == level]
        median = of.median()
        parts.append(
            pd.DataFrame({"group": level, "n": len(of), "dose_gy": median.index, "volume_percent": median.to_numpy()})
        )
    return pd.concat(parts, ignore_index=True)


def _by_group(table: pd.DataFrame, group: pd.Series, levels: tuple[str, ...], metrics: pd.DataFrame) -> pd.DataFrame:
    rows = [
        (level, metric, int(values.notna().sum()), *_quartiles(values))
        for level in levels
        for metric in metrics["metric"]
        for values in (table.loc[group == level, metric],)
    ]
    return pd.DataFrame(rows, columns=["group", "metric", "n", "median", "q25", "q75"])


def _words(data: Dosed, table: pd.DataFrame):
    mean = table["mean_gy"]
    middle, low, high = _quartiles(mean)
    yield (
        f"{data.structure.label or data.structure.name}: mean dose {middle:.1f} Gy (median of "
        f"{counted(len(mean), 'patient')}; middle half {low:.1f} to {high:.1f} Gy)."
    )
    told = left_out_text(data.left_out(), len(data.outcome))
    if told:
        yield told
    if data.outcome_label:
        yield (
            f"Groups are those of {data.outcome_label} as it turned out; what is seen of them here is a description "
            "without a test."
        )
