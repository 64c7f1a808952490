"""The Radiogenomics page's analyses: planted truth, real patients, SciPy, and studies that cannot answer."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.analyses.context import Context
from core.analyses.opening import opened, page_pairs
from core.analyses.phenotype_groups import matched_levels
from core.cohort import Cohort, parse
from core.errors import NotEstimable, Refused
from core.run import remembering
from core.store.library import Library
from core.store.schema import Attribute
from core.store.sources import read
from core.store.sources.notebook import Notebook
from core.view import View
from data.demo_imaging import CLUSTER_FAMILY, DRIVERS
from tests.store.drafts import small_draft

VOLUME = "original_shape_MeshVolume"


def asked(library, name, study="demo", where="", **options):
    chosen = {option.replace("__", "."): text for option, text in options.items()}
    view = View(study, parse(where) if where else Cohort()).with_options(chosen)
    context = Context(view, library, remembering())
    return context, context.analysis(name)


def found(library, name, study="demo", where="", **options):
    context, analysis = asked(library, name, study, where, **options)
    return context.result(analysis)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    from data.demo import demo as draft

    library = Library(tmp_path_factory.mktemp("demo"))
    library.publish(draft())
    library.publish(small_draft())
    return library


@pytest.fixture(scope="module")
def truth(demo):
    table = demo.open("demo").truth()
    return table[table["kind"] == "feature family"].set_index("item")["value"]


def test_the_demo_shows_its_driver_pathways(demo, truth):
    result = found(demo, "gene_screen")
    assert (result.n_tests, result.n_found, result.n_range) == (36_000, 776, (170, 170))
    pathway = {gene: name for name, genes in demo.open("demo").gene_sets().items() for gene in genes}
    hits = result.found[result.found["q"] < 0.05]
    planted = [(pathway[row.gene], truth[row.feature]) in DRIVERS.items() for row in hits.itertuples()]
    assert len(hits) == 776 and sum(planted) == 753
    assert result.words[0] == "776 of 36,000 pairs of a feature and a gene were found at q < 0.05."
    assert "36,000 tests (120 features, 300 genes by expression)" in result.words[1]
    assert len(result.rows) == len(set(result.rows)) == 24 and len(result.columns) == 24


def test_the_demo_shows_the_mutations_that_go_with_its_clusters(demo, truth):
    result = found(demo, "gene_screen", gene_screen__over="mutations")
    hits = result.found[result.found["q"] < 0.05]
    assert (result.n_tests, result.n_found) == (1_440, 17)
    assert set(hits["gene"]) == {"TP53", "CDKN2A"} and set(hits["feature"].map(truth)) == {CLUSTER_FAMILY}
    assert any("240 pairs not tested, too few mutated" in sentence for sentence in result.words)


def test_adjusting_is_said_and_leaves_out_what_is_adjusted_for(demo):
    result = found(demo, "gene_screen", gene_screen__volume=VOLUME, gene_screen__strata="centre")
    assert result.n_tests == 35_700 and result.adjust == (f"the volume {VOLUME}",) and result.strata == "Centre"
    assert f"Partial Spearman, adjusted for the volume {VOLUME} within Centre (3 groups)." in result.words
    pair = found(demo, "gene_pair", gene_screen__volume=VOLUME, gene_screen__strata="centre")
    ranks = pair.values[["feature_rank", "gene_rank"]].to_numpy()
    assert np.corrcoef(ranks.T)[0, 1] == pytest.approx(pair.effect, abs=1e-9)
    assert set(pair.values["stratum"]) == {"A", "B", "C"}


def test_the_ways_of_screening_are_the_screen_made_so(demo):
    table = found(demo, "gene_screen_ways", gene_screen__over="mutations", gene_screen_ways__asked="yes").table
    assert table["way"].tolist() == ["unadjusted", "the volume", "the centre", "both"]
    assert table.loc[0, ["n_tests", "n_found", "n_left"]].tolist() == [1_440, 17, 17]
    both = found(
        demo, "gene_screen", gene_screen__over="mutations", gene_screen__volume=VOLUME, gene_screen__strata="centre"
    )
    assert table.loc[3, ["n_tests", "n_found"]].tolist() == [both.n_tests, both.n_found]
    assert (table["n_same"] <= table["n_left"]).all() and (table["n_left"] <= 17).all()
    with pytest.raises(NotEstimable, match="Nothing was asked for"):
        found(demo, "gene_screen_ways")


def test_all_pairs_are_there_with_the_reason_of_those_not_tested(demo):
    result = found(demo, "gene_screen", gene_screen__over="mutations")
    table = result.all_pairs()
    assert len(table) == result.n_pairs == 120 * 14 and not table.duplicated(["feature", "gene"]).any()
    untested = table[table["p"].isna()]
    assert len(untested) == 240 and set(untested["test"]) == {"not tested: too few mutated"}
    assert (untested["n_mutated"] < 3).all() and (table["p"].dropna().diff().dropna() >= -1e-15).all()


@pytest.mark.parametrize("over", ["expression", "mutations"])
def test_a_pair_is_what_scipy_makes_of_the_store(demo, over):
    store = demo.open("demo")
    feature, gene = "original_glrlm_RunEntropy", {"expression": "CD274", "mutations": "TP53"}[over]
    result = found(demo, "gene_pair", gene_screen__over=over, gene_pair__feature=feature, gene_pair__gene=gene)
    values = store.features(Cohort(), "ct", "standard", [feature])[feature]
    if over == "expression":
        both = pd.concat([values, store.expression(Cohort(), [gene])[gene]], axis=1).dropna()
        theirs = stats.spearmanr(both)
        assert result.effect == pytest.approx(theirs.statistic, abs=1e-12)
    else:
        state = store.mutation_status(Cohort(), [gene])[gene].reindex(values.index)
        parts = [values[state == one].dropna() for one in ("mutated", "wild type")]
        theirs = stats.mannwhitneyu(*parts, method="asymptotic")
        assert result.n_mutated == len(parts[0]) and result.groups["n"].tolist() == [len(parts[1]), len(parts[0])]
    assert result.p == pytest.approx(theirs.pvalue, rel=1e-9) and result.n == len(result.values)
    screen = found(demo, "gene_screen", gene_screen__over=over)
    assert result.n_tests == screen.n_tests and result.q >= result.p


def test_a_pair_left_open_is_the_one_of_the_smallest_p(demo):
    screen = found(demo, "gene_screen")
    first = screen.found.iloc[0]
    pair = found(demo, "gene_pair")
    assert (pair.feature, pair.gene) == (first["feature"], first["gene"])
    of_gene = found(demo, "gene_pair", gene_pair__gene="GBP4")
    table = screen.screen.table()
    assert of_gene.feature == table[table["gene"] == "GBP4"].iloc[0]["feature"]


def test_planted_pathways_are_found_by_patients_and_far_more_by_genes(demo, truth):
    result = found(demo, "pathways")
    hits = result.table[result.table["found"]]
    assert result.enrichment.n_tests == 80 and result.n_found == 3
    assert {(row.set, truth[row.feature]) for row in hits.itertuples()} == set(DRIVERS.items())
    two = {"pathways__which": "chosen", "pathways__chosen": "original_glcm_Contrast,original_shape_Sphericity"}
    usual = found(demo, "pathways", pathways__null="genes", pathways__permutations="500", **two)
    assert usual.n_found > 5 and "Caution" in usual.words[1]  # nothing is planted in these two
    assert not found(demo, "pathways", pathways__permutations="500", **two).n_found
    pair = found(demo, "pathway_pair", pathway_pair__gene_set="Hypoxia")
    assert pair.set == "Hypoxia" and pair.ranking["running_sum"].abs().max() == pytest.approx(pair.es)
    assert pair.ranking["member"].sum() == 30 and pair.ranking.loc[pair.ranking["leading"], "member"].all()


def test_the_chosen_features_are_tested_and_the_smallest_q_is_told(demo):
    result = found(
        demo,
        "pathways",
        pathways__which="chosen",
        pathways__chosen="original_glcm_Contrast,original_glrlm_RunEntropy",
        pathways__permutations="500",
        gene_screen__volume=VOLUME,
    )
    assert result.enrichment.features == ("original_glcm_Contrast", "original_glrlm_RunEntropy")
    assert result.adjust == (f"the volume {VOLUME}",) and result.smallest_q == pytest.approx(20 / 501)
    with pytest.raises(NotEstimable, match="No feature is chosen"):
        found(demo, "pathways", pathways__which="chosen")


def test_phenotypes_hold_in_the_rest_of_the_study(demo):
    result = found(demo, "phenotypes", where="centre != C", phenotypes__groups="hpv_status", phenotypes__on="demo")
    assert result.sizes == {"negative": 109, "positive": 51} and result.tests.n_tests == 322
    first = result.table.iloc[0]
    assert (first["item"], first["highest"]) == ("TP53", "negative")
    assert (first["negative: mutated"], first["negative: n"]) == (89, 100)
    each = result.carried
    assert (each.n_carried, each.n_testable, each.n_same) == (21, 21, 21)
    assert each.table.iloc[0]["item"] == "TP53" and each.table.iloc[0]["verdict"] == "replicated"
    assert "21 of 21 point the same way" in result.second_words[1]


def test_one_row_of_the_phenotypes_is_what_the_store_says(demo):
    store, options = demo.open("demo"), {"phenotypes__groups": "hpv_status"}
    groups = store.patients(Cohort(), ["hpv_status"])["hpv_status"]
    first = found(demo, "phenotype_item", **options)
    status = store.mutation_status(Cohort(), ["TP53"])["TP53"]
    counts = pd.crosstab(groups, status)[["mutated", "wild type"]]
    assert (first.kind, first.item) == ("mutation", "TP53")
    assert first.groups["mutated"].tolist() == counts["mutated"].tolist()
    assert first.p == pytest.approx(stats.fisher_exact(counts.to_numpy()).pvalue, rel=1e-9)
    gene = found(demo, "phenotype_item", phenotype_item__item="expression: BRCA1", **options)
    values = store.expression(Cohort(), ["BRCA1"])["BRCA1"]
    parts = [values[groups.reindex(values.index) == name] for name in ("positive", "negative")]
    assert gene.p == pytest.approx(stats.mannwhitneyu(*parts, method="asymptotic").pvalue, rel=1e-9)
    assert gene.groups["median"].tolist() == [parts[1].median(), parts[0].median()]
    score = found(demo, "phenotype_item", phenotype_item__item="gene set: Hypoxia", **options)
    assert score.n == gene.n and abs(score.values["value"].mean()) < 0.2
    with pytest.raises(NotEstimable, match=r"RB1 .mutation. is not tested, fewer than 3 mutated"):
        found(demo, "phenotype_item", phenotype_item__item="mutation: RB1", **options)


def test_without_other_patients_the_page_says_so_and_discovery_stays(demo):
    result = found(demo, "phenotypes", phenotypes__on="demo")
    assert result.n_found and result.carried is None
    assert "nobody is left to try" in result.second_words[0]
    elsewhere = found(demo, "phenotypes", phenotypes__groups="treatment", phenotypes__on="small")
    assert "has no attribute of the name treatment" in elsewhere.no_replication


def test_levels_are_matched_by_their_spelling_and_sexes_by_their_beginning():
    sex = Attribute("sex", "", "category", levels=("female", "male"), role="sex")
    assert matched_levels(sex, ("F", "M", "unknown")) == {"F": "female", "M": "male"}
    stage = Attribute("stage", "", "category", levels=("I", "II", "III"))
    assert matched_levels(stage, ("ii", "IIB", "III")) == {"ii": "II", "III": "III"}


def without(**parts) -> object:
    draft = small_draft()
    return dataclasses.replace(draft, study=dataclasses.replace(draft.study, id="odd"), **parts)


@pytest.mark.parametrize(
    ("parts", "name", "said"),
    [
        ({"feature_sets": [], "values": {}}, "gene_screen", "no imaging features"),
        ({"expression": pd.DataFrame(), "gene_sets": small_draft().gene_sets.iloc[:0]}, "pathways", "no expression"),
        ({"gene_sets": small_draft().gene_sets.iloc[:0]}, "pathways", "no gene sets"),
    ],
    ids=["no features", "no expression", "no gene sets"],
)
def test_what_a_study_lacks_is_said(tmp_path, parts, name, said):
    library = Library(tmp_path)
    library.publish(without(**parts))
    with pytest.raises(NotEstimable, match=said):
        found(library, name, "odd")


@pytest.mark.parametrize("where", ["age > 300", "P001", "constant"])
def test_few_patients_and_constant_values_are_states(tmp_path, where):
    draft = small_draft()
    if where == "constant":
        values = {name: frame * 0 + 1.0 for name, frame in draft.values.items()}
        draft = dataclasses.replace(draft, values=values, expression=draft.expression * 0 + 1.0)
    library = Library(tmp_path)
    library.publish(draft)
    cohort = {"age > 300": "age > 300", "P001": 'remark = "first patient"', "constant": ""}[where]
    for over in ("expression", "mutations"):
        with pytest.raises(NotEstimable, match=r"^None of"):
            found(library, "gene_screen", "small", cohort, gene_screen__over=over)
    with pytest.raises(NotEstimable):
        found(library, "pathways", "small", cohort)
    if where != "constant":
        with pytest.raises(NotEstimable, match="Nothing can be tested"):
            found(library, "phenotypes", "small", cohort)


def test_links_carry_everything_and_bad_ones_are_refused(demo):
    view = View("small").with_options({"gene_screen.over": "mutations", "gene_pair.gene": "TP53"})
    options = dict(page_pairs("Radiogenomics", Context(view, demo)))
    assert options["gene_screen.over"] == "mutations" and options["pathways.seed"] == "0"
    assert options["phenotypes.on"] == "none" and options["gene_pair.feature"] == "none"
    for name, text in (("gene_screen.over", "x"), ("gene_pair.gene", "NOGENE"), ("pathways.permutations", "3")):
        with pytest.raises(Refused):
            opened([("study", "small"), (name, text)], demo)


@pytest.fixture(scope="module")
def lungs(tmp_path_factory):
    from tests.conftest import samples

    folder = samples() / "nsclc_radiogenomics"
    if not folder.is_dir():
        pytest.skip("the sample study nsclc_radiogenomics is not here; set COHORTSCOPE_SAMPLES")
    library = Library(tmp_path_factory.mktemp("lungs"))
    library.publish(read(folder, "lungs", Notebook()))
    return library


def test_real_lung_cancers(lungs):
    expression = found(lungs, "gene_screen", "lungs")
    assert (expression.n_tests, expression.n_found, expression.n_range) == (105_000, 1_146, (92, 117))
    assert expression.screen.copies == (("original_firstorder_TotalEnergy", "original_firstorder_Energy"),)
    mutations = found(lungs, "gene_screen", "lungs", gene_screen__over="mutations")
    assert (mutations.n_tests, mutations.n_found) == (210, 0)
    assert mutations.words[0].endswith("210 tests (105 features, 3 genes by mutation), smallest q = 0.96.")
    assert "This is a result" in mutations.words[1]
    tried = found(
        lungs, "phenotypes", "lungs", "centre = Stanford", phenotypes__groups="histology", phenotypes__on="lungs"
    )
    each = tried.carried
    # Keratin 17 marks squamous cell carcinoma, napsin A adenocarcinoma.
    highest = tried.table.set_index("item")["highest"]
    assert highest["KRT17"] == "Squamous cell carcinoma" and highest["NAPSA"] == "Adenocarcinoma"
    assert each.n_testable > 100 and each.n_same / each.n_testable > 0.95 and each.n_replicated > each.n_testable / 3


def test_imaging_clusters_are_assigned_in_other_patients(tmp_path):
    library = Library(tmp_path)
    library.publish(small_draft(n=90))
    quick = {"network.gamma": "0", "network.edge": "0.05", "network.patients": "all"}
    quick |= {"clusters.k": "2", "clusters.restarts": "1", "phenotypes.groups": "imaging_clusters"}
    context, analysis = asked(
        library, "phenotypes", "small", "subsite != larynx", phenotypes__on="small", phenotypes__smallest="3", **quick
    )
    result = context.result(analysis)
    clusters = context.result(context.analysis("clusters"))
    assert sum(result.sizes.values()) == clusters.n and result.label == "imaging clusters"
    assert set(result.sizes) == {"cluster 1", "cluster 2"}
    assert result.second_how == "assigned to the nearest frozen centroid" and result.carried is not None
    options = analysis.all_options(context)
    assert options["clusters.k"] == "2" and options["replication.on"] == "small"
