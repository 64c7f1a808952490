"""What do images and genes add to a clinical prognosis?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses.base import Analysis
from core.analyses.blocks_result import BlocksOf
from core.analyses.events import event_words
from core.analyses.ladder_words import ladder_words
from core.analyses.ledger import Entry
from core.analyses.parameters import Choice, Many, Number, parameter
from core.analyses.survival_choices import YEARS
from core.compute import generators, part, quiet
from core.errors import NotEstimable
from core.survival.calibrated import Calibrated, calibrated
from core.survival.cox import EVENTS_PER_COEFFICIENT
from core.survival.ladder import Ladder, ladder
from core.survival.out_of_bag import cox_of
from core.survival.out_of_fold import dealt, out_of_fold, parts_of
from core.survival.units import years
from core.vocabulary import counted, listed


@dataclass(frozen=True, eq=False)
class AddedValue:
    """The ladder as the page shows it.

    years        when areas were measured; beyond: years asked that the follow-up does not reach
    horizon      of the calibration, in years; calibration: by rung, on patients left out of the fit, each once
    states       why there is no radiomic or genomic block, or no calibration
    words        sentences that read it aloud, the most important first; cautions: what to know before believing it
    """

    endpoint: str
    event: str
    time_unit: str
    ladder: Ladder
    years: tuple[float, ...]
    beyond: tuple[float, ...]
    horizon: float
    calibration: dict[str, Calibrated]
    counts: pd.DataFrame
    left_out: pd.DataFrame
    states: dict[str, str]
    words: tuple[str, ...]
    cautions: tuple[str, ...]
    markers: tuple[str, ...]
    folds: int
    n_cohort: int
    n: int
    n_events: int

    @property
    def n_tests(self) -> int:
        """The p-values that it shows."""
        return sum(step.p is not None for step in self.ladder.steps)

    def entry(self, study: str, cohort: str) -> Entry:
        """What it adds to the count of everything tried."""
        largest = max(rung.n_coefficients for rung in self.ladder.rungs)
        how = f"ladder of {counted(len(self.ladder.rungs), 'model')}"
        return Entry(study, cohort, self.endpoint, self.markers, how, self.n_tests, self.n_events, largest)


@dataclass(frozen=True, kw_only=True)
class LadderOfModels(Analysis):
    name = "ladder"
    title = "Added value"
    question = "What do images and genes add to a clinical prognosis?"
    method = (
        "Nested Cox models (Efron's ties) of the same patients: clinical, with the radiomic block, with the genomic "
        "block, with both. Each step by the likelihood-ratio test, Holm's adjustment over the steps; no test where "
        "columns were chosen by looking at the outcome. Harrell's c, Uno's c, the integrated Brier score and the area "
        "under the cumulative/dynamic ROC curve (inverse-probability-of-censoring weights from all patients; "
        "scikit-survival) are measured on the patients whom each bootstrap sample left out, everything fitted and "
        "chosen within the sample; differences are taken sample by sample; intervals are their 2.5th and "
        "97.5th percentile, a little wide because few patients are left out. Calibration: risks predicted out of fold "
        "against Kaplan-Meier in groups. Net reclassification is not offered: it calls useless markers useful."
    )
    sources = (
        "Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x",
        "Harrell, Lee and Mark 1996, doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4",
        "Uno et al. 2011, doi:10.1002/sim.4154",
        "Uno et al. 2007, doi:10.1198/016214507000000149",
        "Efron and Tibshirani 1997, doi:10.1080/01621459.1997.10474007",
        "Coates, Pirovano and El Naqa 2021, doi:10.1117/1.JMI.8.3.031902",
        "Graf et al. 1999, doi:10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5",
        "Singh, Chitalia and Kontos 2021, https://pmc.ncbi.nlm.nih.gov/articles/PMC8212946",
    )
    pages = ("Survival",)
    rank = 52
    slow = True

    years: tuple[str, ...] = parameter(
        Many("Areas at", "Times of the time-dependent ROC curves.", options=YEARS, default=("1", "2", "3", "5"))
    )
    horizon: str = parameter(
        Choice(
            "Horizon",
            "When predicted risks are compared with what happened, and where Uno's c and the Brier score end.",
            options=YEARS,
            default="3",
        )
    )
    resamples: int = parameter(
        Number("Bootstrap samples", "Of the intervals.", low=40, high=1000, step=20, default=200, whole=True)
    )
    folds: int = parameter(
        Number("Folds", "Of the predictions that are calibrated.", low=3, high=10, step=1, default=5, whole=True)
    )
    seed: int = parameter(
        Number("Seed", "Of the samples and the folds.", low=0, high=99999, step=1, default=0, whole=True)
    )

    def needs(self, context):
        return (context.analysis("blocks"),)

    def read(self, context):
        return context.result(context.analysis("blocks"))

    def tests(self, context, result):
        return (result.entry(context.view.study, str(context.cohort)),) if result.n_tests else ()

    def __call__(self, data: BlocksOf, progress=quiet):
        patients, unit = data.patients, data.time_unit
        asked = tuple(sorted(map(float, self.years)))
        # The last follow-up itself is beyond: nobody is left then who could be free of the event.
        within = tuple(each for each in asked if years(each, unit) < patients.time.max())
        horizon = float(self.horizon)
        end = min(years(horizon, unit), float(patients.time.max()))
        clinical, added = data.block("clinical"), data.added
        found = ladder(
            patients,
            clinical,
            added,
            [years(each, unit) for each in within],
            end,
            samples=self.resamples,
            seed=self.seed,
            progress=part(progress, 0, 0.95),
        )
        states = dict(data.states)
        blocks = {block.name: block for block in (clinical, *added)}
        calibration = self._calibration(patients, found, blocks, years(horizon, unit), states)
        progress(1.0, "Calibration")
        event = event_words(data.followed.endpoint)
        return AddedValue(
            endpoint=data.endpoint,
            event=event,
            time_unit=unit,
            ladder=found,
            years=within,
            beyond=tuple(each for each in asked if each not in within),
            horizon=horizon,
            calibration=calibration,
            counts=data.counts,
            left_out=data.left_out,
            states=states,
            words=ladder_words(found, data, event, horizon, calibration),
            cautions=(*data.cautions, *_few(found)),
            markers=data.markers,
            folds=self.folds,
            n_cohort=data.n_cohort,
            n=data.n,
            n_events=data.n_events,
        )

    def _calibration(self, patients, found: Ladder, blocks, at: float, states: dict[str, str]):
        """By rung; where there is none, `states` says why."""
        made = {}
        try:
            chance, *chances = generators(self.seed, 1 + len(found.rungs))
            parts = parts_of(patients, dealt(patients, self.folds, chance))
            for rung, own in zip(found.rungs, chances, strict=True):
                if rung.state:
                    continue
                recipe = cox_of([blocks[name] for name in rung.blocks])
                out = out_of_fold(parts, recipe, np.array([at]), own)
                if out is not None:
                    made[rung.name] = calibrated(patients, 1 - out.survival[:, 0], out.index, at)
        except NotEstimable as state:
            states["calibration"] = str(state)
        return made


def _few(found: Ladder):
    """Fewer events than a model of so many coefficients should have."""
    few = [rung for rung in found.rungs if rung.events_per_coefficient < EVENTS_PER_COEFFICIENT]
    if few:
        named = [f"{rung.name} {rung.events_per_coefficient:.1f}" for rung in few]
        yield (
            f"Fewer than {EVENTS_PER_COEFFICIENT} events per coefficient: {listed(named, 'and')}. Such models follow "
            "their own patients too closely, and adding to them shows less than there may be."
        )
