"""A plain table of mutations, long or as a matrix: mutated, wild type and not profiled are three different things."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.store.schema import MUTATIONS
from core.store.sources.columns import Table
from core.store.sources.genes import checked
from core.store.sources.ids import folded, id_column, read_ids
from core.store.sources.missing import only_visible
from core.store.sources.notebook import Notebook, shown
from core.store.sources.settings import Settings

MUTATED = ("1", "1.0", "true", "yes", "mutated", "mutant", "mut", "positive", "altered")
WILD = ("0", "0.0", "false", "no", "wt", "wildtype", "wild type", "wild-type", "not mutated", "not_mutated", "negative")
GENE = ("gene", "genesymbol", "hugosymbol", "symbol")
STATUS = ("mutated", "ismutated", "status", "mutationstatus", "statusraw", "value")
#: Columns taken over where they exist: of a draft's mutations -> what they are called.
DETAILS = {
    "sample_id": ("sampleid", "sample", "tumorsamplebarcode"),
    "classification": ("variantclassification", "classification", "consequence", "alterationtype"),
    "protein_change": ("hgvspshort", "proteinchange", "aminoacidchange"),
    "vaf": ("vaf", "allelefrequency"),
    "origin": ("origin", "mutationorigin"),
}


@dataclass(frozen=True)
class Profiles:
    """Rows of mutations, and who was profiled for which genes."""

    mutations: pd.DataFrame
    panels: dict[str, tuple[str, ...]]
    patient_panels: dict[str, str]
    settings: dict

    @property
    def patients(self) -> set[str]:
        return set(self.patient_panels) | set(self.mutations["patient_id"])

    def only(self, patients: set[str]) -> Profiles:
        """The same for these patients alone."""
        panels = {one: name for one, name in self.patient_panels.items() if one in patients}
        rows = self.mutations[self.mutations["patient_id"].isin(patients)].reset_index(drop=True)
        used = {name: self.panels[name] for name in self.panels if name in set(panels.values())}
        return Profiles(rows, used, panels, self.settings)


def read_mutations(table: Table, settings: Settings, notebook: Notebook, known: set[str]) -> Profiles | None:
    """Mutations of a long table (a row per patient and gene) or a matrix (a column per gene); None when refused."""
    column = id_column(table, settings.get("mutations", "id"))
    if column is None:
        what, remedy = "No column of patient ids was found.", "Call it patient_id."
        notebook.add("E123", what, file=table.file, count=1, remedy=remedy)
        return None
    ids = read_ids(table, column, notebook)
    if ids is None:
        return None
    gene = table.column(settings.get("mutations", "gene")) if settings.get("mutations", "gene") else _named(table, GENE)
    understood = {"file": table.file, "id": column}
    if gene is None:
        return _matrix(table, column, ids, settings, notebook, known, understood)
    return _long(table, gene, ids, settings, notebook, known, understood | {"gene": gene})


def _named(table: Table, names: tuple[str, ...]) -> str | None:
    by_name = {folded(name): name for name in reversed(table.header)}
    return next((by_name[name] for name in names if name in by_name), None)


def _long(table, gene, ids, settings, notebook, known, understood) -> Profiles | None:
    genes = table.text(gene, missing=("",))
    if genes.isna().any():
        what, remedy = "Rows without a gene.", "Name the gene, or remove the row."
        rows = genes.index[genes.isna()]
        notebook.add("E112", what, file=table.file, column=shown(gene), rows=rows, remedy=remedy)
        return None
    checked(genes, table.file, gene, known, notebook)
    said = settings.get("mutations", "status")
    status = table.column(said) if said else _named(table, STATUS)
    state = _states(table, status, settings, notebook) if status else pd.Series(1.0, ids.index)
    if state is None:
        return None
    rows = pd.DataFrame({"patient_id": ids, "gene": genes, "state": state})
    for field, names in DETAILS.items():
        source = _named(table, names)
        if source == status or source is None:
            rows[field] = np.nan if field == "vaf" else ""
        elif field == "vaf":
            rows[field] = table.numbers(source, notebook, settings.missing)
        else:
            rows[field] = table.text(source, settings.missing).fillna("")
    if not status:
        what = "No column says who is wild type: each patient of the file counted as profiled for every gene in it."
        remedy = "Add a column mutated with 1 and 0, empty where the gene was not tested."
        notebook.add("W229", what, file=table.file, count=ids.nunique(), remedy=remedy)
        everyone = pd.MultiIndex.from_product([ids.unique(), genes.unique()], names=["patient_id", "gene"])
        tested = everyone.to_frame(index=False)
    else:
        understood["status"] = status
        tested = rows.loc[rows["state"].notna(), ["patient_id", "gene"]]
        _told_untested(rows, tested, table, status, notebook)
    return _profiles(rows[rows["state"] == 1.0], tested, understood, table, notebook)


def _told_untested(rows: pd.DataFrame, tested: pd.DataFrame, table: Table, status: str, notebook: Notebook) -> None:
    untested = rows.index[rows["state"].isna()]
    if len(untested):
        what = "Rows without a result count as not profiled, not as wild type."
        notebook.add("W230", what, file=table.file, column=shown(status), rows=untested)
    opposed = rows.dropna(subset="state").groupby(["patient_id", "gene"])["state"].transform("nunique") > 1
    if opposed.any():
        what = "A patient has both a mutated and a wild-type row for a gene; mutated was kept."
        notebook.add("W234", what, file=table.file, column=shown(status), rows=opposed.index[opposed])


def _states(table: Table, column: str, settings: Settings, notebook: Notebook) -> pd.Series | None:
    """1 mutated, 0 wild type, NaN not known. Other text is a protein change when it starts with p., else refused."""
    cells = table.text(column, settings.missing)
    plain = cells.str.casefold() if cells.notna().any() else cells
    known = dict.fromkeys(MUTATED, 1.0) | dict.fromkeys(WILD, 0.0)
    state = plain.map(known).astype(float)
    state[plain.str.startswith("p.").eq(True) if plain.notna().any() else []] = 1.0
    unsure = cells.map(lambda cell: only_visible([cell]), na_action="ignore").eq(True)
    stray = cells.index[cells.notna() & state.isna() & ~unsure]
    if len(stray):
        what = "Cells say neither mutated nor wild type."
        remedy = "Use 1, 0 or nothing (= not profiled)."
        notebook.add("E125", what, file=table.file, column=shown(column), rows=stray, remedy=remedy)
        return None
    return state


def _matrix(table, column, ids, settings, notebook, known, understood) -> Profiles | None:
    genes = [name for name in table.header if name != column and folded(name) not in DETAILS["sample_id"]]
    checked(pd.Series(genes, index=[1] * len(genes)), table.file, "", known, notebook)
    states = {gene: _states(table, gene, settings, notebook) for gene in genes}
    if any(state is None for state in states.values()) or not genes:
        return None
    rows = pd.DataFrame(states)
    rows.index = pd.Index(ids, name="patient_id")
    rows = rows.stack(future_stack=True).rename_axis(["patient_id", "gene"]).rename("state").dropna().reset_index()
    for field in DETAILS:
        rows[field] = np.nan if field == "vaf" else ""
    untested = int(pd.DataFrame(states).isna().sum().sum())
    if untested:
        what = "Cells without a result count as not profiled, not as wild type."
        notebook.add("W230", what, file=table.file, count=untested)
    return _profiles(rows[rows["state"] == 1.0], rows[["patient_id", "gene"]], understood, table, notebook)


def _profiles(
    mutated: pd.DataFrame, tested: pd.DataFrame, understood: dict, table: Table, notebook: Notebook
) -> Profiles:
    """The mutations with one panel for each combination of genes that patients were tested for."""
    rows = mutated.assign(origin=mutated["origin"].replace("", "somatic"))[MUTATIONS]
    rows["sample_id"] = rows["sample_id"].where(rows["sample_id"] != "", rows["patient_id"])
    again = rows.duplicated()
    if again.any():
        what = "Rows that repeat an earlier one in every column were left out."
        lines = rows.index[again]
        notebook.add("W221", what, file=table.file, rows=lines if len(lines) and lines.dtype.kind == "i" else ())
    by_patient = tested.groupby("patient_id", sort=True)["gene"].agg(lambda genes: tuple(sorted(set(genes))))
    names = {genes: f"panel_{place}" for place, genes in enumerate(sorted(set(by_patient), key=_largest_first), 1)}
    panels = {name: genes for genes, name in names.items()}
    patient_panels = {patient: names[genes] for patient, genes in by_patient.items()}
    return Profiles(rows[~again].reset_index(drop=True), panels, patient_panels, understood)


def _largest_first(genes: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    return -len(genes), genes
