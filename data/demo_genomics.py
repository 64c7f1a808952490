"""Mutations and expression of the demonstration study."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.store.schema import GENE_SETS, MUTATIONS

#: Share of mutated patients, HPV-negative and HPV-positive, near those of head-and-neck cancer
#: (Cancer Genome Atlas Network 2015, doi:10.1038/nature14129).
FREQUENCIES = {
    "TP53": (0.82, 0.04),
    "FAT1": (0.25, 0.05),
    "CDKN2A": (0.25, 0.01),
    "TERT": (0.22, 0.03),
    "NOTCH1": (0.20, 0.10),
    "KMT2D": (0.17, 0.14),
    "PIK3CA": (0.16, 0.30),
    "NSD1": (0.12, 0.03),
    "CASP8": (0.11, 0.02),
    "HRAS": (0.07, 0.01),
    "FBXW7": (0.06, 0.07),
    "EGFR": (0.05, 0.01),
}
#: The large panel covers two genes in which nobody has a mutation: profiled and wild type is not the same as unknown.
LARGE, SMALL = "Head and neck 14", "Hotspot 7"
PANELS = {
    LARGE: (*FREQUENCIES, "PTEN", "RB1"),
    SMALL: ("TP53", "CDKN2A", "NOTCH1", "PIK3CA", "HRAS", "FBXW7", "EGFR"),
}
_MISSENSE, _STOP, _SHIFT, _SPLICE = "Missense_Mutation", "Nonsense_Mutation", "Frame_Shift_Del", "Splice_Site"
_PROMOTER = "5'Flank"
#: Changes known to recur, to draw from; the first third is drawn most often.
_CHANGES = {
    "TP53": {
        _MISSENSE: "R175H R248Q R273H R248W R282W G245S Y220C R273C H179R H193L V157F C176F",
        _STOP: "R213* R196* R306* R342* E298*",
        _SHIFT: "P152Rfs*18",
        "In_Frame_Del": "P191del",
        _SPLICE: "X187_splice X125_splice X224_splice",
    },
    "FAT1": {_STOP: "R1506* Q2933* E1838* R3170* W1012*", _SHIFT: "S2682Ffs*10 L3012Wfs*7", _MISSENSE: "D2147N"},
    "CDKN2A": {_STOP: "R58* R80* W110* E88*", _MISSENSE: "H83Y D108Y P114L D84N", _SPLICE: "X51_splice"},
    "TERT": {_PROMOTER: "c.-124C>T c.-146C>T"},
    "NOTCH1": {_MISSENSE: "C478F G310R E455K A465T D469G", _STOP: "W309* Q1957*", _SHIFT: "P422Hfs*4"},
    "KMT2D": {_STOP: "R2099* Q3612* R4198* E1391*", _SHIFT: "P2354Lfs*30 L656Cfs*12", _MISSENSE: "R5432W"},
    "PIK3CA": {_MISSENSE: "E545K H1047R E542K H1047L E726K C420R M1043I"},
    "NSD1": {_STOP: "R604* R1780* Q1364* E1083*", _MISSENSE: "R1952W", _SPLICE: "X1996_splice"},
    "CASP8": {_STOP: "R68* R433* E243*", _MISSENSE: "R494G G418V", _SHIFT: "S99Ffs*5"},
    "HRAS": {_MISSENSE: "G12S G13R G12V Q61L Q61K G12D"},
    "FBXW7": {_MISSENSE: "R465H R505G R465C R479Q", _STOP: "R393*"},
    "EGFR": {_MISSENSE: "R108K A289V G598V T363I"},
}
_TWICE = {"TP53": 0.06, "FAT1": 0.15, "NOTCH1": 0.12, "KMT2D": 0.12}

#: Ten sets of thirty genes. The members are chosen after the biology they are named for; the values are drawn.
PATHWAYS = {
    "Hypoxia": """
        CA9 VEGFA SLC2A1 LDHA PGK1 NDRG1 ADM BNIP3 EGLN3 P4HA1 ANKRD37 KDM3A PFKFB3 PFKFB4 DDIT4 MXI1 HK2 ALDOA ENO1
        TPI1 PDK1 ERO1A ANGPTL4 CA12 INSIG2 STC2 LOX P4HA2 SLC16A3 GBE1
    """,
    "Epithelial-mesenchymal transition": """
        VIM FN1 CDH2 SNAI2 TWIST1 ZEB1 ZEB2 SPARC COL1A1 COL1A2 COL3A1 COL5A1 COL6A3 POSTN FAP THY1 TAGLN ACTA2 LUM
        DCN LAMC2 ITGA5 SERPINE1 INHBA TGFBI MMP2 MMP14 LOXL2 PDPN CTHRC1
    """,
    "Interferon gamma response": """
        STAT1 IRF1 CXCL9 CXCL10 CXCL11 IDO1 GBP1 GBP4 GBP5 PSMB8 PSMB9 PSMB10 TAP1 TAP2 HLA-A HLA-B HLA-DRA HLA-DRB1
        CD274 CIITA SOCS1 IFIT3 IFI30 WARS1 LAP3 UBE2L6 NLRC5 CD8A GZMA PRF1
    """,
    "Cell cycle (E2F targets)": """
        CDKN2A MCM2 MCM3 MCM4 MCM5 MCM6 MCM7 E2F1 E2F2 RFC4 RRM2 TYMS MKI67 PCNA CCNE2 CDC6 CDT1 GINS2 ORC1 POLE2
        STMN1 TOP2A BUB1 AURKB CDK1 CCNB1 PLK1 RAD51 BRCA1 EZH2
    """,
    "p53 pathway": """
        CDKN1A MDM2 BBC3 BAX FAS GDF15 SESN1 SESN2 TIGAR ZMAT3 RRM2B XPC DDB2 PHLDA3 TP53I3 TP53INP1 PLK3 BTG2
        GADD45A AEN TNFRSF10B FDXR POLH RPS27L PERP CCNG1 SPATA18 TRIAP1 PLK2 CCNK
    """,
    "Keratinisation": """
        KRT1 KRT4 KRT5 KRT6A KRT6B KRT10 KRT13 KRT14 KRT16 KRT17 IVL LOR SPRR1A SPRR1B SPRR2A SPRR3 TGM1 TGM3 CSTA
        CNFN DSG3 DSC2 DSP PKP1 KLK5 KLK7 CRNN SBSN S100A7 S100A8
    """,
    "Angiogenesis": """
        PECAM1 CDH5 KDR FLT1 TEK TIE1 ENG VWF ANGPT2 ESAM ROBO4 CLDN5 EMCN ERG SOX17 SOX18 PLVAP RAMP2 ECSCR MMRN2
        CD34 NOS3 DLL4 APLN APLNR ESM1 NRP1 NRP2 PGF PDGFB
    """,
    "TNF alpha signalling": """
        NFKBIA TNFAIP3 CXCL1 CXCL2 CXCL3 CXCL8 IL6 IL1B CCL2 CCL20 ICAM1 BIRC3 RELB NFKB1 NFKB2 JUNB FOSL1 ATF3
        DUSP1 IER3 PTGS2 SOD2 TRAF1 CD44 LIF PLAUR SAT1 ZFP36 KLF6 EGR1
    """,
    "Oxidative phosphorylation": """
        NDUFA1 NDUFA4 NDUFB3 NDUFB5 NDUFC1 NDUFS3 NDUFS8 NDUFV1 SDHA SDHB SDHD UQCRC1 UQCRB UQCRQ CYC1 COX4I1 COX5A
        COX6C COX7B COX8A ATP5F1A ATP5F1B ATP5PO ATP5MC1 CYCS IDH3A MDH2 ACO2 CS OGDH
    """,
    "Oxidative stress (NRF2 targets)": """
        NQO1 GCLC GCLM TXNRD1 SRXN1 HMOX1 SLC7A11 AKR1C1 AKR1C2 AKR1C3 AKR1B10 G6PD PGD TALDO1 TKT ME1 GPX2 GSR
        PRDX1 ABCC1 ABCC2 OSGIN1 PIR TXN FTL FTH1 UGDH EPHX1 CYP4F11 ALDH3A1
    """,
}
#: The pathway that HPV raises, and by how many standard deviations.
HPV_PATHWAY, HPV_RAISES = "Cell cycle (E2F targets)", 1.1


def mutated(random: np.random.Generator, hpv: np.ndarray) -> dict[str, np.ndarray]:
    """Who carries a mutation of each gene, profiled or not, given true HPV status."""
    return {gene: random.random(len(hpv)) < np.where(hpv, *reversed(rates)) for gene, rates in FREQUENCIES.items()}


def panels(random: np.random.Generator, patients: pd.DataFrame, unprofiled: int = 20) -> dict[str, str]:
    """Which panel each profiled patient had; centre C mostly used the small one."""
    left_out = set(np.argsort(random.random(len(patients)))[:unprofiled].tolist())
    small = random.random(len(patients)) < patients["centre"].map({"A": 0.08, "B": 0.25, "C": 0.7}).to_numpy()
    return {patient: SMALL if small[i] else LARGE for i, patient in enumerate(patients.index) if i not in left_out}


def mutations(
    random: np.random.Generator, carriers: dict[str, np.ndarray], patients: pd.Index, patient_panels: dict[str, str]
) -> pd.DataFrame:
    """The mutations that the panels saw, some genes twice in one patient."""
    rows = []
    for gene, carrier in carriers.items():
        changes = [(kind, change) for kind, found in _CHANGES[gene].items() for change in found.split()]
        weight = np.array([3.0 if i < (len(changes) + 2) / 3 else 1.0 for i in range(len(changes))])
        edges = np.cumsum(weight / weight.sum())
        for patient, carries in zip(patients, carrier, strict=True):
            first, second, twice, depth, depth2 = random.random(5)
            if not carries or gene not in PANELS.get(patient_panels.get(patient, ""), ()):
                continue
            picked = {min(int(np.searchsorted(edges, first)), len(changes) - 1): depth}
            if twice < _TWICE.get(gene, 0):
                picked.setdefault(min(int(second * len(changes)), len(changes) - 1), depth2)
            for number, share in picked.items():
                kind, change = changes[number]
                protein = change if kind == _PROMOTER else f"p.{change}"
                rows.append((patient, f"{patient}-T", gene, kind, protein, round(0.06 + 0.5 * share, 3), "somatic"))
    return pd.DataFrame(rows, columns=MUTATIONS)


def activities(random: np.random.Generator, hpv: np.ndarray) -> dict[str, np.ndarray]:
    """Each pathway's activity per patient, as a standard score (HPV lifts one of them above)."""
    drawn = {pathway: random.standard_normal(len(hpv)) for pathway in PATHWAYS}
    drawn[HPV_PATHWAY] = drawn[HPV_PATHWAY] + HPV_RAISES * hpv
    return drawn


def expression(
    random: np.random.Generator, activity: dict[str, np.ndarray], patients: pd.Index, measured: np.ndarray
) -> pd.DataFrame:
    """Values like log2(TPM + 1) for 300 genes: each follows its pathway with a correlation of 0.45 to 0.85."""
    columns = {}
    for pathway, genes in PATHWAYS.items():
        for gene in genes.split():
            share, level, spread = 0.45 + 0.4 * random.random(), 3.5 + 6 * random.random(), 0.5 + 0.8 * random.random()
            score = share * activity[pathway] + np.sqrt(1 - share * share) * random.standard_normal(len(patients))
            columns[gene] = np.maximum(level + spread * score, 0.0)
    return pd.DataFrame(columns, index=patients)[measured]


def gene_sets() -> pd.DataFrame:
    """The pathways, as sets."""
    return pd.DataFrame(
        [
            (pathway, "Thirty genes of the demonstration, driven by one latent activity", gene)
            for pathway, genes in PATHWAYS.items()
            for gene in genes.split()
        ],
        columns=GENE_SETS,
    )
