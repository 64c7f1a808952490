import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotEstimable, Refused
from core.survival.concordance import concordance
from core.survival.cox import cox_model
from core.survival.outcome import Outcome
from tests.survival.cohorts import PRECISION, REFERENCE, demo, lung, outcome, veteran


def r(name):
    return pd.read_csv(REFERENCE / name, comment="#")


def lung_ready():
    frame = lung()
    return frame.assign(sex=frame["group"])


def lung_plain():
    frame = lung_ready()
    return frame[frame["ecog"] != "ecog3"].reset_index(drop=True)


def veteran_ready():
    frame = veteran()
    return frame.assign(trt=frame["trt"].map({1: "standard", 2: "test"}), prior=frame["prior"] > 0)


MALE, SQUAMOUS = {"references": {"sex": "male"}}, {"references": {"celltype": "squamous"}}
MODELS = {
    "lung_many": (lung_ready, ["age", "sex", "ecog", "wt.loss"], MALE),
    "lung_inst": (lung_ready, ["age", "sex", "ph.karno"], MALE | {"strata": "inst"}),
    "lung_levels": (lung_plain, ["age", "sex", "ecog"], MALE | {"interactions": [("sex", "ecog")]}),
    "lung_numbers": (lung_ready, ["sex", "age", "ph.karno"], MALE | {"interactions": [("age", "ph.karno")]}),
    "veteran_many": (veteran_ready, ["trt", "celltype", "karno", "diagtime", "age", "prior"], SQUAMOUS),
    "veteran_strata": (veteran_ready, ["trt", "karno", "age"], {"strata": "celltype"}),
    "veteran_mixed": (
        veteran_ready,
        ["trt", "celltype", "karno"],
        SQUAMOUS | {"interactions": [("celltype", "karno")]},
    ),
}


def modelled(name, **more):
    make, covariates, options = MODELS[name]
    frame, options = make(), dict(options)
    if "strata" in options:
        options["strata"] = frame[options["strata"]]
    return cox_model(outcome(frame), frame[covariates], **options, **more), frame


def in_r(row):
    """The name of a coefficient in R."""
    names, levels = row.term.split(" x "), row.level.split(" x ")
    levels = levels if len(levels) == len(names) else [*levels, *[""] * (len(names) - len(levels))]
    return ":".join(name + {"True": "yes"}.get(level, level) for name, level in zip(names, levels, strict=True))


@pytest.mark.parametrize("name", MODELS)
def test_agrees_with_coxph(name):
    result, frame = modelled(name)
    expected = r("cox_model.csv").set_index("set").loc[name]
    assert (result.n, result.n_events) == (expected["n"], expected["n_events"])
    assert result.log_likelihood == pytest.approx(expected["log_likelihood"], rel=1e-10)
    assert result.lr_p == pytest.approx(expected["lr_p"], rel=1e-8)
    assert result.c_index == pytest.approx(expected["concordance"], abs=1e-10)
    assert result.ph_global_statistic == pytest.approx(expected["ph_statistic"], rel=1e-7)
    assert result.ph_global_p == pytest.approx(expected["ph_p"], rel=1e-7)
    coefficients = r("cox_model_coefficients.csv").query("set == @name").set_index("name")
    assert [in_r(row) for row in result.rows] == list(coefficients.index)
    for row in result.rows:
        for field in ("coefficient", "standard_error", "p"):
            assert getattr(row, field) == pytest.approx(coefficients.loc[in_r(row), field], rel=1e-9), row
    assert len(result.rows) * result.events_per_coefficient == pytest.approx(result.n_events)
    assert result.n + result.n_incomplete + result.n_no_stratum >= len(frame)


@pytest.mark.parametrize("name", MODELS)
def test_the_tests_of_each_term_agree_with_drop1(name):
    result, _ = modelled(name)
    expected = r("cox_model_terms.csv").query("set == @name")
    assert [term.term.replace(" x ", ":") for term in result.terms] == list(expected["term"])
    for term, row in zip(result.terms, expected.itertuples(), strict=True):
        assert term.dof == row.dof
        assert term.ph_p == pytest.approx(row.ph_p, rel=1e-7)
        assert term.ph_statistic == pytest.approx(row.ph_statistic, rel=1e-7)
        if np.isnan(row.lr_p):
            assert term.lr_p is None and "interaction" in term.note
        else:
            assert term.lr_p == pytest.approx(row.lr_p, rel=1e-8)
            assert term.lr_statistic == pytest.approx(row.lr_statistic, abs=1e-8)


def lifelines_fit(follow_up, x, stratum=None):
    from lifelines import CoxPHFitter

    frame = pd.DataFrame(x).add_prefix("x").assign(time=follow_up.time, event=follow_up.event.astype(int))
    strata = None if stratum is None else ["stratum"]
    frame = frame if stratum is None else frame.assign(stratum=stratum)
    with np.errstate(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return CoxPHFitter().fit(frame, "time", "event", strata=strata, fit_options=PRECISION)


@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_lifelines(seed):
    chance = np.random.default_rng(seed)
    x, stratum = chance.normal(size=(90, 4)) * [1, 50, 1e-2, 1], np.arange(90) % 2 if seed % 2 else None
    time = np.ceil(chance.exponential(20, 90)) if seed > 2 else chance.exponential(20, 90)
    follow_up = Outcome.of(time, chance.random(90) < 0.7, "months")
    ours = cox_model(follow_up, pd.DataFrame(x).add_prefix("x"), strata=stratum)
    theirs = lifelines_fit(follow_up, x, stratum)
    assert [row.coefficient for row in ours.rows] == pytest.approx(theirs.params_.tolist(), rel=1e-7)
    assert [row.standard_error for row in ours.rows] == pytest.approx(theirs.standard_errors_.tolist(), rel=1e-7)
    assert ours.log_likelihood == pytest.approx(theirs.log_likelihood_, rel=1e-12)
    assert ours.lr_p == pytest.approx(theirs.log_likelihood_ratio_test().p_value, rel=1e-8)


def test_another_reference_is_the_same_maximum_where_lifelines_ends_elsewhere():
    """Age times subsite in the demonstration study: lifelines ends 7 below the maximum with one of five references."""
    frame = demo("os").dropna(subset=["time", "age", "subsite"])
    follow_up = outcome(frame)
    models = [
        cox_model(follow_up, frame[["age", "subsite"]], interactions=[("age", "subsite")], references={"subsite": site})
        for site in sorted(set(frame["subsite"]))
    ]
    assert np.ptp([model.log_likelihood for model in models]) < 1e-8
    assert np.ptp([model.terms[2].lr_p for model in models]) < 1e-8
    site = "nasopharynx"
    dummies = np.column_stack([frame["subsite"] == other for other in sorted(set(frame["subsite"]) - {site})])
    x = np.column_stack((frame["age"], dummies, dummies * frame["age"].to_numpy()[:, None])).astype(float)
    theirs = lifelines_fit(follow_up, x / x.std(axis=0, ddof=1)).log_likelihood_
    assert theirs <= models[0].log_likelihood + 1e-8


def test_levels_carry_their_patients_and_numbers_a_ratio_per_standard_deviation():
    result, frame = modelled("lung_many")
    used = frame.dropna(subset=["age", "sex", "ecog", "wt.loss"])
    rows = {(row.term, row.level): row for row in result.rows}
    ecog1 = used[used["ecog"] == "ecog1"]
    assert (rows["ecog", "ecog1"].n, rows["ecog", "ecog1"].n_events) == (len(ecog1), ecog1["event"].sum())
    age = rows["age", ""]
    assert (age.n, age.sd) == (len(used), pytest.approx(used["age"].std()))
    assert age.ratio_per_sd == pytest.approx(age.ratio**age.sd)
    assert rows["sex", "female"].ratio_per_sd is None
    assert age.lower < age.ratio < age.upper
    terms = {term.term: term for term in result.terms}
    assert (terms["sex"].reference, terms["sex"].n_reference) == ("male", (used["sex"] == "male").sum())
    assert {name: term.n_missing for name, term in terms.items()} == {"age": 0, "sex": 0, "ecog": 1, "wt.loss": 14}
    assert (result.n_incomplete, result.n_no_stratum) == (15, 0)


def test_the_corrected_c_index_is_lower_repeatable_and_counts_its_samples():
    one, other = (modelled("veteran_strata", resamples=30, seed=3)[0] for _ in range(2))
    assert one.c_index_corrected == other.c_index_corrected
    assert one.c_index_corrected == pytest.approx(one.c_index - one.c_index_optimism)
    assert 0 < one.c_index_optimism < 0.1
    assert one.resamples_used == one.resamples == 30
    # The one patient with ecog3 is drawn in 63 of 100 samples.
    rare = modelled("lung_many", resamples=30)[0]
    assert rare.resamples_used < 30 and any("bootstrap" in note for note in rare.notes)
    assert modelled("lung_inst")[0].c_index_corrected is None


def test_a_model_of_noise_is_corrected_towards_one_half():
    chance = np.random.default_rng(5)
    noise = pd.DataFrame(chance.normal(size=(60, 8)), columns=list("abcdefgh"))
    result = cox_model(Outcome.of(chance.exponential(10, 60), [1] * 60, "months"), noise, resamples=60)
    assert result.c_index > 0.58
    assert abs(result.c_index_corrected - 0.5) < abs(result.c_index - 0.5)
    assert "7.5 events per coefficient" in result.notes[0]


def simulated(n=80):
    chance = np.random.default_rng(11)
    frame = pd.DataFrame({"age": chance.normal(60, 8, n), "stage": chance.choice(["I", "II", "III"], n)})
    return Outcome.of(chance.exponential(10, n), chance.random(n) < 0.7, "months"), frame


def test_the_unit_of_a_number_changes_only_its_ratio():
    follow_up, frame = simulated()
    one = cox_model(follow_up, frame)
    other = cox_model(follow_up, frame.assign(age=frame["age"] * 1e9))
    assert one.rows[0].ratio_per_sd == pytest.approx(other.rows[0].ratio_per_sd, rel=1e-9)
    assert one.terms[0].lr_p == pytest.approx(other.terms[0].lr_p, rel=1e-9)


def test_the_reference_changes_the_rows_but_not_the_model():
    follow_up, frame = simulated()
    one, other = (cox_model(follow_up, frame, references={"stage": stage}) for stage in ("I", "III"))
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-12)
    assert one.terms[1].lr_p == pytest.approx(other.terms[1].lr_p, rel=1e-8)
    assert one.rows[2].coefficient == pytest.approx(-other.rows[1].coefficient, rel=1e-8)


def test_a_level_without_events_is_separation_and_is_named():
    follow_up, frame = simulated()
    frame.loc[~follow_up.event & (np.cumsum(~follow_up.event) <= 6), "stage"] = "IV"
    with pytest.raises(NotEstimable, match=r"separation\): by stage 'IV' it") as state:
        cox_model(follow_up, frame)
    assert state.value.remedy


def test_events_all_at_one_time_say_nothing_of_proportional_hazards():
    follow_up, frame = simulated()
    result = cox_model(Outcome.of([5] * 80, follow_up.event, "months"), frame)
    assert [term.ph_p for term in result.terms] == [None, None] and result.ph_global_p is None


def test_covariates_that_separate_only_together_are_separation():
    chance = np.random.default_rng(2)
    one, noise = chance.normal(size=40), chance.normal(size=40)
    frame = pd.DataFrame({"one": one + noise, "two": noise})
    with pytest.raises(NotEstimable, match=r"separation.*one and two"):
        cox_model(Outcome.of(np.argsort(np.argsort(-one)) + 1, [1] * 40, "days"), frame)
    assert cox_model(Outcome.of(np.argsort(np.argsort(-one)) + 1, [1] * 40, "days"), frame[["two"]]).n == 40


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"other": 3.0}, "other is the same"),
        ({"other": "x"}, "have other 'x'"),
        ({"other": lambda frame: 2 * frame["age"] + 1}, "Nothing is left to estimate of other"),
        ({"other": lambda frame: frame["stage"] == "II"}, "Nothing is left to estimate of other 'True'"),
        ({f"noise{i}": lambda frame, i=i: np.cos(frame.index**2 * (i + 1)) for i in range(60)}, "takes more events"),
        ({"other": np.nan}, "0 events"),
    ],
)
def test_covariates_that_say_nothing_or_too_much_are_states(change, reason):
    follow_up, frame = simulated()
    with pytest.raises(NotEstimable, match=reason) as state:
        cox_model(follow_up, frame.assign(**change))
    assert state.value.remedy


def test_a_covariate_given_by_the_strata_and_too_few_events_are_states():
    follow_up, frame = simulated()
    with pytest.raises(NotEstimable, match="stage 'II' and stage 'III'"):
        cox_model(follow_up, frame, strata=frame["stage"])
    with pytest.raises(NotEstimable, match="2 events"):
        cox_model(Outcome.of(range(1, 81), [1, 1] + [0] * 78, "days"), frame)


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"interactions": [("age", "sex")]}, "sex"),
        ({"interactions": [("age", "age")]}, "itself"),
        ({"interactions": [("age", "stage"), ("stage", "age")]}, "given twice"),
        ({"references": {"sex": "male"}}, "not a covariate"),
        ({"references": {"age": "60"}}, "is a number"),
        ({"references": {"stage": "V"}}, "Choose one of: I, II, III"),
    ],
)
def test_what_is_not_there_is_refused(options, where):
    follow_up, frame = simulated()
    with pytest.raises(Refused, match=where):
        cox_model(follow_up, frame, **options)
    with pytest.raises(Refused, match="at least one"):
        cox_model(follow_up, frame[[]])


def test_missing_and_infinite_values_and_strata_are_left_out_and_counted():
    follow_up, frame = simulated()
    frame.loc[:1, "age"] = [np.inf, np.nan]
    frame.loc[1:3, "stage"] = None
    centre = pd.Series(["a", "b"] * 40)
    centre[9] = None
    result = cox_model(follow_up, frame, strata=centre)
    assert [term.n_missing for term in result.terms] == [2, 3]
    assert (result.n_incomplete, result.n_no_stratum, result.n, result.n_strata) == (4, 1, 75, 2)


def test_progress_is_told_and_may_end_the_work():
    told = []
    follow_up, frame = simulated()
    cox_model(follow_up, frame, resamples=4, progress=lambda share, text="": told.append(share))
    assert told == sorted(told) and told[-1] == 1.0


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, 4), st.integers(0, 1)), min_size=1))
@settings(deadline=None, derandomize=True, max_examples=60)
def test_concordance_counts_pairs(patients):
    time, event, risk, stratum = map(np.array, zip(*patients, strict=True))
    score = pairs = 0.0
    for t, e, x, s in patients:
        for t2, e2, x2, s2 in patients:
            if e and s == s2 and (t2 > t or (t2 == t and not e2)):
                pairs += 1
                score += 1 if x > x2 else 0.5 if x == x2 else 0
    found = concordance(time, event, risk, stratum)
    assert found is None if not pairs else found == pytest.approx(score / pairs)
