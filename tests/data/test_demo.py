"""The demonstration study holds together, is the same everywhere, and the analyses find what was planted in it."""

from __future__ import annotations

import hashlib
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from core.analyses.context import Context
from core.network.components import common_components, common_network
from core.network.screening import volume_feature, volume_surrogates
from core.network.sparse import ebic_network
from core.radiogenomics.dose import Dvh, geud_gy
from core.radiogenomics.logistic import logistic
from core.radiogenomics.ntcp import fit_lkb
from core.run import remembering
from core.stats.agreement import agreement
from core.stats.association import categorical_association
from core.store.build import build
from core.store.canonical import canonical
from core.store.fingerprint import fingerprint
from core.store.library import Library
from core.store.schema import Draft
from core.survival.logrank import logrank
from core.survival.outcome import Outcome
from core.transport.comparator import euclidean_kmeans, label_agreement
from core.transport.density import densities, learn_scaling
from core.transport.kmeans import wasserstein_kmeans
from core.transport.metric import hop_ground
from core.transport.shift import setting_shift
from core.view import View
from data.demo import FINGERPRINT, demo

#: Of all values, written to six digits. It changes when the study is changed on purpose, and never by itself.
CONTENT = "e755622545245269f76387146b2a14f174a7641f3e35f520046c28c1c9f56299"
DOSES = "b90a099bcc412fbcd64e53663bf89597bd91a18085d851634842c2a49e6c4351"
CATEGORIES = ("subsite", "hpv_status", "t_stage", "n_stage", "stage", "sex", "centre", "treatment")
CONTROL_CURVE = ("D50, Gy", "gamma50", "exponent of the gEUD")
DOSE_OUTCOMES = ("xerostomia_12m", "local_control_24m")


@pytest.fixture(scope="module")
def draft() -> Draft:
    return demo()


@pytest.fixture(scope="module")
def truth(draft):
    """Kind -> item -> value."""
    return {kind: rows.set_index("item")["value"] for kind, rows in draft.truth.groupby("kind")}


@pytest.fixture(scope="module")
def features(draft):
    """The feature tables of both settings, without the surrogates of volume."""
    values = draft.values["ct"]
    standard, sharp = values.xs("standard", level="setting"), values.xs("sharp", level="setting")
    screened = volume_surrogates(standard, volume_feature(standard.columns))
    kept = list(screened.kept)
    return SimpleNamespace(
        standard=standard[kept], sharp=sharp[kept], all_standard=standard, all_sharp=sharp, dropped=screened.dropped
    )


@pytest.fixture(scope="module")
def networks(features):
    """Networks of the two settings over the paired patients."""
    paired = features.standard.loc[features.sharp.index]
    return tuple(ebic_network(table, gamma=0.25, threshold=False, lambdas=60) for table in (paired, features.sharp))


@pytest.fixture(scope="module")
def common(networks):
    return common_network(*networks).largest


@pytest.fixture(scope="module")
def found(features, common):
    """Wasserstein 3-means of everybody imaged on the common network."""
    table = features.standard[list(common.names)]
    patients = densities(table, learn_scaling(table))
    ground = hop_ground(len(common.names), common.edges)
    return SimpleNamespace(
        labels=wasserstein_kmeans(patients.values, ground, 3, restarts=10).labels, patients=list(patients.patients)
    )


def outcome(draft: Draft, endpoint: str, patients: list[str]) -> Outcome:
    rows = draft.outcomes[draft.outcomes["endpoint"] == endpoint].set_index("patient_id").reindex(patients)
    return Outcome.of(rows["time"], rows["event"], "months")


def digest_of(*tables: pd.DataFrame) -> str:
    digest = hashlib.sha256()
    for table in tables:
        digest.update(table.to_csv(lineterminator="\n").encode())
    return digest.hexdigest()


def test_it_is_the_same_every_time_and_everywhere(draft):
    assert fingerprint(draft) == fingerprint(demo())
    clinical = draft.patients.drop(columns=list(DOSE_OUTCOMES))
    tables = (clinical, draft.outcomes, draft.values["ct"], draft.mutations, draft.expression)
    assert digest_of(*tables) == CONTENT
    assert digest_of(draft.patients[list(DOSE_OUTCOMES)], draft.doses) == DOSES


def test_it_is_made_in_a_moment():
    started = time.perf_counter()
    demo()
    assert time.perf_counter() - started < 3


def test_it_says_that_it_is_synthetic(draft):
    assert draft.study.id == "demo"
    assert draft.study.synthetic
    assert draft.study.name.startswith("Synthetic demonstration data")
    assert draft.study.licence and draft.study.source and draft.study.citation


def test_it_is_a_sound_draft_that_builds(draft, tmp_path):
    clean = canonical(draft)
    assert [finding.code for finding in clean.report] == ["I300"], "no panel had to be widened"
    assert build(draft, tmp_path / "demo.duckdb") == fingerprint(draft)


def test_there_are_as_many_as_promised(draft):
    assert draft.patients.index.is_unique and len(draft.patients) == 240
    assert list(draft.patients.index[[0, -1]]) == ["DEMO-001", "DEMO-240"]
    values = draft.values["ct"]
    assert values.index.is_unique
    assert values.groupby(level="setting").size().to_dict() == {"sharp": 80, "standard": 225}
    assert values.shape[1] == len(draft.feature_sets[0].names) == 120
    assert draft.expression.shape == (180, 300)
    assert len(draft.patient_panels) == 220
    assert draft.mutations["gene"].nunique() == 12
    assert draft.gene_sets.groupby("name").size().tolist() == [30] * 10
    assert set(draft.gene_sets["gene"]) == set(draft.expression.columns)


def test_the_paired_were_all_scanned_at_one_centre_and_under_both_settings(draft, features):
    assert set(features.sharp.index) <= set(features.standard.index)
    assert set(draft.patients.loc[features.sharp.index, "centre"]) == {"A"}


def test_only_what_is_meant_is_missing(draft):
    missing = draft.patients.drop(columns=list(DOSE_OUTCOMES)).isna().sum()
    assert set(missing[missing > 0].index) == {"hpv_status", "n_stage", "stage", "smoking_pack_years"}
    assert missing.max() < 40
    assert not draft.values["ct"].isna().any(axis=None)
    assert not draft.expression.isna().any(axis=None)
    assert not draft.outcomes.isna().any(axis=None)
    followed = draft.outcomes.groupby("endpoint").size()
    assert followed.to_dict() == {"os": 237, "pfs": 232, "ttp": 232}


@pytest.mark.parametrize("name", (*CATEGORIES, *DOSE_OUTCOMES))
def test_levels_are_complete_and_in_use(draft, name):
    (attribute,) = (a for a in draft.attributes if a.name == name)
    assert set(draft.patients[name].dropna()) == set(attribute.levels)


def test_stage_follows_from_t_and_n(draft):
    known = draft.patients.dropna(subset=["stage"])
    advanced = (known["t_stage"] == "T4") | known["n_stage"].isin(["N2", "N3"])
    assert (advanced == (known["stage"] == "IV")).all()


def test_raw_values_are_plausible(draft):
    values = draft.values["ct"]
    signed = ("Mean", "Median", "10Percentile", "Minimum", "Skewness", "ClusterShade", "Imc1")
    positive = [name for name in values if not name.endswith(tuple(f"_{end}" for end in signed))]
    assert (values[positive] > 0).all(axis=None)
    shares = [name for name in values if name.endswith(("Sphericity", "Flatness", "Elongation", "Idn", "Idmn", "Imc2"))]
    assert (values[shares] < 1).all(axis=None)
    assert values["original_shape_MeshVolume"].median() == pytest.approx(14500, rel=0.2)


def test_progression_comes_no_later_than_death(draft):
    wide = draft.outcomes.pivot(index="patient_id", columns="endpoint", values=["time", "event"]).dropna()
    assert (wide["time", "pfs"] <= wide["time", "os"]).all()
    assert (wide["event", "pfs"] >= wide["event", "os"]).all()
    assert wide["time"].min(axis=None) > 0


def test_progression_free_survival_is_progression_or_death_whichever_came_first(draft):
    assert [(each.name, each.competing) for each in draft.endpoints] == [("os", ()), ("pfs", ()), ("ttp", ("os",))]
    wide = draft.outcomes.pivot(index="patient_id", columns="endpoint", values=["time", "event"]).dropna()
    time, event = wide["time"], wide["event"]
    assert (time["pfs"] == time["ttp"]).all() and (time["ttp"] <= time["os"]).all()
    died_first = (event["os"] == 1) & (time["os"] == time["ttp"]) & (event["ttp"] == 0)
    assert ((event["ttp"] == 1) | died_first).eq(event["pfs"] == 1).all()


def test_progression_is_the_first_event_as_often_as_planted(draft, truth):
    from scipy.stats import binom

    wide = draft.outcomes.pivot(index="patient_id", columns="endpoint", values="event").dropna()
    planted = float(truth["share of first events"]["ttp before os"])
    low, high = binom.ppf([0.005, 0.995], int(wide["pfs"].sum()), planted)
    assert low <= wide["ttp"].sum() <= high


def test_mutations_lie_within_the_panels(draft):
    for row in draft.mutations.itertuples():
        assert row.gene in draft.panels[draft.patient_panels[row.patient_id]]
    assert not draft.mutations.duplicated(["patient_id", "gene", "protein_change"]).any()
    assert {"PTEN", "RB1"} <= set(draft.panels["Head and neck 14"]), "profiled and never mutated"


def test_mutation_frequencies_are_those_planted(draft, truth):
    status = draft.patients["hpv_status"].dropna()
    for hpv, patients in status.groupby(status).groups.items():
        for gene, planted in truth[f"mutation frequency, HPV-{hpv}"].astype(float).items():
            profiled = [p for p in patients if gene in draft.panels.get(draft.patient_panels.get(p, ""), ())]
            carriers = set(draft.mutations.loc[draft.mutations["gene"] == gene, "patient_id"])
            seen = np.mean([p in carriers for p in profiled])
            assert abs(seen - planted) < 3.5 * np.sqrt(planted * (1 - planted) / len(profiled)) + 0.01, (gene, hpv)


def test_the_volume_filter_removes_the_planted_surrogates(features, truth):
    assert set(features.dropped) == set(truth["volume surrogate"].index)


def test_stable_families_and_no_others_share_components(networks, truth):
    family = truth["feature family"]
    compared = common_components(*networks)
    shared = [
        {family[name] for name in names}
        for names, q in zip(compared.shared_features, compared.pairs["q"], strict=True)
        if q < 0.01
    ]
    assert all(len(families) == 1 for families in shared)
    assert set().union(*shared) == set(truth["family"][truth["family"] == "stable"].index)


def test_unstable_families_hang_together_under_the_standard_reconstruction(networks, truth):
    family, unstable = truth["feature family"], truth["family"][truth["family"] == "unstable"].index
    for name in unstable:
        sizes = [sum(family[f] == name for f in part) for part in common_components(*networks).components_a]
        assert max(sizes) >= 8, name


def test_edges_are_the_planted_ones(networks, truth):
    planted = {frozenset(edge) for edge in truth["edge"].items()}
    standard, _ = networks
    drawn = {frozenset((standard.names[i], standard.names[j])) for i, j in standard.edges}
    entered = {edge for edge in planted if edge <= set(standard.names)}
    assert len(drawn & entered) >= 0.95 * len(entered)
    assert len(drawn & entered) >= 0.85 * len(drawn)


@pytest.mark.parametrize("gamma, threshold", [(0.0, False), (0.5, True)])
def test_the_common_network_is_the_clusters_one_under_other_settings_too(features, truth, gamma, threshold):
    everybody = ebic_network(features.standard, gamma=gamma, threshold=threshold, lambdas=60)
    sharp = ebic_network(features.sharp, gamma=gamma, threshold=threshold, lambdas=60)
    names = common_network(everybody, sharp).largest.names
    assert {truth["feature family"][name] for name in names} == set(truth["cluster family"].index)
    assert len(names) == 24


def test_stable_features_agree_between_the_settings_and_unstable_do_not(features, truth):
    some = features.all_sharp.columns[::3]
    table = agreement(features.all_standard.loc[features.all_sharp.index, some], features.all_sharp[some]).table
    kept = truth["feature family"].map(truth["family"])[table.index]
    assert table.loc[kept == "stable", "ccc"].min() > 0.75
    assert table.loc[kept == "unstable", "ccc"].max() < 0.65


def test_patients_move_less_on_the_common_network_than_on_random_features(features, common):
    ground = hop_ground(len(common.names), common.edges)
    shift = setting_shift(features.standard, features.sharp, common.names, ground, draws=60)
    assert shift.n == 80
    assert shift.p_mean < 0.05
    assert shift.within_to_between < 0.3


def test_wasserstein_clusters_are_the_planted_ones(features, common, found, truth):
    planted = truth["cluster"][found.patients].to_numpy()
    assert label_agreement(found.labels, planted).adjusted_rand >= 0.8
    plain = euclidean_kmeans(features.standard.loc[found.patients, list(common.names)].to_numpy(), 3)
    assert label_agreement(plain.labels, planted).adjusted_rand >= 0.7


@pytest.mark.parametrize("attribute", ["subsite", "hpv_status"])
def test_clusters_go_with_subsite_and_hpv(draft, found, attribute):
    result = categorical_association(found.labels, draft.patients.loc[found.patients, attribute])
    assert result.p < 0.001, "10,000 random tables reach no lower than 0.0001"
    assert result.effect > 0.3


def test_clusters_do_not_go_with_sex_or_centre_of_themselves(draft, truth):
    for attribute in ("sex", "centre"):
        result = categorical_association(truth["cluster"][draft.patients.index], draft.patients[attribute])
        assert result.effect < 0.25, attribute


@pytest.mark.parametrize("endpoint", ["os", "pfs"])
def test_survival_differs_by_hpv_and_by_cluster(draft, found, endpoint):
    everybody = list(draft.patients.index)
    assert logrank(outcome(draft, endpoint, everybody), draft.patients["hpv_status"].to_numpy()).p < 0.001
    assert logrank(outcome(draft, endpoint, found.patients), found.labels).p < 0.001


@pytest.mark.parametrize("endpoint", ["os", "pfs", "ttp"])
def test_hazard_ratios_are_those_planted(draft, truth, endpoint):
    from lifelines import CoxPHFitter

    known = draft.patients.dropna(subset=["hpv_status", "stage"])
    known = known[known.index.isin(draft.patient_panels.keys())]
    carriers = draft.mutations.loc[draft.mutations["gene"] == "TP53", "patient_id"]
    design = pd.DataFrame(
        {
            "hpv_status = positive": (known["hpv_status"] == "positive").astype(float),
            "stage, per level": known["stage"].map({"I": 0, "II": 1, "III": 2, "IV": 3}).astype(float),
            "cluster = 3": (truth["cluster"][known.index] == "3").astype(float),
            "TP53 = mutated": known.index.isin(carriers).astype(float),
        }
    )
    rows = draft.outcomes[draft.outcomes["endpoint"] == endpoint].set_index("patient_id")
    fit = CoxPHFitter().fit(design.join(rows[["time", "event"]], how="inner"), "time", "event").summary
    planted = truth["log hazard ratio"].astype(float)
    off = (fit["coef"] - planted[fit.index]) / fit["se(coef)"]
    assert (off.abs() < 2.5).all()


def test_driver_pathways_come_first_for_their_family(draft, features, truth):
    patients = features.all_standard.index.intersection(draft.expression.index)
    assert len(patients) > 150
    genes = draft.expression.loc[patients]
    scores = pd.DataFrame(
        {
            name: ((genes[members] - genes[members].mean()) / genes[members].std()).mean(axis=1)
            for name, members in draft.gene_sets.groupby("name")["gene"].agg(list).items()
        }
    )
    both = pd.concat([scores, features.standard.loc[patients]], axis=1).rank().corr().abs()
    mean = both.loc[scores.columns, features.standard.columns].T.groupby(truth["feature family"]).mean()
    for pathway, family in truth["driver pathway"].items():
        assert mean.loc[family].idxmax() == pathway
        assert mean[pathway].idxmax() == family
        assert mean.loc[family, pathway] > 0.3
    driven = truth["driver pathway"]
    assert mean.drop(index=driven).max(axis=None) < 0.2, "nothing else is driven"


def test_hpv_raises_its_pathway(draft, truth):
    (pathway,) = truth["HPV pathway"].index
    members = draft.gene_sets.loc[draft.gene_sets["name"] == pathway, "gene"]
    assert "CDKN2A" in set(members), "p16"
    score = draft.expression[members].mean(axis=1)
    hpv = draft.patients["hpv_status"].reindex(score.index)
    assert score[hpv == "positive"].mean() - score[hpv == "negative"].mean() > 0.4


def test_centres_differ_as_planted(draft, features, truth):
    centre = draft.patients.loc[features.all_standard.index, "centre"]
    family = truth["feature family"]
    chosen = list(family[family == "wavelet-HHH_glcm"].index)
    table = features.all_standard[chosen]
    means = table.groupby(centre).mean()
    for other in ("B", "C"):
        seen = (means.loc[other] - means.loc["A"]) / table[centre == "A"].std()
        planted = truth["batch shift"][[f"{other}: {name}" for name in chosen]].astype(float).to_numpy()
        assert np.corrcoef(seen, planted)[0, 1] > 0.8


def test_the_fingerprint_that_stores_are_compared_with_is_the_right_one():
    assert fingerprint(demo()) == FINGERPRINT


# ------------------------------------------------------------------------------------------------ doses


def dose_tables(draft: Draft, structure: str) -> dict[str, Dvh]:
    rows = draft.doses[draft.doses["structure"] == structure]
    return {
        patient: Dvh.of(table["dose_gy"], table["volume"], table["kind"].iloc[0])
        for patient, table in rows.groupby("patient_id")
    }


def test_those_irradiated_and_nobody_else_have_doses_and_outcomes_of_them(draft):
    irradiated = set(draft.patients.index[draft.patients["treatment"] != "surgery"])
    assert len(irradiated) == 206
    for structure in ("parotid", "ptv"):
        assert set(dose_tables(draft, structure)) == irradiated, "and every table passes the checks of Dvh.of"
    for name in DOSE_OUTCOMES:
        known = draft.patients[name].dropna()
        assert set(known.index) <= irradiated and len(known) > 0.9 * len(irradiated), "some were not seen again"


def test_the_complication_curve_is_the_one_planted(draft, truth):
    planted = truth["complication curve"].astype(float)
    tables = dose_tables(draft, "parotid")
    dry = draft.patients["xerostomia_12m"].map({"no": 0, "yes": 1}).reindex(list(tables))
    fit = fit_lkb(list(tables.values()), dry)
    assert fit.n_patients == 188 and fit.n_events == 72
    for estimate, item in ((fit.n, "n"), (fit.m, "m"), (fit.td50_gy, "TD50, Gy")):
        value = planted[f"xerostomia_12m by parotid: {item}"]
        assert (estimate.low or 0) < value < (estimate.high or np.inf), item


def test_the_control_curve_is_the_one_planted(draft, truth):
    planted = truth["control curve"].astype(float)
    d50, gamma50, a = (planted[f"local_control_24m by ptv: {item}"] for item in CONTROL_CURVE)
    tables = dose_tables(draft, "ptv")
    logs = np.log([geud_gy(each, a) for each in tables.values()])
    controlled = draft.patients["local_control_24m"].map({"no": 0, "yes": 1}).reindex(list(tables)).to_numpy(float)
    known = ~np.isnan(controlled)
    fit = logistic(logs[known, None], controlled[known] == 1)
    slope, error = fit.coefficients[1], fit.standard_errors[1]
    assert abs(slope - 4 * gamma50) < 2.5 * error and slope > 3 * error
    assert np.exp(-fit.coefficients[0] / slope) == pytest.approx(d50, abs=3)


@pytest.fixture(scope="module")
def as_opened(tmp_path_factory):
    """The demo as its Clusters page opens, with every option at its default."""
    library = Library(tmp_path_factory.mktemp("opened"))
    library.publish(demo())
    return Context(View("demo"), library, remembering())


def test_the_page_as_it_opens_recovers_the_planted_clusters(as_opened, truth):
    clusters = as_opened.result(as_opened.analysis("clusters"))
    patients = clusters.patients.set_index("patient_id")
    planted = truth["cluster"][patients.index].to_numpy()
    assert clusters.wasserstein.k == 3 and clusters.n == 225
    assert label_agreement(patients["cluster"].to_numpy(), planted).adjusted_rand >= 0.8


def test_the_page_as_it_opens_rejects_the_planted_unstable_families(as_opened, truth):
    network = as_opened.result(as_opened.analysis("network"))
    unstable = set(truth["family"][truth["family"] == "unstable"].index)
    family = truth["feature family"]
    assert unstable and not unstable & {family[name] for name in network.chosen.names}
    for names, q in zip(network.common.shared_features, network.common.pairs["q"], strict=True):
        assert q >= 0.01 or not unstable & {family[name] for name in names}
