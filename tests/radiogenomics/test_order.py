"""Model order by bootstrap: what is found on noise and on planted terms, what is counted, and the named states."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, spearmanr

from core.compute import generators
from core.errors import NotEstimable, Refused
from core.radiogenomics.forward import MEASURES, forward, resampled
from core.radiogenomics.left_out import auc, deal, held_out
from core.radiogenomics.logistic import logistic
from core.radiogenomics.order import FEWEST_RESAMPLES, PARTS, select_order


def cohort(seed, effects=(), n=90, p=6, share=0.4):
    """n patients, p standard normal candidates, log odds by `effects` of the first ones."""
    chance = np.random.default_rng(seed)
    x = chance.normal(size=(n, p))
    log_odds = x[:, : len(effects)] @ np.array(effects) + np.log(share / (1 - share))
    return x, (chance.random(n) < 1 / (1 + np.exp(-log_odds))).astype(float)


def frame(x):
    return pd.DataFrame(x, columns=[f"x{place}" for place in range(x.shape[1])])


@pytest.fixture(scope="module")
def planted():
    x, y = cohort(1, (1.5, -1.5), n=160, p=8)
    return frame(x), y, select_order(frame(x), y, resamples=60, largest=4, seed=3)


def test_planted_terms_are_found_with_their_signs(planted):
    _, _, found = planted
    assert found.order == 2 and [term.name for term in found.terms] == ["x0", "x1"]
    assert found.terms[0].coefficient > 0 > found.terms[1].coefficient
    assert all(term.share > 0.9 for term in found.terms)
    assert found.held_out.auc > 0.75 and found.held_out.brier < found.held_out.brier_null
    assert found.held_out.log_likelihood > found.held_out.log_likelihood_null
    assert 0.5 < found.held_out.calibration_slope < 1.5
    assert found.no_interval and found.notes == ()


def test_the_final_model_is_an_ordinary_fit_to_all_patients(planted):
    table, y, found = planted
    fitted = logistic(table[["x0", "x1"]].to_numpy(), y == 1)
    np.testing.assert_allclose([found.intercept, *(t.coefficient for t in found.terms)], fitted.coefficients)
    assert found.log_likelihood == fitted.log_likelihood
    for term in found.terms:
        assert term.sd == pytest.approx(table[term.name].std())
        assert term.odds_ratio_per_sd == pytest.approx(np.exp(term.coefficient * term.sd))


def test_shares_and_sets_count_the_resamples(planted):
    _, _, found = planted
    sums = found.selected.groupby("order")["share"].sum()
    np.testing.assert_allclose(sums, sums.index)  # a model of order k has k terms
    assert found.sets["n_resamples"].sum() == found.resamples_used == 60
    assert found.sets["terms"][0] == "x0 + x1" and found.sets["n_resamples"].is_monotonic_decreasing
    rising = found.selected.pivot(index="candidate", columns="order", values="share").diff(axis=1).iloc[:, 1:]
    assert (rising >= 0).all(axis=None)
    assert found.orders["order"].tolist() == [0, 1, 2, 3, 4]


def test_the_order_is_the_smallest_within_one_standard_error_by_hand():
    """One resample drawn, selected and judged again by hand, then the rule from the values of all of them."""
    x, y = cohort(2, (1.0,))
    found = resampled(x, y, largest=3, measure="spearman", resamples=30, seed=5)
    drawn = generators(5, 30)[0].integers(0, len(y), len(y))
    out = np.setdiff1d(np.arange(len(y)), drawn)
    path = forward(x[drawn], y[drawn], np.ones(len(y)), 3)
    by_hand = [0.0] + [spearmanr(path.log_odds(x[out], order), y[out])[0] for order in (1, 2, 3)]
    np.testing.assert_allclose(found.values[0], by_hand, atol=1e-9)
    mean, spread = found.values.mean(axis=0), found.values.std(axis=0, ddof=1) * np.sqrt(found.out)
    best = mean.argmax()
    assert found.order == min(k for k in range(4) if mean[k] >= mean[best] - spread[best])
    assert found.out == pytest.approx(np.exp(-1), abs=0.03)
    likely = MEASURES["likelihood"](np.array([0.0, 100.0]), np.array([1.0, 1.0]))
    assert likely == pytest.approx(np.log(0.5) / 2)


def test_equal_seeds_give_equal_answers_and_other_seeds_others():
    x, y = cohort(3, (0.8,))
    one, same, other = (
        select_order(frame(x), y, resamples=25, largest=2, validate=False, seed=seed) for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one.orders, same.orders)
    assert one.terms == same.terms and one.held_out is None
    assert not one.orders.equals(other.orders)


def test_on_noise_the_order_is_nought_as_often_as_said():
    """The likelihood hardly ever takes a term; the rank correlation in a quarter of studies at most, and mostly one."""

    def orders(measure, runs):
        studies = [cohort(seed) for seed in range(runs)]
        searches = [
            resampled(*each, largest=3, measure=measure, resamples=25, seed=seed) for seed, each in enumerate(studies)
        ]
        return np.array([found.order for found in searches])

    ranks, likely = orders("spearman", 45), orders("likelihood", 25)
    assert 0 < (ranks > 0).sum() <= binom.ppf(0.995, 45, 0.25)
    assert (ranks <= 1).mean() > 0.85
    assert (likely > 0).sum() <= binom.ppf(0.995, 25, 0.05)


def test_on_noise_patients_left_out_are_ranked_by_chance():
    """Also where the search did take a term; and the model's own patients would have said otherwise."""
    left_out, own = [], []
    for seed in range(100, 112):
        x, y = cohort(seed, n=80, p=10)
        found = select_order(frame(x), y, resamples=FEWEST_RESAMPLES, largest=2, seed=seed)
        left_out.append(found.held_out.auc)
        model = forward(x, y, np.ones(len(y)), 2).log_odds(x, 2)
        own.append(auc(model, y, np.zeros(len(y))))
    error = np.std(left_out, ddof=1) / np.sqrt(len(left_out))
    assert np.mean(left_out) == pytest.approx(0.5, abs=max(2.6 * error, 0.01))
    assert np.mean(own) > 0.6


def test_more_candidates_than_patients_is_a_state_of_its_own():
    x, y = cohort(7, n=60, p=90)
    found = select_order(frame(x), y, resamples=20, largest=3, validate=False)
    assert "90 candidates for 60 patients" in found.notes[-1]
    assert found.orders["order"].max() == 3 and len(found.candidates) == 90


def test_the_rarer_outcome_limits_the_order():
    x, y = cohort(8, n=100)
    y = (np.arange(100) % 100 < 12).astype(float)
    found = select_order(frame(x), y, resamples=20, validate=False)
    assert found.orders["order"].max() == 2
    assert any("No more than 2 terms" in note for note in found.notes)


def test_pairs_are_counted_within_a_part_and_ties_count_half():
    score, y = np.array([3, 1, 2, 2, 9.0]), np.array([1, 0, 1, 0, 0])
    assert auc(score, y, np.zeros(5)) == pytest.approx((1 + 1 + 0 + 1 + 0.5 + 0) / 6)
    assert auc(score, y, np.array([0, 0, 1, 1, 2])) == pytest.approx(0.75)
    assert np.isnan(auc(score, y, np.arange(5)))
    dealt = deal(np.repeat([1, 0], [12, 31]), PARTS, np.random.default_rng(0))
    for outcome in (slice(0, 12), slice(12, 43), slice(None)):
        sizes = np.bincount(dealt[outcome], minlength=PARTS)
        assert sizes.max() - sizes.min() <= 1


def test_who_is_left_out_has_no_part_in_the_fit():
    seen = []

    def fit(inside, place, tell):
        seen.append(inside)
        return 0, np.full(len(inside), float(place))

    y = np.repeat([1.0, 0.0], 20)
    found = held_out(y, 4, 0, fit)
    assert (np.sum(seen, axis=0) == 3).all()
    assert found.auc == 0.5 and found.calibration_slope is None and found.orders == (0,) * 4


def test_missing_and_constant_candidates_are_counted():
    x, y = cohort(9, (1.0,))
    table = frame(x).assign(dose="20", snp=pd.array([0, 1, 2] * 30, dtype="Int64"), smoker=[True, False] * 45)
    table.loc[[3, 4], "snp"] = pd.NA
    outcome = [None, *y[1:]]
    found = select_order(table, outcome, resamples=20, largest=2, validate=False)
    assert (found.n, found.n_incomplete, found.n_excluded) == (87, 2, 1)
    assert found.constant == ("dose",) and {"snp", "smoker"} <= set(found.candidates)
    assert found.n_events == int(np.delete(y, [0, 3, 4]).sum())


def test_a_rare_variant_of_one_outcome_only_is_left_out_and_named():
    x, y = cohort(11, (1.2,))
    snp = np.zeros(90)
    snp[np.flatnonzero(y)[:3]] = 1
    found = select_order(frame(x).assign(snp=snp), y, resamples=20, largest=2, validate=False)
    without = select_order(frame(x), y, resamples=20, largest=2, validate=False)
    assert found.infinite == ("snp",) and "snp" not in found.candidates
    assert found.terms == without.terms


def test_states_have_names():
    x, y = cohort(10)
    table = frame(x)
    with pytest.raises(NotEstimable, match=r"Separates .*: told\."):
        select_order(table.assign(told=y * 3 + 1), y)
    with pytest.raises(NotEstimable, match="finite coefficient"):
        select_order(pd.DataFrame({"snp": y * (np.arange(90) % 3 == 0)}), y)
    with pytest.raises(NotEstimable, match="Of 90 complete patients 4 have"):
        select_order(table, np.arange(90) < 4)
    with pytest.raises(NotEstimable, match="No candidate differs"):
        select_order(table[[]].assign(a=1.0), y)
    with pytest.raises(NotEstimable, match="Only 5 of 5 resamples"):
        select_order(table, y, resamples=5)
    dates = pd.Series(pd.date_range("2020-01-01", periods=90))
    with pytest.raises(Refused) as refused:
        select_order(table.assign(site="a", x2=np.inf, when=dates, kind=pd.Categorical(["a", "b"] * 45)), y + 1)
    assert [problem.where for problem in refused.value.problems] == ["x2", "site", "when", "kind", "event"]
    with pytest.raises(Refused, match="1 outcomes"):
        select_order(table, ["yes", *y[1:]])
    for wrong in ({"measure": "auc"}, {"largest": 0}):
        with pytest.raises(ValueError, match="not one of"):
            select_order(table, y, **wrong)
    with pytest.raises(ValueError, match="90 rows"):
        select_order(table, y[1:])


# ------------------------------------------------------------------------------------------------ terms always there


def test_kept_terms_are_in_every_model_from_order_nought_on():
    x, y = cohort(11, (1.0, 0.9), n=160)
    path = forward(x, y, np.ones(len(y)), 2, kept=(3, 1))
    assert not {1, 3} & set(path.chosen) and path.chosen[0] == 0
    for order in (0, 1):
        columns = [3, 1, *path.chosen[:order]]
        fitted = logistic(x[:, columns], y == 1)
        np.testing.assert_allclose(
            path.log_odds(x, order), fitted.coefficients[0] + x[:, columns] @ fitted.coefficients[1:], atol=1e-6
        )


def test_what_is_added_is_chosen_by_the_score_beside_the_kept_terms():
    """A copy of a kept term with noise goes with the outcome by itself, and adds nothing beside it."""
    x, y = cohort(12, (2.0, 0.0, 1.0), n=200, p=4)
    x[:, 1] = x[:, 0] + 0.3 * x[:, 1]
    everyone = np.ones(len(y))
    assert forward(x, y, everyone, 2).chosen[:2] in ((0, 2), (1, 2))
    assert forward(x[:, 1:], y, everyone, 1).chosen == (0,), "the copy comes first where the term itself is not there"
    assert forward(x, y, everyone, 1, kept=(0,)).chosen == (2,)


def test_added_value_over_kept_terms_is_seen_in_patients_left_out():
    x, y = cohort(13, (1.0, 1.6), n=200, p=5)
    found = select_order(frame(x), y, resamples=30, largest=2, kept=["x0"], seed=1)
    assert found.kept == ("x0",) and [term.name for term in found.terms] == ["x0", "x1"]
    assert [term.kept for term in found.terms] == [True, False] and found.terms[0].share == 1
    assert found.held_out.auc > found.held_out_kept.auc + 0.05
    assert found.held_out.log_likelihood > found.held_out_kept.log_likelihood
    assert set(found.selected["candidate"]) == {"x1", "x2", "x3", "x4"}
    assert found.candidates == ("x0", "x1", "x2", "x3", "x4")


def test_the_kept_terms_alone_are_judged_on_the_same_parts_by_hand():
    x, y = cohort(14, (1.0,), n=120, p=3)
    found = select_order(frame(x), y, resamples=FEWEST_RESAMPLES, largest=1, kept=["x0", "x2"], seed=4)
    dealt = deal(y, PARTS, np.random.default_rng(int(generators(4, 2 + PARTS)[1].integers(2**63))))
    log_odds = np.empty(len(y))
    for place in range(PARTS):
        inside = dealt != place
        fitted = logistic(x[inside][:, [0, 2]], y[inside] == 1)
        log_odds[~inside] = fitted.coefficients[0] + x[~inside][:, [0, 2]] @ fitted.coefficients[1:]
    assert found.held_out_kept.auc == pytest.approx(auc(log_odds, y, dealt))
    assert select_order(frame(x), y, resamples=FEWEST_RESAMPLES, largest=1, validate=False).held_out_kept is None


def test_on_noise_nothing_is_added_to_kept_terms_more_often_than_to_none():
    """By the likelihood, which hardly ever takes a term of noise, beside a kept term that does predict."""
    orders = []
    for seed in range(25):
        x, y = cohort(200 + seed, (1.2,), n=90, p=5)
        orders.append(resampled(x, y, largest=2, measure="likelihood", resamples=20, seed=seed, kept=(0,)).order)
    assert (np.array(orders) > 0).sum() <= binom.ppf(0.995, 25, 0.05)


def test_kept_terms_that_leave_no_room_are_a_state():
    x, y = cohort(15, n=40, p=6, share=0.3)
    with pytest.raises(NotEstimable, match="leave no room"):
        select_order(frame(x), y, kept=["x0", "x1", "x2", "x3"])
    x, y = cohort(16, n=200, p=2)
    with pytest.raises(NotEstimable, match="nothing to choose"):
        select_order(frame(x), y, kept=["x0", "x1"])
    with pytest.raises(ValueError, match="kept is unknown"):
        select_order(frame(x), y, kept=["age"])
