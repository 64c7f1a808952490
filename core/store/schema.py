"""What a study consists of, declared once: the nouns that importers fill, the store keeps and pages read.

Nothing of the study's own naming becomes an SQL identifier: columns are numbered (`a3`, `f17`, `g250`) and the
dictionaries say which number carries which name, so a hostile or merely odd name is only ever a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from core.vocabulary import MUTATED, NOT_PROFILED, WILD_TYPE  # noqa: F401 - part of the schema, asked for here

#: Version of the table layout; a store with a higher number was written by a newer program.
LAYOUT = 1
#: Columns a wide table holds at most; wider matrices continue in a further piece.
PIECE = 1000
#: The setting of a feature table that has no `setting` column.
ONE_SETTING = "default"


@dataclass(frozen=True)
class Study:
    """Where the data come from and on what terms."""

    id: str
    name: str
    description: str = ""
    source: str = ""
    licence: str = ""
    citation: str = ""
    synthetic: bool = False


@dataclass(frozen=True)
class Attribute:
    """A column of the patients' table. `type` is category, number or text; `levels` are in their natural order."""

    name: str
    label: str
    type: str
    unit: str = ""
    levels: tuple[str, ...] = ()
    role: str = ""  # one of ROLES, or none
    description: str = ""


#: What a column can be to an analysis, beyond being a column.
ROLES = ("subsite", "centre", "hpv", "age", "sex", "stage", "t_stage", "n_stage", "grade", "treatment", "genotype")
#: Of these, roles that several columns may have. The levels of a genotype go by the number of minor alleles: 0, 1, 2.
SHARED_ROLES = ("genotype",)


@dataclass(frozen=True)
class Endpoint:
    """A time to event: `name` is os, pfs, dfs ...; times are stored in `time_unit` as they came, from `origin`.

    `competing` names other endpoints of the study whose events keep this one from being the first; at equal times the
    endpoint itself comes first, then those in this order.
    """

    name: str
    label: str
    time_unit: str
    origin: str = ""
    competing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feature:
    """One radiomic feature of a set. `family` is shape, firstorder, glcm ...; `filter` original, wavelet-LLH ..."""

    name: str
    label: str = ""
    family: str = ""
    filter: str = ""
    ibsi: str = ""
    unit: str = ""


@dataclass(frozen=True)
class FeatureSet:
    """One extraction: `scale` is raw or z-scored; `settings` are the acquisition settings it was measured under."""

    name: str
    label: str = ""
    software: str = ""
    roi: str = ""
    modality: str = ""
    scale: str = "raw"
    settings: tuple[str, ...] = (ONE_SETTING,)
    features: tuple[Feature, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)


@dataclass(frozen=True)
class Regions:
    """Features measured in pairs of regions that lie side by side, several pairs to a patient.

    `sections` and `locations` say which pair it is (a level of the body, and the place within it); `members` names the
    two regions of every pair. A difference is the first of them minus the second.
    """

    name: str
    label: str = ""
    software: str = ""
    modality: str = ""
    sections: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    members: tuple[str, str] = ("first", "second")
    features: tuple[Feature, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)


@dataclass(frozen=True)
class Structure:
    """An organ or a target with dose-volume tables. `unit` of the volumes is cm3, percent or fraction."""

    name: str
    label: str = ""
    unit: str = "fraction"
    role: str = ""  # one of STRUCTURE_ROLES, or not known


STRUCTURE_ROLES = ("organ at risk", "target")
VOLUME_UNITS = ("cm3", "percent", "fraction")
#: Dose tables of these kinds: volume that lies at a dose, or that receives at least it.
DOSE_KINDS = ("differential", "cumulative")


@dataclass(frozen=True)
class Finding:
    """One kind of oddity found on import: `code` E... refuses, W... warns, I... informs.

    `count` cells or rows are concerned, of which `rows` are the first few (1 = the first line of the file).
    """

    code: str
    message: str
    file: str = ""
    column: str = ""
    count: int = 0
    rows: tuple[int, ...] = ()
    remedy: str = ""

    @property
    def severity(self) -> str:
        return {"E": "error", "W": "warning"}.get(self.code[:1], "note")

    def __str__(self) -> str:
        place = " ".join(part for part in (self.file, f"[{self.column}]" if self.column else "") if part)
        rows = (
            f" (row {', '.join(map(str, self.rows))}{' ...' if self.count > len(self.rows) else ''})"
            if self.rows
            else ""
        )
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{self.code} {place + ': ' if place else ''}{self.message}{rows}{remedy}"


@dataclass
class Draft:
    """A study as an importer understood it, before it is built into an edition.

    patients      index patient_id (text), a column per attribute (numbers float, the rest text or None)
    outcomes      patient_id, endpoint, time (float, in the unit of the endpoint), event (0.0, 1.0); unique pairs
    values        per feature set name: index (patient_id, setting), a float column per feature
    mutations     patient_id, sample_id, gene, classification, protein_change, vaf (float), origin (somatic or germline)
    panels        panel name -> the genes it covers; patient_panels: patient_id -> panel name (absent: not profiled)
    expression    index patient_id, a float column per gene; gene_sets: name, description, gene
    truth         for synthetic studies only: kind, item, value
    region_values per paired regions: index (patient_id, section, location, region), a float column per feature; both
                  regions of every pair have a row
    doses         patient_id, structure, kind (one of DOSE_KINDS, the same for a patient's structure), dose_gy, volume
    """

    study: Study
    attributes: list[Attribute] = field(default_factory=list)
    patients: pd.DataFrame = field(default_factory=pd.DataFrame)
    endpoints: list[Endpoint] = field(default_factory=list)
    outcomes: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=OUTCOMES))
    feature_sets: list[FeatureSet] = field(default_factory=list)
    values: dict[str, pd.DataFrame] = field(default_factory=dict)
    mutations: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=MUTATIONS))
    panels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    patient_panels: dict[str, str] = field(default_factory=dict)
    expression: pd.DataFrame = field(default_factory=pd.DataFrame)
    gene_sets: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=GENE_SETS))
    truth: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=TRUTH))
    report: list[Finding] = field(default_factory=list)
    regions: list[Regions] = field(default_factory=list)
    region_values: dict[str, pd.DataFrame] = field(default_factory=dict)
    structures: list[Structure] = field(default_factory=list)
    doses: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=DOSES))


OUTCOMES = ["patient_id", "endpoint", "time", "event"]
MUTATIONS = ["patient_id", "sample_id", "gene", "classification", "protein_change", "vaf", "origin"]
GENE_SETS = ["name", "description", "gene"]
TRUTH = ["kind", "item", "value"]
DOSES = ["patient_id", "structure", "kind", "dose_gy", "volume"]
REGION_KEYS = ["patient_id", "section", "location", "region"]


@dataclass(frozen=True)
class Catalogue:
    """The dictionaries of one edition: what may be asked of it, and which numbered column answers."""

    study: Study
    fingerprint: str
    n_patients: int
    attributes: Mapping[str, Attribute]
    endpoints: Mapping[str, Endpoint]
    feature_sets: Mapping[str, FeatureSet]
    mutation_genes: tuple[str, ...]  # genes that some patient was profiled for, most often mutated first
    expression_genes: tuple[str, ...]
    gene_sets: tuple[str, ...]
    columns: Mapping[str, str]  # attribute name -> numbered column of `patients`
    regions: Mapping[str, Regions] = field(default_factory=dict)
    structures: Mapping[str, Structure] = field(default_factory=dict)

    def column(self, attribute: str) -> str:
        """The numbered column of `patients` that carries this attribute."""
        return self.columns[attribute]

    def role(self, role: str) -> Attribute | None:
        """The first attribute that plays this role, if the study has one."""
        return next(iter(self.roles(role)), None)

    def roles(self, role: str) -> tuple[Attribute, ...]:
        """Every attribute that plays this role; only those in SHARED_ROLES can have several."""
        return tuple(a for a in self.attributes.values() if a.role == role)
