"""The molecular tables of a cBioPortal study: mutations with who was profiled for what, expression, numeric assays."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from core.store.schema import MUTATIONS, Feature, FeatureSet
from core.store.sources.columns import Table
from core.store.sources.maf import read_maf
from core.store.sources.notebook import Notebook, shown
from core.store.sources.portal_attributes import without_limits
from core.store.sources.portal_clinical import Clinical
from core.store.sources.portal_meta import Profile, StudyFolder
from core.store.sources.table import read_table

Panels = dict[str, tuple[str, ...]]


def read_mutations(
    folder: StudyFolder, clinical: Clinical, notebook: Notebook
) -> tuple[pd.DataFrame, Panels, dict[str, str]]:
    """Mutations, panels with their genes, and each profiled patient's panel.

    Profiled are the samples to which the panel matrix gives a panel, or else those of the `_sequenced` case list;
    never those that happen to have a mutation. Without either, mutations are left out.
    """
    nothing = pd.DataFrame(columns=MUTATIONS), {}, {}
    profile = folder.of("mutations")
    maf = read_maf(profile.path, notebook) if profile else None
    if maf is None:
        return nothing
    file = profile.path.name
    found = _of_known_samples(maf.mutations, clinical, file, notebook)
    panel_of = _sample_panels(folder, profile, clinical, notebook)
    if panel_of is None:
        what = "Nothing says which samples were sequenced, so mutations were left out: wild type could not be told."
        remedy = "Add data_gene_panel_matrix.txt or case_lists/cases_sequenced.txt."
        notebook.add("W261", what, file=file, count=len(found), remedy=remedy)
        return nothing
    genes = _panel_genes(folder, panel_of, found, notebook)
    _compared(panel_of, clinical, notebook)
    panels, patient_panels = _of_patients(panel_of, genes, clinical.samples)
    return found[MUTATIONS].reset_index(drop=True), panels, patient_panels


def _of_known_samples(found: pd.DataFrame, clinical: Clinical, file: str, notebook: Notebook) -> pd.DataFrame:
    known = found["sample_id"].isin(clinical.samples)
    if len(found) and not known.any():
        what, remedy = "No sample of the mutations is in the sample table.", "Write the sample ids alike in both."
        notebook.add("E113", what, file=file, count=found["sample_id"].nunique(), remedy=remedy)
    elif not known.all():
        what = "Mutations of samples that are not in the sample table were left out."
        notebook.add("W257", what, file=file, rows=found.index[~known])
    found = found[known]
    return found.assign(patient_id=found["sample_id"].map(dict(clinical.samples)))


def _sample_panels(
    folder: StudyFolder, profile: Profile, clinical: Clinical, notebook: Notebook
) -> dict[str, str] | None:
    """Sample -> the panel it was profiled with; None when neither a matrix nor a case list says so."""
    matrix = folder.of("panel matrix")
    table = read_table(matrix.path, notebook) if matrix else None
    column = table.column(profile.meta.get("stable_id", "mutations"), "mutations") if table else None
    if table is not None and column and table.column("SAMPLE_ID"):
        cells = table.text(column)
        samples = table.text(table.column("SAMPLE_ID"), missing=("",))
        panel_of = {sample: panel for sample, panel in zip(samples, cells, strict=True) if panel and sample}
    elif "sequenced" in folder.case_lists:
        panel_of = dict.fromkeys(folder.case_lists["sequenced"], "sequenced")
    else:
        return None
    strangers = len(set(panel_of) - set(clinical.samples))
    if strangers:
        what = "Profiled samples that are not in the sample table were left out."
        notebook.add("W257", what, file=matrix.path.name if matrix else "case_lists", count=strangers)
    return {sample: panel for sample, panel in panel_of.items() if sample in clinical.samples}


def _panel_genes(
    folder: StudyFolder, panel_of: Mapping[str, str], found: pd.DataFrame, notebook: Notebook
) -> dict[str, set[str]]:
    """Panel -> genes with a copy number call or a mutation in one of its samples: the lists are not in the folder."""
    genes: dict[str, set[str]] = {panel: set() for panel in panel_of.values()}
    for panel, mutated in found.groupby(found["sample_id"].map(panel_of))["gene"]:
        genes[panel] |= set(mutated)
    profile = folder.of("copy number")
    table = read_table(profile.path, notebook) if profile else None
    symbol = table.column("Hugo_Symbol") if table else None
    if symbol:
        names = table.text(symbol, missing=("",))
        for sample in table.header:
            if sample in panel_of:
                genes[panel_of[sample]] |= set(names[table.text(sample).notna()].dropna())
        what = "Copy number calls are not read yet; only which genes they cover was used."
        notebook.add("I342", what, file=profile.path.name, count=1)
    source = "a copy number call or a mutation" if symbol else "a mutation"
    sizes = ", ".join(f"{shown(panel)} {len(names)}" for panel, names in sorted(genes.items()))
    what = f"The panels' gene lists are not in the folder: genes with {source} count as profiled ({sizes})."
    notebook.add("W260", what, file=folder.of("mutations").path.name, count=len(genes))
    return genes


def _compared(panel_of: Mapping[str, str], clinical: Clinical, notebook: Notebook) -> None:
    """Warn when the sample table names other panels than the matrix; the matrix rules."""
    if "GENE_PANEL" not in clinical.patients:
        return
    named = clinical.patients["GENE_PANEL"].dropna()
    other = [p for p, panel in named.items() if panel_of.get(clinical.reference.get(p, ""), panel) != panel]
    if other:
        what = "The panel matrix gives samples another panel than the column GENE_PANEL does; the matrix was followed."
        remedy = "Genes of the larger panel may not have been sequenced in all of these samples."
        notebook.add("W267", what, column="GENE_PANEL", count=len(other), remedy=remedy)


def _of_patients(
    panel_of: Mapping[str, str], genes: Mapping[str, set[str]], samples: Mapping[str, str]
) -> tuple[Panels, dict[str, str]]:
    """Panels per patient: with samples on several panels, a gene is profiled when one of them covers it."""
    of_patient: dict[str, set[str]] = {}
    for sample, panel in panel_of.items():
        of_patient.setdefault(samples[sample], set()).add(panel)
    names = {patient: " + ".join(sorted(panels)) for patient, panels in of_patient.items()}
    panels = {names[p]: tuple(sorted(set().union(*(genes[one] for one in of_patient[p])))) for p in of_patient}
    return panels, names


def read_expression(folder: StudyFolder, clinical: Clinical, notebook: Notebook) -> pd.DataFrame:
    """Index patient_id, a column per gene: the sample that stands for the patient, else its first measured one."""
    profile = folder.of("expression") or folder.of("expression z-scores")
    table = read_table(profile.path, notebook) if profile else None
    symbol = table.column("Hugo_Symbol", "Entrez_Gene_Id") if table else None
    columns = _columns_of_patients(table, clinical, profile.path.name, notebook) if symbol else {}
    if not columns:
        return pd.DataFrame()
    genes = table.text(symbol, missing=("",))
    again = genes.isna() | genes.duplicated()
    if again.any():
        what = "Rows without a gene, or of a gene that came before, were left out."
        notebook.add("W262", what, file=table.file, column=symbol, rows=table.lines[again])
    matrix = table.matrix(list(columns.values()), notebook)[~again.to_numpy()]
    frame = pd.DataFrame(matrix.to_numpy().T, index=pd.Index(columns, name="patient_id"), columns=genes[~again])
    return frame.loc[:, frame.notna().any()].rename_axis(columns=None)


def read_assay(profile: Profile, clinical: Clinical, notebook: Notebook) -> tuple[FeatureSet, pd.DataFrame] | None:
    """A numeric assay (radiomics, for example) as a feature set; names from NAME, values under one setting."""
    table = read_table(profile.path, notebook)
    if table is None or "ENTITY_STABLE_ID" not in table:
        return None
    if profile.meta.get("patient_level", "").lower() == "true":
        columns = {patient: patient for patient in clinical.patients.index if patient in table}
    else:
        columns = _columns_of_patients(table, clinical, table.file, notebook)
    table, limited = without_limits(table, list(columns.values()))
    if limited:
        what = "Measurements given as below or above a limit were read as the limit."
        notebook.add("W254", what, file=table.file, count=sum(map(len, limited.values())))
    names = list(table.text("ENTITY_STABLE_ID", missing=()))
    label = table.column("NAME")
    labels = list(table.text(label, missing=())) if label else names
    matrix = table.matrix(list(columns.values()), notebook)
    name = profile.meta.get("stable_id", profile.path.stem)
    if len(set(names)) < len(names) or not columns:
        what = "The assay was left out: its entities are repeated, or none of its columns is a known sample."
        notebook.add("W262", what, file=table.file, count=1)
        return None
    features = tuple(Feature(name, label) for name, label in zip(names, labels, strict=True))
    label = profile.meta.get("profile_name", name)
    index = pd.MultiIndex.from_product([list(columns), ["default"]], names=["patient_id", "setting"])
    return FeatureSet(name, label, features=features), pd.DataFrame(matrix.to_numpy().T, index=index, columns=names)


def _columns_of_patients(table: Table, clinical: Clinical, file: str, notebook: Notebook) -> dict[str, str]:
    """Patient -> the column of its sample. Columns that are no known sample are spoken of."""
    first = {}
    for sample in table.header:
        if sample in clinical.samples:
            first.setdefault(clinical.samples[sample], sample)
    usual = ("hugo_symbol", "entrez_gene_id", "cytoband", "entity_stable_id", "name", "description", "url")
    odd = [name for name in table.header if name not in clinical.samples and name.lower() not in usual]
    if odd:
        what = f"Columns that are no known sample were left out: {len(odd)}."
        notebook.add("W257", what, file=file, count=len(odd))
    better = {patient: sample for patient, sample in clinical.reference.items() if sample in table}
    return {patient: better.get(patient, sample) for patient, sample in first.items()}
