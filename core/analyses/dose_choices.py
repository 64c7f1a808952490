"""What can be chosen about doses and their outcomes, and the tables and outcomes that are read for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from core.analyses.parameters import Choice, Flag, Many, Number, Option, Scope, options, parameter
from core.radiogenomics.dose_tables import DoseTables, dose_tables
from core.store.schema import Structure

NOTHING = "This study has no dose-volume tables."
REMEDY = (
    "A plain study folder brings them as dvh.csv, with a row per patient, structure and dose: patient_id, structure, "
    "dose_gy, volume."
)
NO_OUTCOME = "No attribute of this study has groups, so there is no outcome."
NO_OUTCOME_REMEDY = "Add a column such as xerostomia_12m, with no and yes, to patients.csv."
#: Words in the name of an attribute that say it is an outcome of this kind.
HARM = re.compile(
    r"xerostom|dry.?mouth|pneumonit|oesophag|esophag|dysphag|mucosit|proctit|bleed|necros|toxic|complicat|fibros|ototox",
    re.IGNORECASE,
)
CONTROL = re.compile(r"control|response|cure|sterili", re.IGNORECASE)


def structures(role: str) -> Callable[[Scope], tuple[Option, ...]]:
    """Structures with dose tables, those of this role first."""

    def among(scope: Scope) -> tuple[Option, ...]:
        found = sorted(scope.context.catalogue.structures.values(), key=lambda each: each.role != role)
        return tuple(Option(each.name, each.label or each.name) for each in found)

    return among


def outcomes(wanted: re.Pattern) -> Callable[[Scope], tuple[Option, ...]]:
    """Categories with 2 to 12 levels: those named as wanted first, then two levels and no role before the rest."""

    def among(scope: Scope) -> tuple[Option, ...]:
        found = [
            each
            for each in scope.context.catalogue.attributes.values()
            if each.type == "category" and 2 <= len(each.levels) <= 12
        ]
        found.sort(
            key=lambda each: (
                not wanted.search(f"{each.name} {each.label}"),
                len(each.levels) > 2,
                bool(each.role),
            )
        )
        return tuple(Option(each.name, each.label or each.name) for each in found)

    return among


def levels_of(outcome: str) -> Callable[[Scope], tuple[Option, ...]]:
    """The levels of the attribute that an earlier parameter names."""

    def among(scope: Scope) -> tuple[Option, ...]:
        return options(*scope.context.catalogue.attributes[scope.values[outcome]].levels)

    return among


def last_level(outcome: str) -> Callable[[Scope], tuple[str, ...]]:
    """The last level: yes, severe and the highest grade come after their opposites."""

    def default(scope: Scope) -> tuple[str, ...]:
        return scope.context.catalogue.attributes[scope.values[outcome]].levels[-1:]

    return default


def structure_parameter(role: str):
    """Which structure, as a field of an analysis."""
    return parameter(Choice("Structure", "Whose dose it is.", options=structures(role), nothing=NOTHING, remedy=REMEDY))


def outcome_parameter(wanted: re.Pattern, label: str):
    """Which attribute is the outcome, as a field of an analysis."""
    help = "An attribute with groups; one of a fixed time after treatment, for patients who were seen then."
    return parameter(Choice(label, help, options=outcomes(wanted), nothing=NO_OUTCOME, remedy=NO_OUTCOME_REMEDY))


def event_parameter(outcome: str = "outcome"):
    """Which levels are the event, as a field of an analysis."""
    help = "The levels that count as the event; of a toxicity grade, for instance 2, 3 and 4."
    return parameter(Many("Counts as event", help, options=levels_of(outcome), default=last_level(outcome), most=11))


def convert_parameter(default=False):
    """Whether doses are converted for the size of the fraction."""
    help = (
        "Each dose of the table is replaced by the dose that does the same in fractions of 2 Gy, by the "
        "linear-quadratic model. Published parameters say whether they are for such doses."
    )
    return parameter(Flag("Convert to fractions of 2 Gy", help, default=default))


def fractions_parameter(when=lambda values: values["convert"]):
    """In how many equal fractions the dose of the tables was given."""
    help = "In how many equal fractions the whole dose was given, to everybody."
    return parameter(Number("Fractions", help, low=1, high=80, step=1, default=33, whole=True, when=when))


def alpha_beta_parameter(default: float, when=lambda values: values["convert"]):
    """The ratio alpha/beta of the linear-quadratic model."""
    help = "How much the size of the fraction matters: about 3 Gy for late effects, 10 Gy for many tumours."
    return parameter(Number("alpha/beta", help, low=0.5, high=25, step=0.5, default=default, unit="Gy", when=when))


@dataclass(frozen=True, eq=False)
class Dosed:
    """What is read for a structure and an outcome.

    tables    of the patients of the cohort, converted where asked
    outcome   text by patient of the cohort (index all of it), None where not known; levels in their order
    """

    structure: Structure
    tables: DoseTables
    outcome: pd.Series
    outcome_label: str
    levels: tuple[str, ...]

    def joined(self, event: Sequence[str]) -> tuple[list[str], list[bool], pd.DataFrame]:
        """Patients with a table and a known outcome, whether each has the event, and reason, n of the others."""
        known = self.outcome.dropna()
        patients = [patient for patient in self.tables.dvhs if patient in known.index]
        chosen = set(event)
        left_out = self.left_out()
        unknown = len(self.tables.dvhs) - len(patients)
        if unknown:
            left_out = pd.concat(
                [left_out, pd.DataFrame([(f"with {self.outcome_label} not known", unknown)], columns=left_out.columns)],
                ignore_index=True,
            )
        return patients, [known[patient] in chosen for patient in patients], left_out

    def left_out(self) -> pd.DataFrame:
        """reason, n: patients of the cohort without a sound table."""
        refused = pd.Series(list(self.tables.refused.values()), dtype=object).value_counts()
        none = len(self.outcome) - len(self.tables.dvhs) - len(self.tables.refused)
        rows = [("without a dose table of this structure", none)] if none else []
        rows += [(f"with a dose table that cannot be used: {fault}", int(n)) for fault, n in refused.items()]
        return pd.DataFrame(rows, columns=["reason", "n"])


def read_dosed(context, structure: str, outcome: str) -> Dosed:
    """The dose tables of the cohort and an outcome of it; `outcome` "" for none."""
    chosen = context.catalogue.structures[structure]
    tables = dose_tables(context.store.dvh(context.cohort, structure), chosen.unit)
    if not outcome:
        ids = context.store.ids(context.cohort)
        return Dosed(chosen, tables, pd.Series(None, index=ids, dtype=object), "", ())
    attribute = context.catalogue.attributes[outcome]
    values = context.store.patients(context.cohort, [outcome])[outcome]
    return Dosed(chosen, tables, values, attribute.label or outcome, attribute.levels)


def event_text(label: str, levels: tuple[str, ...], event: Sequence[str]) -> str:
    """What the event is in words: `Dry mouth at 12 months`, `Pneumonitis (grade 2 or grade 3)`."""
    chosen = [level for level in levels if level in set(event)]
    return label if chosen == ["yes"] else f"{label} ({' or '.join(chosen)})"


def left_out_text(left_out: pd.DataFrame, n_cohort: int) -> str:
    """One sentence about who is not in, or ""."""
    if left_out.empty:
        return ""
    told = "; ".join(f"{row.n:,} {row.reason}" for row in left_out.itertuples())
    return f"Left out, of {n_cohort:,} patients: {told}."
