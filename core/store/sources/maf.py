"""Mutations from a MAF table: which rows count, which are left out and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.store.schema import MUTATIONS
from core.store.sources.columns import Table
from core.store.sources.lines import Unreadable, text_lines
from core.store.sources.missing import MISSING
from core.store.sources.mutations import Profiles
from core.store.sources.notebook import Notebook, shown, some
from core.store.sources.table import read_table

#: Kinds of variants that leave the protein as it is; not loaded, except in the promoter of TERT.
SILENT = ("Silent", "Intron", "3'UTR", "3'Flank", "5'UTR", "5'Flank", "IGR", "RNA")
#: Kinds that are loaded without a word; others are loaded with one.
KNOWN = (
    *("Frame_Shift_Del", "Frame_Shift_Ins", "In_Frame_Del", "In_Frame_Ins", "Missense_Mutation", "Nonsense_Mutation"),
    *("Splice_Site", "Translation_Start_Site", "Nonstop_Mutation", "Targeted_Region", "De_novo_Start_InFrame"),
    *("De_novo_Start_OutOfFrame", "Splice_Region", "Fusion", "Unknown"),
)
PROMOTER_GENE, PROMOTER = "TERT", "5'Flank"
#: Values of Mutation_Status that say the tumour has no mutation of its own there.
NO_MUTATION = ("none", "loh", "wildtype")
PROTEIN = ("HGVSp_Short", "Amino_Acid_Change", "Protein_Change", "HGVSp")
BARE = ("Chromosome", "Start_Position", "Reference_Allele", "Tumor_Seq_Allele2")
EXCEL_DATE = re.compile(r"\d{1,2}-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)|(Mar|Sep|Dec|Oct)-\d{1,2}", re.I)
TCGA = re.compile(r"TCGA-[A-Z0-9]{2}-[A-Z0-9]{4}(-.*)?", re.I)


@dataclass(frozen=True)
class Maf:
    """The mutations that count, one row each (index = line of the file, columns as MUTATIONS without patient_id), and
    every sample that the file names, whatever its mutations."""

    mutations: pd.DataFrame
    samples: tuple[str, ...]


def read_maf(path: Path, notebook: Notebook) -> Maf | None:
    """The table at `path`; None when it cannot be used.

    Left out, each with a count in the notebook: silent kinds (the promoter of TERT stays), rows whose Mutation_Status
    is None, LOH or Wildtype, rows without a gene or a sample.
    """
    table = read_table(path, notebook, comment="#", cased=True)
    if table is None:
        return None
    columns = _needed(table, notebook)
    if columns is None:
        return None
    frame = pd.DataFrame(
        {
            "sample_id": table.text(columns["sample"], missing=("",)),
            "gene": table.text(columns["gene"], missing=("", ".", "-", "Unknown")),
            "classification": table.text(columns["kind"]),
            "protein_change": _text(table, *PROTEIN),
            "vaf": _vaf(table, notebook),
            "origin": _text(table, "Mutation_Status").fillna("").str.lower(),
        }
    )
    return Maf(_counting(frame, table, notebook), tuple(frame["sample_id"].dropna().unique()))


def maf_profiles(path: Path, known: set[str], notebook: Notebook) -> Profiles | None:
    """The MAF of a plain study folder, whose patients are `known`, with who counts as profiled.

    A MAF does not say who was sequenced: the patients that it names count as profiled, for the genes that it names;
    nobody else does.
    """
    found = read_maf(path, notebook)
    if found is None:
        return None
    patients = {sample: sample if sample in known else patient_of(sample) for sample in found.samples}
    genes = tuple(sorted(set(found.mutations["gene"])))
    what = "The file does not say who was sequenced: its patients count as profiled, for the genes that it names."
    remedy = "Frequencies are those among these patients: sequenced patients without any mutation are not counted."
    notebook.add("W269", what, file=path.name, count=len(set(patients.values())), remedy=remedy)
    rows = found.mutations.assign(patient_id=found.mutations["sample_id"].map(patients))[MUTATIONS]
    panel = {"panel_1": genes} if genes else {}
    of_patient = dict.fromkeys(patients.values(), "panel_1") if genes else {}
    return Profiles(rows.reset_index(drop=True), panel, of_patient, {"file": path.name})


def is_maf(path: Path) -> bool:
    """Whether the file is a MAF by its name (x.maf, x.maf.gz, x.maf.txt) or by the names of its columns."""
    if ".maf" in path.name.lower():
        return True
    try:
        lines = (line for line in text_lines(path, Notebook()) if line.strip() and not line.startswith("#"))
        header = next(lines, "").casefold()
    except (Unreadable, OSError):
        return False
    return "tumor_sample_barcode" in header and "variant_classification" in header


def patient_of(barcode: str) -> str:
    """The patient of a sample: the first 12 characters of a TCGA barcode, else the sample's own id."""
    return barcode[:12] if TCGA.fullmatch(barcode) else barcode


def _needed(table: Table, notebook: Notebook) -> dict[str, str] | None:
    wanted = {"gene": "Hugo_Symbol", "sample": "Tumor_Sample_Barcode", "kind": "Variant_Classification"}
    found = {role: table.column(name) for role, name in wanted.items()}
    absent = [wanted[role] for role, column in found.items() if column is None]
    if not absent:
        return {role: column for role, column in found.items() if column is not None}
    bare = all(table.column(name) for name in BARE)
    annotate = "It lists positions only: annotate it first (for example with vcf2maf or Genome Nexus)."
    remedy = annotate if bare else "Export the table with these columns."
    notebook.add(
        "E131", f"Columns are missing: {', '.join(absent)}.", file=table.file, count=len(absent), remedy=remedy
    )
    return None


def _text(table: Table, *names: str) -> pd.Series:
    column = table.column(*names)
    return table.text(column) if column else pd.Series(None, table.index, dtype=object)


def _vaf(table: Table, notebook: Notebook) -> pd.Series:
    """Variant reads over all reads of the tumour at the position; NaN where the counts are not known."""
    alt, ref = table.column("t_alt_count"), table.column("t_ref_count")
    if alt is None or ref is None:
        return pd.Series(np.nan, table.index)
    cells = {name: table.text(name, MISSING) for name in (alt, ref)}
    counts = {name: pd.to_numeric(column, errors="coerce").astype("float64") for name, column in cells.items()}
    for name, column in cells.items():
        odd = column.notna() & ~(counts[name] >= 0)
        if odd.any():
            what = "Read counts that are not numbers; the share of variant reads was left empty there."
            notebook.add("W259", what, file=table.file, column=name, rows=table.lines[odd])
    depth = counts[alt] + counts[ref]
    return (counts[alt] / depth.where(depth > 0)).where((counts[alt] >= 0) & (counts[ref] >= 0))


def _counting(frame: pd.DataFrame, table: Table, notebook: Notebook) -> pd.DataFrame:
    """The rows that count, after a word on each kind of the others."""
    file = table.file
    nameless = frame["gene"].isna() | frame["sample_id"].isna()
    if nameless.any():
        what = "Mutations without a gene or a sample were left out."
        notebook.add("W256", what, file=file, rows=frame.index[nameless])
    none = frame["origin"].isin(NO_MUTATION) & ~nameless
    if none.any():
        what = "Rows whose status is None, LOH or Wildtype were left out."
        notebook.add("I341", what, file=file, column="Mutation_Status", rows=frame.index[none])
    frame = frame[~nameless & ~none]
    fold = {kind.casefold(): kind for kind in (*SILENT, *KNOWN)}
    kinds = frame["classification"].map(lambda kind: fold.get(kind.casefold(), kind), na_action="ignore")
    silent = kinds.isin(SILENT) & ~((kinds == PROMOTER) & (frame["gene"] == PROMOTER_GENE))
    if silent.any():
        counts = ", ".join(f"{kind} {n}" for kind, n in kinds[silent].value_counts().items())
        what = f"Mutations that do not change the protein were left out ({counts}); the promoter of TERT was kept."
        notebook.add("I340", what, file=file, column="Variant_Classification", rows=frame.index[silent])
    unknown = kinds.notna() & ~kinds.isin([*SILENT, *KNOWN])
    if unknown.any():
        what = f"Kinds of mutations that are not in the format were kept: {some(sorted(set(kinds[unknown])))}."
        notebook.add("W258", what, file=file, column="Variant_Classification", rows=frame.index[unknown])
    frame = frame.assign(
        classification=kinds.fillna("Unknown"),
        origin=np.where(frame["origin"] == "germline", "germline", "somatic"),
    )[~silent]
    germline = frame["origin"] == "germline"
    if germline.any():
        what = "Germline mutations were kept and are marked as such."
        notebook.add("I343", what, file=file, column="Mutation_Status", rows=frame.index[germline])
    dates = frame["gene"].str.fullmatch(EXCEL_DATE)
    if dates.any():
        what = f"Genes look like dates that a spreadsheet made of symbols: {some(sorted(set(frame['gene'][dates])))}."
        remedy = "Restore the symbols (1-Mar was MARCHF1 or MARC1, 2-Sep was SEPTIN2)."
        notebook.add("W201", what, file=file, column=shown("Hugo_Symbol"), rows=frame.index[dates], remedy=remedy)
    return frame
