import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Abandoned, NotEstimable, Refused
from core.survival.design import CONSTANT, COVARIATES, DETERMINED, ESTIMATED, EXTREME, FEW_EVENTS, FEW_PATIENTS
from core.survival.hazard import SEPARATION
from core.survival.outcome import Outcome
from core.survival.screen import NUMBERS, survival_screen
from tests.survival.cohorts import PRECISION, REFERENCE, lung, outcome, veteran

IN_R = pd.read_csv(REFERENCE / "screen.csv", comment="#")
TOLERANCES = {"coefficient": 1e-6, "standard_error": 1e-6, "wald_p": 1e-6, "lr_p": 1e-8, "q": 1e-8}


def by_feature(screen):
    return screen.table.set_index("feature")


def tied(n=120, p=6, seed=0):
    """Random patients with coarse times; the first feature matters."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    time = np.ceil(rng.exponential(8 * np.exp(-0.6 * x[:, 0])))
    return Outcome.of(time, rng.random(n) < 0.7, "months"), pd.DataFrame(x, columns=[f"f{i}" for i in range(p)])


@pytest.mark.parametrize(
    ("name", "make", "adjust", "strata"),
    [
        ("lung", lung, [], None),
        ("lung_adjusted", lung, ["age", "sex"], None),
        ("lung_stratified", lung, [], "sex"),
        ("veteran", veteran, [], None),
        ("veteran_adjusted", veteran, ["age", "trt"], "celltype"),
    ],
)
def test_agrees_with_coxph(name, make, adjust, strata):
    frame, expected = make(), IN_R[IN_R["set"] == name].set_index("feature")
    screen = survival_screen(
        outcome(frame),
        frame[list(expected.index)],
        adjust=frame[adjust] if adjust else None,
        strata=None if strata is None else frame[strata],
    )
    found = by_feature(screen).loc[expected.index]
    assert (found["state"] == ESTIMATED).all() and screen.n_tests == len(expected)
    assert found["n"].tolist() == expected["n"].tolist()
    assert found["n_events"].tolist() == expected["n_events"].tolist()
    for column, tolerance in TOLERANCES.items():
        np.testing.assert_allclose(found[column], expected[column], rtol=tolerance, err_msg=column)
    np.testing.assert_allclose(found["hazard_ratio"], np.exp(expected["coefficient"]), rtol=1e-6)
    half = 1.959963984540054 * expected["standard_error"]
    np.testing.assert_allclose(found["lower"], np.exp(expected["coefficient"] - half), rtol=1e-6)
    np.testing.assert_allclose(found["upper"], np.exp(expected["coefficient"] + half), rtol=1e-6)
    assert screen.table["lr_p"].is_monotonic_increasing
    assert screen.adjust == tuple(adjust)


@pytest.mark.parametrize(("adjusted", "stratified"), [(False, False), (True, False), (True, True)])
def test_agrees_with_lifelines_on_ties(adjusted, stratified):
    from lifelines import CoxPHFitter

    follow_up, features = tied()
    rng = np.random.default_rng(5)
    adjust = pd.DataFrame({"age": rng.normal(60, 9, 120), "centre": np.arange(120) % 2})
    strata = pd.Series(rng.integers(0, 3, 120))
    found = by_feature(
        survival_screen(follow_up, features, adjust=adjust if adjusted else None, strata=strata if stratified else None)
    )
    for name in ("f0", "f3"):
        frame = pd.DataFrame({"x": features[name] / features[name].std(), "time": follow_up.time})
        frame["event"] = follow_up.event.astype(int)
        frame = frame.join(adjust) if adjusted else frame
        frame = frame.assign(stratum=strata) if stratified else frame
        model = CoxPHFitter(strata=["stratum"] if stratified else None)
        with np.errstate():  # lifelines switches numpy's warnings off for good
            model.fit(frame, "time", "event", fit_options=PRECISION)
        row = found.loc[name]
        assert row["coefficient"] == pytest.approx(model.params_["x"], rel=1e-6)
        assert row["standard_error"] == pytest.approx(model.standard_errors_["x"], rel=1e-6)
        if not adjusted:
            assert row["lr_p"] == pytest.approx(model.log_likelihood_ratio_test().p_value, rel=1e-8)


@settings(deadline=None, derandomize=True, max_examples=15)
@given(scale=st.floats(1e-3, 1e6), shift=st.floats(-1e3, 1e3), order=st.permutations(range(6)), adjusted=st.booleans())
def test_scale_shift_and_order_change_nothing(scale, shift, order, adjusted):
    follow_up, features = tied(n=60)
    adjust = pd.DataFrame({"age": np.arange(60.0) % 7}) if adjusted else None
    plain = survival_screen(follow_up, features, adjust=adjust)
    other = survival_screen(follow_up, (features * scale + shift * scale).iloc[:, list(order)], adjust=adjust)
    assert plain.table["feature"].tolist() == other.table["feature"].tolist()
    for column in (*NUMBERS, "q"):
        np.testing.assert_allclose(other.table[column], plain.table[column], rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(other.table["sd"], plain.table["sd"] * scale, rtol=1e-9)


def test_copies_of_a_feature_stand_in_the_order_of_their_names():
    follow_up, features = tied()
    features = features.assign(b=features["f0"] / 3, a=features["f0"] * 7e5, c=-features["f0"])
    assert survival_screen(follow_up, features).table["feature"].tolist()[:4] == ["a", "b", "c", "f0"]


def test_the_order_of_patients_changes_nothing():
    follow_up, features = tied(n=60)
    mixed = np.random.default_rng(2).permutation(60)
    other = Outcome.of(follow_up.time[mixed], follow_up.event[mixed], "months")
    one = survival_screen(follow_up, features, strata=np.arange(60) % 3)
    two = survival_screen(other, features.iloc[mixed], strata=(np.arange(60) % 3)[mixed])
    np.testing.assert_allclose(one.table["coefficient"], two.table["coefficient"], rtol=1e-9)


def test_null_features_give_uniform_p_values():
    """The share under 5 % of 2,000 null features lies in its 99 % band, unadjusted and adjusted."""
    from scipy import stats

    rng = np.random.default_rng(11)
    n, p = 150, 2000
    follow_up = Outcome.of(np.ceil(rng.exponential(20, n)), rng.random(n) < 0.6, "months")
    features = pd.DataFrame(rng.normal(size=(n, p)))
    lowest, highest = stats.binom.ppf([0.005, 0.995], p, 0.05) / p
    for adjust in (None, pd.DataFrame({"age": rng.normal(size=n), "volume": rng.exponential(size=n)})):
        screen = survival_screen(follow_up, features, adjust=adjust)
        assert screen.n_tests == p
        for kind in ("lr_p", "wald_p"):
            assert lowest <= (screen.table[kind] < 0.05).mean() <= highest
            assert stats.kstest(screen.table[kind], "uniform").pvalue > 0.005
        assert screen.table["q"].min() > 0.05


def test_something_is_found_where_nothing_is_as_often_as_said():
    """With independent null features Benjamini-Hochberg finds anything at all in 5 % of the screens."""
    from scipy import stats

    rng = np.random.default_rng(21)
    runs, n, p = 500, 100, 20
    found = 0
    for _ in range(runs):
        follow_up = Outcome.of(rng.exponential(20, n), rng.random(n) < 0.7, "months")
        found += survival_screen(follow_up, pd.DataFrame(rng.normal(size=(n, p)))).table["q"].iloc[0] < 0.05
    lowest, highest = stats.binom.ppf([0.005, 0.995], runs, 0.05) / runs
    assert lowest <= found / runs <= highest


def test_the_share_of_false_discoveries_is_held_with_planted_features():
    """20 features of 1,000 matter: of those found at q < 0.05 at most 5 % are others, on average."""
    rng = np.random.default_rng(22)
    runs, n, p, planted = 60, 400, 1000, 20
    false, power = [], []
    for _ in range(runs):
        x = rng.normal(size=(n, p))
        time = rng.exponential(10 * np.exp(-x[:, :planted] @ np.full(planted, 0.5)))
        end = rng.uniform(0, 60, n)
        table = survival_screen(Outcome.of(np.minimum(time, end), time <= end, "months"), pd.DataFrame(x)).table
        hits = table.loc[table["q"] < 0.05, "feature"].astype(int)
        false.append((hits >= planted).sum() / max(len(hits), 1))
        power.append((hits < planted).sum() / planted)
    band = 2.576 * np.std(false, ddof=1) / np.sqrt(runs)
    assert np.mean(false) <= 0.05 + band
    assert np.mean(power) > 0.4


def test_a_planted_feature_is_found_among_noise():
    rng = np.random.default_rng(4)
    found = 0
    for _ in range(20):
        features = pd.DataFrame(rng.normal(size=(150, 50))).add_prefix("f")
        features["planted"] = np.arange(150) % 2
        time = rng.exponential(10 / np.where(features["planted"] == 1, 2.5, 1))
        screen = survival_screen(Outcome.of(time, np.ones(150), "months"), features)
        found += screen.table["feature"].iloc[0] == "planted" and screen.table["q"].iloc[0] < 0.05
    assert found >= 18


def test_missing_values_leave_out_only_their_own_patients():
    follow_up, features = tied()
    features.loc[:9, "f1"] = np.nan
    features.loc[5, "f2"] = np.inf
    features["none"] = np.nan
    adjust = pd.DataFrame({"age": np.arange(120.0) % 11})
    adjust.loc[119, "age"] = np.nan
    screen = survival_screen(follow_up, features, adjust=adjust)
    found = by_feature(screen)
    assert found["n"].to_dict() == {"f0": 119, "f1": 109, "f2": 118, "f3": 119, "f4": 119, "f5": 119, "none": 0}
    assert (screen.n, screen.n_no_covariate, screen.n_tests, screen.n_not_estimable) == (119, 1, 6, 1)
    assert found.loc["none", "state"] == FEW_PATIENTS
    kept = np.arange(10, 119)
    alone = survival_screen(
        Outcome.of(follow_up.time[kept], follow_up.event[kept], "months"),
        features[["f1"]].iloc[kept],
        adjust=adjust.iloc[kept],
    )
    assert found.loc["f1", "coefficient"] == pytest.approx(alone.table["coefficient"].iloc[0], rel=1e-9)


def test_every_feature_without_a_number_says_why_and_is_no_test():
    follow_up, features = tied()
    largest = -follow_up.time + follow_up.event * 0.5  # of those at risk, who dies first has the largest value
    features = features.assign(
        constant=3.0,
        nearly=0.1 + 0.2,
        up=largest,
        down=-largest,
        copy=features["f0"] * 1e200,
        early=np.where(follow_up.event, np.nan, 1.0) * np.arange(120),
        age=np.arange(120.0) % 11,
        centre=np.arange(120) % 3,
    )
    adjust = features[["age"]] * 2
    screen = survival_screen(follow_up, features, adjust=adjust, strata=features["centre"])
    found = by_feature(screen)
    stated = found.loc[found["state"] != ESTIMATED, "state"].to_dict()
    assert stated == {
        "constant": CONSTANT,
        "nearly": CONSTANT,
        "up": SEPARATION,
        "down": SEPARATION,
        "early": FEW_EVENTS,
        "age": DETERMINED,
        "centre": DETERMINED,
    }
    without = found.loc[list(stated), [*NUMBERS, "q"]]
    assert without.isna().all(axis=None)
    assert (screen.n_features, screen.n_tests, screen.n_not_estimable) == (14, 7, 7)
    assert found.loc["copy", "coefficient"] == pytest.approx(found.loc["f0", "coefficient"], rel=1e-9)
    assert screen.table["state"].iloc[:7].eq(ESTIMATED).all()


@pytest.mark.parametrize("seed", range(3))
def test_monotone_likelihoods_are_separation_whatever_their_spacing(seed):
    rng = np.random.default_rng(seed)
    rank = np.arange(40.0)
    features = pd.DataFrame(
        {
            "even": rank,
            "steep": np.exp(rank / 2),
            "close": np.cumsum(rng.exponential(size=40) ** 4),
            "last": np.r_[np.zeros(30), np.ones(10)],  # nobody with it dies
        }
    )
    follow_up = Outcome.of(rank + 1, np.r_[np.ones(30), np.zeros(10)], "days")
    for adjust in (None, pd.DataFrame({"age": rng.normal(size=40)})):
        states = by_feature(survival_screen(follow_up, features, adjust=adjust))["state"]
        assert set(states) == {SEPARATION}


def test_a_ratio_beyond_all_numbers_is_a_state():
    # The tail is so long that one standard deviation more lies far outside the patients in whom the hazard differs.
    x = np.r_[np.arange(39.0), 1e5]
    time = np.r_[40 - np.arange(39.0) + 6 * (np.arange(39) % 2), 0.5]
    event = np.r_[np.ones(39), 0]
    table = survival_screen(Outcome.of(time, event, "days"), pd.DataFrame({"x": x})).table
    assert table["state"].tolist() == [EXTREME]
    assert table[[*NUMBERS, "q"]].isna().all(axis=None)


def test_few_events_per_variable_are_a_caution_and_not_a_refusal():
    rng = np.random.default_rng(3)
    follow_up = Outcome.of(rng.exponential(9, 60), np.arange(60) < 15, "months")
    features, adjust = pd.DataFrame({"x": rng.normal(size=60)}), pd.DataFrame({"age": rng.normal(size=60)})
    assert survival_screen(follow_up, features).table["caution"].tolist() == [""]
    (row,) = survival_screen(follow_up, features, adjust=adjust).table.to_dict("records")
    assert row["caution"] == "15 events for 2 variables: fewer than 10 each" and row["state"] == ESTIMATED


def test_a_covariate_that_is_constant_where_a_feature_is_known_is_left_out_there():
    follow_up, features = tied()
    centre = pd.DataFrame({"centre": (np.arange(120) < 30).astype(float)})
    features.loc[:29, "f1"] = np.nan
    found = by_feature(survival_screen(follow_up, features, adjust=centre))
    alone = by_feature(survival_screen(follow_up, features[["f1"]]))
    assert found.loc["f1", "coefficient"] == pytest.approx(alone.loc["f1", "coefficient"], rel=1e-9)


def test_covariates_that_separate_only_where_a_feature_is_known_are_a_state_of_that_feature():
    follow_up, features = tied()
    rare = pd.DataFrame({"rare": (np.arange(120) < 20).astype(float)})
    features.loc[np.flatnonzero(follow_up.event[:20]), "f1"] = np.nan
    found = by_feature(survival_screen(follow_up, features, adjust=rare))
    assert found.loc["f1", "state"] == COVARIATES and found.loc["f0", "state"] == ESTIMATED


def test_questions_without_an_answer_are_states():
    follow_up, features = tied()
    age = np.arange(120.0) % 11
    without_events = np.where(follow_up.event, 0.0, 1.0)
    for arguments, reason in [
        ({"features": features[[]]}, "no features"),
        ({"adjust": pd.DataFrame({"a": age, "b": 2 * age + 1, "c": 1.0})}, "'b', 'c' cannot be adjusted for"),
        ({"adjust": pd.DataFrame({"a": age}), "strata": age}, "'a' cannot be adjusted for"),
        ({"adjust": pd.DataFrame({"a": without_events})}, "no finite hazard ratios"),
        ({"strata": [None] * 120}, "0 patients with 0 events"),
    ]:
        with pytest.raises(NotEstimable, match=reason) as state:
            survival_screen(follow_up, **({"features": features} | arguments))
        assert state.value.remedy
    with pytest.raises(NotEstimable, match="120 patients with 2 events"):
        survival_screen(Outcome.of(follow_up.time, np.arange(120) < 2, "days"), features)


def test_words_and_wrong_lengths_are_refused():
    follow_up, features = tied()
    with pytest.raises(Refused, match="'site' holds no numbers"):
        survival_screen(follow_up, features.assign(site="larynx"))
    with pytest.raises(Refused, match="adjust: 'site'"):
        survival_screen(follow_up, features, adjust=pd.DataFrame({"site": ["a"] * 120}))
    with pytest.raises(ValueError, match="119 rows for 120 patients"):
        survival_screen(follow_up, features.iloc[1:])


def test_patients_without_an_outcome_are_counted_and_progress_can_stop_it():
    follow_up, features = tied()
    time = pd.Series(follow_up.time).where(np.arange(120) >= 7)
    screen = survival_screen(Outcome.of(time, follow_up.event, "months"), features.astype("Float64"))
    assert (screen.n, screen.n_excluded, set(screen.table["n"])) == (113, 7, {113})

    def stop(share, text=""):
        raise Abandoned("enough")

    with pytest.raises(Abandoned):
        survival_screen(follow_up, features, progress=stop)


def test_on_real_patients_nothing_is_left_once_age_volume_and_centre_are_known(real_study):
    from lifelines import CoxPHFitter

    folder = real_study("hn_tcia")
    features = pd.read_csv(folder / "features.csv", index_col=0)
    patients = pd.read_csv(folder / "patients.csv", index_col=0).loc[features.index]
    follow_up = Outcome.of(patients["os_days"], patients["os_event"], "days")
    others = pd.DataFrame({"age": patients["age"], "volume": features["original_shape_MeshVolume"].rank()})
    plain = survival_screen(follow_up, features)
    assert (plain.n, plain.n_events, plain.n_tests) == (321, 121, 105)
    assert (plain.table["q"] < 0.05).sum() > 40
    known = survival_screen(follow_up, features, adjust=others, strata=patients["centre"])
    assert known.n_tests == 105 and known.n_strata == 3
    assert known.table["q"].min() > 0.05
    best = known.table.iloc[0]
    values = features[best["feature"]]
    frame = others.assign(x=values / values.std(), time=follow_up.time, event=follow_up.event.astype(int))
    with np.errstate():
        model = CoxPHFitter(strata=["centre"]).fit(
            frame.assign(centre=patients["centre"]), "time", "event", fit_options=PRECISION
        )
    assert best["coefficient"] == pytest.approx(model.params_["x"], rel=1e-6)
    assert best["standard_error"] == pytest.approx(model.standard_errors_["x"], rel=1e-6)
