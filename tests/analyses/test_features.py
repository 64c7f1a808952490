"""The Features page's questions: on the demonstration study against what was planted, and on real studies."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kruskal

from core.analyses.acquisition import acquisition_attributes, is_acquisition
from core.analyses.batches import standardised_within
from core.analyses.context import Context
from core.analyses.harmonised_words import _judged
from core.analyses.opening import opened, page_pairs
from core.cohort import Cohort, parse
from core.errors import NotEstimable, Refused
from core.run import remembering
from core.stats.harmonise import fit_combat
from core.stats.harmonise_created import FalseFinds
from core.stats.harmonise_folds import cross_harmonised
from core.stats.harmonise_loss import overcorrection
from core.stats.harmonise_panel import batch_variance
from core.stats.predictable import predictable
from core.store import feature_list
from core.store.library import Library
from core.store.schema import Attribute
from core.view import View
from data.demo_features import planted
from tests.store.drafts import small_draft

VOLUME = "original_shape_MeshVolume"


def asked(library, name, study="demo", where="", features="", **options):
    chosen = {key.replace("__", "."): text for key, text in options.items()}
    view = View(study, parse(where) if where else Cohort()).with_options(chosen).with_features(features)
    context = Context(view, library, remembering())
    return context.result(context.analysis(name))


# ------------------------------------------------------------------------------------------------ planted truth


def scores(store) -> tuple[pd.DataFrame, pd.Series, pd.DataFrame]:
    """The standard scores that the demonstration study was drawn from, the centre, and what is protected."""
    values = store.features(Cohort(), "ct", "standard")
    for each in planted():
        raw = values[each.feature.name] / each.typical
        plain = (values[each.feature.name] - each.typical) / each.spread
        values[each.feature.name] = np.log(raw) / each.spread if each.log_normal else plain
    patients = store.patients(Cohort(), ["centre", "hpv_status"]).loc[values.index]
    return values, patients["centre"], patients["hpv_status"]


def test_combat_estimates_the_planted_shifts_and_scales(demo):
    store = demo.open("demo")
    values, centre, _ = scores(store)
    fit = fit_combat(values, centre)
    truth = store.truth()
    for kind, learnt in (("batch shift", fit.shift * fit.spread), ("batch scale", np.sqrt(fit.ratio))):
        rows = truth[truth["kind"] == kind]
        parts = rows["item"].str.split(": ", expand=True)
        told = rows["value"].astype(float).to_numpy()
        place = [(fit.batches.index(one), fit.features.index(name)) for one, name in parts.to_numpy()]
        against = np.array([learnt[row, column] for row, column in place])
        reference = np.array([learnt[fit.batches.index("A"), column] for _, column in place])
        found = against - reference if kind == "batch shift" else against / reference
        moved = told != (0.0 if kind == "batch shift" else 1.0)
        assert moved.sum() >= 200
        assert np.corrcoef(found[moved], told[moved])[0, 1] > (0.8 if kind == "batch shift" else 0.5)
        # Shrunken estimates lie between nothing and what was planted, and nearer to it than plain ones would: the
        # error of a difference of means is sqrt(1/n + 1/n), of a ratio of spreads about sqrt(1/2n + 1/2n).
        slope = np.polyfit(told[moved], found[moved], 1)[0]
        assert 0.6 < slope < 1 if kind == "batch shift" else 0.3 < slope < 1
        n = np.array([fit.counts[row] for row, _ in place])
        error = np.sqrt((1 / n + 1 / fit.counts[0]) * (1 if kind == "batch shift" else 0.5))
        assert np.sqrt(((found - told) ** 2).mean()) < np.sqrt((error**2).mean())


def test_hpv_is_not_destroyed_whether_it_is_protected_or_not(demo):
    values, centre, hpv = scores(demo.open("demo"))
    known = hpv.notna()
    positive = (hpv[known] == "positive").astype(float)
    for covariates in (None, positive.to_frame("hpv")):
        fit = fit_combat(values[known], centre[known], covariates)
        after = fit.transform(values[known], centre[known], covariates)
        kept = overcorrection(values[known], after, centre[known], hpv[known])
        assert kept.n_known >= 10 and 0.93 < kept.after < 1.07


def test_the_families_that_were_shifted_are_the_ones_found(demo):
    report = asked(demo, "batch", measured__scale="log")
    families = report.families.set_index("family")
    assert families.loc["shape", "n_found"] == 0  # planted without any batch effect
    truth = demo.open("demo").truth()
    rows = truth[truth["kind"] == "batch shift"]
    size = rows["value"].astype(float).abs().groupby(rows["item"].str.split(": ").str[1]).max()
    table = report.table.set_index("feature")
    found = table["q"] < 0.05
    assert (size[found.index[found]] < 0.15).mean() < 0.1 and found[size.index[size > 0.9]].all()
    assert report.n == 225 and report.predictable.balanced_accuracy > 0.9 and report.predictable.p == 1 / 200
    assert "more than chance" in report.words[1]


def test_harmonising_takes_the_batch_out_of_patients_it_did_not_see(demo):
    result = asked(demo, "harmonise", measured__scale="log", batch__protect="subsite")
    assert result.held_out.n_tests == 120 and (result.held_out.table["q"] < 0.05).sum() <= 1
    assert abs(result.held_out.median) < 0.01 and (result.before.table["q"] < 0.05).sum() > 30
    (subsite, hpv) = result.kept
    assert (subsite.role, hpv.role, result.outcome) == ("protected", "outcome", "HPV status")
    assert 0.95 < subsite.found.after < 1.05 and 0.95 < hpv.found.after < 1.05
    assert abs(result.created.unprotected - 0.05) < 0.03 and result.n == 225
    assert "protecting Subsite" in result.words[0] and result.shares["before"].notna().all()
    assert set(result.effects["batch"]) == {"A", "B", "C"} and len(result.effects) == 360


@pytest.mark.parametrize(
    ("rates", "told"),
    [
        ((0.137, 0.035, 0.12), "Protecting it would create findings"),
        ((0.05, 0.02, 0.05), "costs power to find it"),
        ((0.035, 0.038, 0.039), "is not shown to create findings of it or to hide them"),
        ((0.05, 0.052, 0.058), "is not shown to create findings of it or to hide them"),
    ],
)
def test_what_harmonising_creates_or_hides_is_judged_beside_its_error(rates, told):
    assert told in _judged(FalseFinds(*rates, errors=(0.004, 0.004, 0.004), level=0.05, n_tests=4800, n=200))


def test_volume_surrogates_are_those_that_were_planted(demo):
    result = asked(demo, "redundancy")
    truth = demo.open("demo").truth()
    planted_surrogates = set(truth.loc[truth["kind"] == "volume surrogate", "item"])
    assert set(result.surrogates["feature"]) >= planted_surrogates and result.volume == VOLUME
    assert VOLUME in result.found.kept and planted_surrogates.isdisjoint(set(result.found.kept) - {VOLUME})
    assert (result.found.dropped["rho"].abs() >= 0.9).all() and result.found.n == 225


# ------------------------------------------------------------------------------------------------ the questions


def test_a_feature_by_groups_is_the_test_of_scipy_and_counts_everybody(library):
    result = asked(library, "distribution", "small", distribution__feature=VOLUME, distribution__by="subsite")
    store = library.open("small")
    values = store.features(Cohort(), "ct")[VOLUME]
    groups = store.patients(Cohort(), ["subsite"])["subsite"].reindex(values.index)
    parts = [values[groups == level].dropna() for level in ("oropharynx", "larynx", "oral cavity")]
    assert result.association.p == pytest.approx(kruskal(*parts).pvalue)
    assert result.n + result.n_missing == len(values) and result.n_cohort == 40
    assert result.levels == ("oropharynx", "larynx", "oral cavity") and result.screen.n_tests == 6
    assert result.q >= result.association.p
    plain = asked(library, "distribution", "small", distribution__by="none")
    assert plain.association is None and plain.by == "" and plain.levels == ()
    one = asked(library, "distribution", "small", "subsite = larynx", distribution__by="subsite")
    assert one.association is None and "an association needs two" in one.state


def test_logarithms_are_of_positive_skewed_features_and_a_list_confines(demo):
    plain, logged = (asked(demo, "measured", measured__scale=scale) for scale in ("raw", "log"))
    assert not plain.logged and VOLUME in logged.logged
    np.testing.assert_allclose(logged.values[VOLUME], np.log(plain.values[VOLUME]))
    untouched = [name for name in plain.values if name not in logged.logged]
    pd.testing.assert_frame_equal(plain.values[untouched], logged.values[untouched])
    names = demo.open("demo").catalogue.feature_sets["ct"].names[30:36]
    record = {"study": "demo", "feature_set": "ct", "names": names, "recipe": "by hand", "link": "Features?study=demo"}
    six = asked(demo, "redundancy", features=feature_list.save(demo.saved, "six", record))
    assert set(six.names) == set(names) and six.volume == VOLUME


def test_families_add_up(demo):
    result = asked(demo, "summaries")
    assert result.families["features"].sum() == len(result.features) == 120
    assert result.families["cells_missing"].sum() == result.features["n_missing"].sum()


def test_acquisition_is_known_by_role_and_by_name(demo):
    kinds = {"scanner_model": True, "Slice thickness": True, "site": True, "subsite": False, "sex": False, "kVp": True}
    for name, expected in kinds.items():
        assert is_acquisition(Attribute(name, name, "category", levels=("a", "b"))) is expected, name
    assert not is_acquisition(Attribute("tumour_site", "Tumour site", "category", role="subsite"))
    catalogue = demo.open("demo").catalogue
    assert [each.name for each in acquisition_attributes(catalogue)] == ["centre"]
    audit = asked(demo, "acquisition")
    assert audit.table["n"].sum() == 240 and audit.table["n_measured"].sum() == 225
    assert audit.settings == ("standard", "sharp")


def study(**columns) -> Library:
    draft = small_draft()
    added = []
    for name, values in columns.items():
        column = pd.Series(values, index=draft.patients.index, dtype=object)
        draft.patients[name] = column
        added.append(Attribute(name, name, "category", levels=tuple(sorted(set(column.dropna())))))
    return dataclasses.replace(draft, attributes=[*draft.attributes, *added])


@pytest.fixture
def shelf(tmp_path):
    def published(**columns):
        library = Library(tmp_path)
        library.publish(study(**columns))
        return library

    return published


def test_what_cannot_be_harmonised_is_a_named_state(shelf):
    sex = small_draft().patients["sex"]
    library = shelf(
        scanner=["one"] + ["two", "three"] * 19 + ["two"],
        twin=list(sex.map({"male": "first", "female": "second"})),
        lonely=["same"] * 39 + [None],
        patchy=[None if i % 2 else "yes" for i in range(40)],
    )
    for options, reason in (
        ({"batch__batch": "scanner"}, "One patient has no spread: one"),
        ({"batch__batch": "twin", "harmonise__outcome": "sex"}, "nearly the same thing"),
        ({"batch__batch": "twin", "batch__protect": "sex"}, "follows from the batch"),
        ({"batch__batch": "scanner", "harmonise__fewest": "30"}, "Two batches of at least 30 patients are needed"),
    ):
        with pytest.raises(NotEstimable, match=reason) as state:
            asked(library, "harmonise", "small", **options)
        assert state.value.remedy
    for options in ({"batch__batch": "lonely"}, {"batch__batch": "age"}, {"batch__protect": "shoe size"}):
        with pytest.raises(Refused):
            asked(library, "batch", "small", **options)
    left = asked(
        library, "harmonise", "small", batch__batch="scanner", harmonise__fewest="2", harmonise__outcome="none"
    )
    assert left.fit.batches == ("three", "two") and left.small == {"one": 1}
    assert left.left_out.to_numpy().tolist() == [["in a batch of fewer than 2 patients", 1]]
    assert left.created is None and left.n + left.left_out["n"].sum() == 30


def test_a_study_without_categories_or_features_says_so(tmp_path):
    draft = small_draft()
    library = Library(tmp_path)
    library.publish(dataclasses.replace(draft, feature_sets=[], values={}))
    for name in ("measured", "distribution", "batch", "harmonise"):
        with pytest.raises(NotEstimable, match="no imaging features"):
            asked(library, name, "small")


def test_links_carry_every_choice(demo):
    options = {"batch.protect": "subsite,hpv_status", "harmonise.outcome": "sex", "measured.scale": "log"}
    context = Context(View("demo").with_options(options), demo)
    pairs = page_pairs("Features", context)
    assert {("batch.protect", "subsite,hpv_status"), ("harmonise.outcome", "sex"), ("batch.seed", "1")} <= set(pairs)
    assert opened(pairs, demo).analysis("harmonise") == context.analysis("harmonise")


# ------------------------------------------------------------------------------------------------ real studies


def test_sites_of_gliomas_are_told_and_taken_out(real_study):
    folder = real_study("glioma_arita")
    patients = pd.read_csv(folder / "patients.csv", index_col="patient_id")
    values = pd.read_csv(folder / "features.csv", index_col="patient_id").loc[patients.index]
    idh = patients["idh_mutated"].astype(str)
    found = predictable(values, patients["centre"], seed=1)
    assert 0.65 < found.balanced_accuracy < 0.8 and found.accuracy > 0.8 and found.p == 1 / 200
    before = batch_variance(values, patients["centre"])
    after = batch_variance(cross_harmonised(values, patients["centre"]), patients["centre"])
    assert 380 < (before.table["q"] < 0.05).sum() < 420 and not (after.table["q"] < 0.05).any()
    fit = fit_combat(values, patients["centre"], outcome={"IDH": idh})
    kept = overcorrection(values, fit.transform(values, patients["centre"]), patients["centre"], idh)
    assert 0.9 < kept.after < 1.1 and not standardised_within(values, patients["centre"])


def test_values_that_were_standardised_within_centres_are_recognised(real_study):
    folder = real_study("hn_tcia")
    patients = pd.read_csv(folder / "patients.csv", index_col="patient_id")
    values = pd.read_csv(folder / "features.csv", index_col="patient_id")
    centre = patients["centre"].reindex(values.index)
    assert patients["centre"].nunique() == 6 and standardised_within(values, centre)
    variance = batch_variance(values, centre)
    assert not (variance.table["q"] < 0.05).any() and variance.median < 0
    assert predictable(values, centre).balanced_accuracy < 0.2  # worse than chance, for the held-out are left out too


def test_a_standardised_study_is_a_state(tmp_path):
    draft = small_draft()
    values, subsite = draft.values["ct"].copy(), draft.patients["subsite"]
    labels = values.index.get_level_values("patient_id").map(subsite) + values.index.get_level_values("setting")
    scaled = values.groupby(labels.to_numpy()).transform(lambda column: (column - column.mean()) / column.std())
    library = Library(tmp_path)
    library.publish(dataclasses.replace(draft, values={"ct": scaled}))
    with pytest.raises(NotEstimable, match="z-scored within Subsite before they came here"):
        asked(library, "harmonise", "small", batch__batch="subsite")
    report = asked(library, "batch", "small", batch__batch="subsite")
    assert report.standardised and "z-scored within Subsite" in " ".join(report.words)
