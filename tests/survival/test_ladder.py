"""The ladder of models: its numbers against R, what each rung may say, and its states."""

import numpy as np
import pandas as pd
import pytest

from core.errors import NotEstimable
from core.survival.blocks import Block, design_of, learn, score_statistics, told
from core.survival.efron import RiskSums
from core.survival.ladder import ladder
from core.survival.out_of_bag import cox_of, estimate, out_of_bag
from core.survival.partial import Patients
from tests.survival.ladders import UNTIL, drawn, lungs, numbers, patients_of, r


@pytest.fixture(scope="module")
def climbed():
    patients, (clinical, radiomic, genomic) = lungs()
    return ladder(patients, clinical, (radiomic, genomic), (180.5, 365.5), UNTIL, samples=30, seed=3)


def test_every_rung_is_that_of_coxph(climbed):
    expected = r("rungs.csv").set_index("model")
    assert [rung.name for rung in climbed.rungs] == list(expected.index)
    for rung in climbed.rungs:
        theirs = expected.loc[rung.name]
        assert (climbed.n, climbed.n_events) == (theirs.n, theirs.n_events)
        assert rung.log_likelihood == pytest.approx(theirs.log_likelihood, rel=1e-10)
        assert (rung.aic, rung.bic) == pytest.approx((theirs.aic, theirs.bic), rel=1e-10)
        assert (rung.harrell, rung.uno) == pytest.approx((theirs.harrell, theirs.uno), rel=1e-8)


def test_every_step_is_that_of_anova(climbed):
    expected = r("steps.csv").set_index(["model", "below"])
    assert [(step.name, step.below) for step in climbed.steps] == list(expected.index)
    for step in climbed.steps:
        theirs = expected.loc[(step.name, step.below)]
        assert (step.statistic, step.p) == pytest.approx((theirs.statistic, theirs.p), rel=1e-7)
        assert step.dof == theirs.dof
    adjusted = sorted(step.p_adjusted for step in climbed.steps)
    assert adjusted[0] == pytest.approx(4 * expected["p"].min(), rel=1e-7)


def test_a_rung_ranks_patients_left_out_less_well_than_its_own(climbed):
    for rung in climbed.rungs:
        assert rung.left_out.harrell.value < rung.harrell
        assert rung.left_out.harrell.lower < rung.left_out.harrell.value < rung.left_out.harrell.upper
        assert rung.left_out.brier.value < climbed.brier_without.value * 1.1
    assert climbed == climbed and len(climbed.rungs[0].left_out.areas) == 2


def test_the_same_seed_gives_the_same_numbers_and_another_one_others():
    patients, (clinical, radiomic, _) = lungs()
    first, again, other = (
        ladder(patients, clinical, (radiomic,), (), UNTIL, samples=20, seed=seed).steps[0].gain.harrell.value
        for seed in (1, 1, 2)
    )
    assert first == again != other


def test_candidates_are_scored_as_the_global_score_of_coxph_at_the_base():
    patients, (clinical, radiomic, _) = lungs()
    frame = pd.DataFrame(radiomic.columns, columns=["ph.karno", "wt.loss"])
    sums = RiskSums.of(patients.time, patients.event, patients.stratum)
    z = (clinical.columns - clinical.columns.mean(axis=0)) / clinical.columns.std(axis=0)
    x = (frame - frame.mean()).to_numpy()
    found = score_statistics(sums, x[sums.order], z[sums.order])
    expected = r("scores.csv").set_index("candidate").loc[list(frame.columns), "score"]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_predicted_survival_is_that_of_survfit():
    patients, blocks = lungs()
    x, _ = design_of(patients, blocks, np.arange(len(patients.time)))
    learned = learn(patients, x)
    for row in r("predicted.csv").itertuples():
        found = learned.survival(x[[row.row]] @ learned.slopes, np.array([row.time]))
        assert found.item() == pytest.approx(row.survival, rel=1e-6)


def test_a_signature_takes_no_two_that_are_alike_and_leaves_noise_for_what_tells():
    chance = np.random.default_rng(5)
    patients, x = drawn(chance, 200, 1.2, 6)
    candidates = np.column_stack([x, x[:, 0] + 0.1 * chance.normal(size=200)])
    chosen = told(patients, candidates, np.empty((200, 0)), 3)
    assert len(chosen) == 3 and len({0, 7} & set(chosen)) == 1
    # Beside what tells everything the copies have nothing left to say.
    assert not {0, 7} & set(told(patients, candidates, x[:, :1], 3)[:1])


def test_a_signature_has_no_likelihood_ratio_test_and_says_why():
    patients, x = drawn(np.random.default_rng(1), 120, 0.7, 12)
    table = pd.DataFrame(x[:, 1:]).add_prefix("f")
    found = ladder(
        patients, numbers("clinical", x[:, :1]), (Block.signature("radiomic", table, 2),), (), 60, samples=30, seed=0
    )
    (step,) = found.steps
    assert step.p is None and step.statistic is None and "chosen by looking at this outcome" in step.reason
    assert step.gain.harrell.samples > 20 and found.rungs[1].aic is None
    shares = dict(found.chosen["radiomic"])
    assert 1.5 < sum(shares.values()) <= 2.0001 and max(shares.values()) < 1
    # On its own patients noise looks like something; on others it does not.
    assert found.rungs[1].harrell > found.rungs[0].harrell and step.gain.harrell.value < 0


def test_a_rung_without_a_fit_says_why_and_the_others_stay():
    patients, x = drawn(np.random.default_rng(2), 100)
    clinical, radiomic = numbers("clinical", x[:, :1]), numbers("radiomic", x[:, 1:2])
    genomic = Block.of("genomic", pd.DataFrame({"copy of the clinic": 2 * x[:, 0] + 1}))
    found = ladder(patients, clinical, (radiomic, genomic), (), 60, samples=20, seed=0)
    states = {rung.name: rung.state for rung in found.rungs}
    assert "copy of the clinic" in states["clinical + genomic"] and not states["clinical + radiomic"]
    assert [step.p is None for step in found.steps] == [False, True, True, True]
    assert "could not be fitted" in found.steps[1].reason


def test_separation_is_a_state():
    patients, x = drawn(np.random.default_rng(3), 60)
    never = Block.of("genomic", pd.DataFrame({"marker": np.where(patients.event, "no", "yes")}))
    found = ladder(patients, numbers("clinical", x[:, :1]), (never,), (), 60, samples=20, seed=0)
    assert "separation" in found.rungs[1].state


@pytest.mark.parametrize("columns", [3, 40])
def test_fewer_events_than_coefficients_are_a_state(columns):
    patients, x = drawn(np.random.default_rng(4), 60, 0.5, 40)
    few = Patients(patients.time, patients.event & (np.cumsum(patients.event) <= 8), patients.stratum)
    added = numbers("radiomic", x[:, 1 : 1 + columns])
    found = ladder(few, numbers("clinical", x[:, :1]), (added,), (), 60, samples=20, seed=0)
    assert bool(found.rungs[1].state) == (columns == 40)
    assert found.rungs[1].events_per_coefficient == pytest.approx(8 / (1 + columns))


def test_a_base_without_a_fit_is_refused():
    patients, x = drawn(np.random.default_rng(6), 40)
    with pytest.raises(NotEstimable, match="same for all"):
        ladder(patients, numbers("clinical", np.ones((40, 1))), (numbers("radiomic", x[:, :1]),), (), 60, samples=20)
    nobody = Patients(patients.time, np.zeros(40, bool), patients.stratum)
    with pytest.raises(NotEstimable, match="0 events"):
        ladder(nobody, numbers("clinical", x[:, :1]), (numbers("radiomic", x[:, 1:2]),), (), 60, samples=20)


def test_an_interval_needs_half_of_the_samples():
    values = np.full(50, np.nan)
    values[:24] = np.arange(24)
    assert estimate(values).value is None and estimate(values).samples == 24
    values[24] = 24
    found = estimate(values)
    assert (found.value, found.lower, found.upper) == (12, *np.percentile(np.arange(25), (2.5, 97.5)))


def test_out_of_bag_measures_are_those_of_the_left_out_by_hand():
    """One sample drawn and fitted by hand: coxph's slopes by our own fit, pairs counted one by one."""
    from core.compute import generators

    patients, x = drawn(np.random.default_rng(8), 50)
    block = numbers("clinical", x)
    bag = out_of_bag(patients, {"m": cox_of((block,))}, (), 60.0, samples=1, seed=4)
    (chance,) = generators(4, 1)
    rows = chance.integers(0, 50, 50)
    left = [i for i in range(50) if i not in set(rows.tolist())]
    training = Patients(patients.time[rows], patients.event[rows], np.zeros(50, int))
    risk = x @ learn(training, x[rows]).slopes
    right = pairs = 0
    for i in left:
        for j in left:
            if patients.event[i] and patients.time[j] > patients.time[i]:
                pairs += 1
                right += risk[i] > risk[j]
    assert bag.values[0, 0, 0] == pytest.approx(right / pairs, abs=1e-12)


def test_the_reference_patients_are_those_of_the_script():
    assert len(r("sim.csv")) == 150 and patients_of(r("sim.csv")).event.sum() > 60
