"""What was planted in the demonstration study is found, and real patients give an honest answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.radiogenomics.screen import expression_screen, mutation_screen
from data.demo import demo
from data.demo_imaging import CLUSTER_FAMILY, DRIVERS

VOLUME = "original_shape_MeshVolume"


@pytest.fixture(scope="module")
def study():
    return demo()


@pytest.fixture(scope="module")
def features(study):
    return study.values["ct"].xs("standard", level="setting")


@pytest.fixture(scope="module")
def family(study):
    return study.truth.query("kind == 'feature family'").set_index("item")["value"]


@pytest.fixture(scope="module")
def mutated(study, features):
    """1 mutated, 0 wild type, missing where the patient's panel does not cover the gene."""
    panel = pd.Series(study.patient_panels).reindex(features.index)
    genes = sorted({gene for covered in study.panels.values() for gene in covered})
    covers = {name: np.isin(genes, covered) for name, covered in study.panels.items()}
    profiled = np.array([covers.get(name, np.zeros(len(genes), dtype=bool)) for name in panel])
    hits = pd.crosstab(study.mutations["patient_id"], study.mutations["gene"]).clip(upper=1)
    hits = hits.reindex(index=features.index, columns=genes, fill_value=0).astype(float)
    return hits.where(profiled)


@pytest.mark.parametrize("adjusted", [False, True], ids=["unadjusted", "adjusted"])
def test_the_driver_pathways_are_found_in_their_families(study, features, family, adjusted):
    both = features.index.intersection(study.expression.index)
    options = {}
    if adjusted:
        options["adjust"] = features.loc[both, [VOLUME]].join(study.patients["age"])
        options["strata"] = study.patients.loc[both, "centre"]
    found = expression_screen(features.loc[both], study.expression.loc[both], **options)
    table = found.table()
    hits = table[table["q"] < 0.05]
    pathway = study.gene_sets.drop_duplicates("gene").set_index("gene")["name"]
    pairs = pd.Series(list(zip(hits["gene"].map(pathway), hits["feature"].map(family), strict=True)))
    assert found.n_tests == (119 if adjusted else 120) * 300
    for planted in DRIVERS.items():
        assert (pairs == planted).sum() > 150
    # The rest are false discoveries, of which 5 % are allowed.
    assert 1 - pairs.isin(list(DRIVERS.items())).mean() < 0.05


def test_mutations_that_go_with_the_clusters_are_found_and_vanish_within_clusters(study, features, family, mutated):
    """TP53 and CDKN2A are rarely mutated with HPV, and HPV goes with a cluster, which is planted in one family."""
    table = mutation_screen(features, mutated).table()
    hits = table[table["q"] < 0.05]
    assert set(hits["gene"]) == {"TP53", "CDKN2A"} and set(hits["feature"].map(family)) == {CLUSTER_FAMILY}
    cluster = study.truth.query("kind == 'cluster'").set_index("item")["value"].reindex(features.index)
    within = mutation_screen(features, mutated, strata=cluster)
    assert not (within.q < 0.05).any()


def test_genes_without_a_mutation_are_no_tests(features, mutated):
    found = mutation_screen(features, mutated)
    assert found.n_tests == 12 * 120
    assert found.not_tested()[["reason", "n_pairs", "n_genes"]].to_numpy().tolist() == [["too few mutated", 240, 2]]


def test_real_lung_cancers_show_no_mutation_that_survives_counting_the_tests(real_study):
    """117 profiled for EGFR, 23 mutated: the strongest of 210 pairs has p = 0.011, which is what chance gives."""
    folder = real_study("nsclc_radiogenomics")
    features = pd.read_csv(folder / "features.csv", index_col="patient_id")
    status = pd.read_csv(folder / "mutations.csv").pivot(index="patient_id", columns="gene", values="mutated")
    patients = pd.read_csv(folder / "patients.csv", index_col="patient_id").reindex(features.index)
    mutated = status.reindex(features.index)
    found = mutation_screen(features, mutated)
    egfr = found.genes.index("EGFR")
    assert (found.n[0, egfr], found.n_mutated[0, egfr], found.n_tests) == (117, 23, 210)
    first = found.table(1).iloc[0]
    assert (first["feature"], first["gene"]) == ("original_glszm_ZoneEntropy", "EGFR")
    assert round(first["p"], 4) == 0.0115 and round(first["q"], 2) == 0.96
    assert found.copies == (("original_firstorder_TotalEnergy", "original_firstorder_Energy"),)
    volume = features[["original_shape_VoxelVolume"]].join(patients["age"])
    adjusted = mutation_screen(features, mutated, adjust=volume)
    assert np.nanmin(adjusted.q) > 0.6 and adjusted.n_tests == 208


def test_real_lung_cancers_show_genes_that_go_with_density(real_study):
    folder = real_study("nsclc_radiogenomics")
    features = pd.read_csv(folder / "features.csv", index_col="patient_id")
    expression = pd.read_csv(folder / "expression.csv", index_col="patient_id").iloc[:, :200]
    both = features.index.intersection(expression.index)
    found = expression_screen(features.loc[both], expression.loc[both])
    assert len(both) == 117 and found.n.min() < 117 and found.n_tests == 105 * 200
    from scipy.stats import spearmanr

    for row in found.table(5).itertuples():
        theirs = spearmanr(features.loc[both, row.feature], expression.loc[both, row.gene], nan_policy="omit")
        assert abs(row.p - theirs.pvalue) < 1e-12 and abs(row.effect - theirs.statistic) < 1e-12
