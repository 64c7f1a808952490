"""How probable is control of the tumour at a dose, by given parameters and by these patients themselves?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.analyses import dose_choices as dosed
from core.analyses.base import Analysis
from core.analyses.dose_response import (
    ESTIMATES,
    against,
    calibrated,
    calibration_words,
    gain_words,
    interval_text,
    logistic_rows,
    patients_of,
)
from core.analyses.dose_response_result import DoseResponse
from core.analyses.parameters import Number, parameter
from core.compute import quiet
from core.errors import NotEstimable
from core.radiogenomics.dose import Dvh, geud_gy
from core.radiogenomics.logistic_curve import LogisticCurve, fit_logistic_curve
from core.radiogenomics.ntcp import FALL
from core.radiogenomics.tcp import poisson_of_steepness, tcp_logistic, tcp_poisson

POISSON, LOGISTIC = "LQ-Poisson", "logistic"


@dataclass(frozen=True, kw_only=True)
class Control(Analysis):
    name = "control"
    title = "Control"
    question = "How probable is control of the tumour at a dose, by given parameters and by these patients themselves?"
    method = (
        "Logistic: 1/(1 + (D50/gEUD)^(4 gamma50)) of the equivalent uniform dose with exponent a. LQ-Poisson: the "
        "probability that no clonogen survives, exp(-sum of N0 v exp(-alpha D (1 + d/(alpha/beta)))) over the bins of "
        "the table, each with its own dose per fraction d = D/n; N0 and alpha are those of a curve with the same D50 "
        "and gamma50 in fractions of 2 Gy. Given parameters are held against the cohort as for complications. D50 and "
        "gamma50 of the logistic curve are fitted to the cohort by maximum likelihood with 95 % profile-likelihood "
        "intervals; clonogens and alpha are then what those imply. Fitted curves are shown on the patients that made "
        "them."
    )
    sources = (
        "Webb and Nahum 1993, doi:10.1088/0031-9155/38/6/001",
        "Bentzen and Tucker 1997, doi:10.1080/095530097143860",
        "Gay and Niemierko 2007, doi:10.1016/j.ejmp.2007.07.001",
        "Venzon and Moolgavkar 1988, doi:10.2307/2347496",
    )
    pages = ("Radiotherapy",)
    rank = 30

    structure: str = dosed.structure_parameter("target")
    outcome: str = dosed.outcome_parameter(dosed.CONTROL, "Outcome")
    event: tuple[str, ...] = dosed.event_parameter()
    d50: float = parameter(
        Number(
            "D50",
            "The dose that controls half the tumours.",
            low=1,
            high=150,
            step=0.5,
            default=60.0,
            unit="Gy",
        )
    )
    gamma50: float = parameter(
        Number(
            "gamma50",
            "Rise per relative rise of the dose, at 50 %.",
            low=0.2,
            high=10,
            step=0.1,
            default=2.0,
        )
    )
    a: float = parameter(
        Number("gEUD: exponent a", "Negative: a cold part fails the target.", low=-40, high=1, step=0.5, default=-10.0)
    )
    fractions: int = dosed.fractions_parameter(when=lambda values: True)
    alpha_beta: float = dosed.alpha_beta_parameter(10.0, when=lambda values: True)

    def read(self, context):
        return dosed.read_dosed(context, self.structure, self.outcome)

    def __call__(self, data: dosed.Dosed, progress=quiet):
        tables, y, left_out = patients_of(data, self.event, "event")
        dvhs = list(tables.dvhs.values())
        dose = np.array([geud_gy(dvh, self.a) for dvh in dvhs])
        logistic, no_fit = None, ""
        try:
            logistic = fit_logistic_curve(dose, y)
        except NotEstimable as error:
            no_fit = str(error)
        axis = f"gEUD with a = {self.a:g} (Gy)" if self.a != 1 else "Mean dose (Gy)"
        values = f"D50 {self.d50:g} Gy, gamma50 {self.gamma50:g}"
        progress(0.5, "Poisson curves")
        result = DoseResponse(
            what="control",
            structure=data.structure.label or data.structure.name,
            event=dosed.event_text(data.outcome_label, data.levels, self.event),
            doses="physical dose",
            given=against(axis, dose, y, self._curves(self.d50, self.gamma50, "given by the reader")),
            fitted=None
            if logistic is None
            else against(
                axis, dose, y, self._curves(logistic.d50_gy.value, logistic.gamma50.value, "fitted to these patients")
            ),
            no_fit=no_fit,
            calibration=(
                calibrated(
                    f"The given logistic curve ({values})",
                    y,
                    tcp_logistic(dose, d50_gy=self.d50, gamma50=self.gamma50),
                ),
                calibrated(f"The given LQ-Poisson curve ({values})", y, self._poisson(dvhs, self.d50, self.gamma50)),
            ),
            lkb=None,
            logistic=logistic,
            estimates=self._estimates(logistic),
            n=len(y),
            n_events=int(y.sum()),
            n_cohort=len(data.outcome),
            left_out=left_out,
            words=(),
        )
        return replace(result, words=tuple(self._words(result)))

    def _implied(self, d50: float, gamma50: float) -> tuple[float, float]:
        """Clonogens and alpha per Gy of a Poisson curve with this position and steepness in fractions of 2 Gy."""
        return poisson_of_steepness(
            d50_gy=d50, gamma50=gamma50, alpha_beta_gy=self.alpha_beta, dose_per_fraction_gy=2.0
        )

    def _poisson(self, dvhs: list[Dvh], d50: float, gamma50: float) -> np.ndarray:
        clonogens, alpha = self._implied(d50, gamma50)
        asked = {"alpha_per_gy": alpha, "alpha_beta_gy": self.alpha_beta, "fractions": self.fractions}
        return np.array([tcp_poisson(dvh, clonogens=clonogens, **asked) for dvh in dvhs])

    def _curves(self, d50: float, gamma50: float, source: str):
        """Both curves of a uniform dose, in the fractions of the patients."""

        def poisson(doses):
            tables = [Dvh.of([dose], [1.0], "differential") for dose in doses]
            return self._poisson(tables, d50, gamma50)

        clonogens, alpha = self._implied(d50, gamma50)
        return [
            (
                LOGISTIC,
                f"D50 {d50:.1f} Gy, gamma50 {gamma50:.2f}",
                source,
                lambda doses: tcp_logistic(doses, d50_gy=d50, gamma50=gamma50),
            ),
            (
                POISSON,
                f"{clonogens:.3g} clonogens, alpha {alpha:.3f}/Gy, alpha/beta {self.alpha_beta:g} Gy",
                source,
                poisson,
            ),
        ]

    def _estimates(self, logistic: LogisticCurve | None) -> pd.DataFrame:
        rows = []
        if logistic is not None:
            rows += logistic_rows(logistic, "D50")
            clonogens, alpha = self._implied(logistic.d50_gy.value, logistic.gamma50.value)
            how = "what D50 and gamma50 imply in fractions of 2 Gy"
            rows += [
                (POISSON, "clonogens", "", clonogens, np.nan, np.nan, how),
                (POISSON, "alpha", "1/Gy", alpha, np.nan, np.nan, how),
            ]
        return pd.DataFrame(rows, columns=ESTIMATES)

    def _words(self, found: DoseResponse):
        yield f"{found.event}: {found.n_events:,} of {found.n:,} patients ({found.n_events / found.n:.0%})."
        for each in found.calibration:
            yield from calibration_words(each, found.event)
        if found.logistic is None:
            yield f"No curve was fitted to these patients. {found.no_fit}"
            return
        fit = found.logistic
        yield (
            f"Fitted to these patients: D50 {interval_text(fit.d50_gy, 1, ' Gy')}, gamma50 "
            f"{interval_text(fit.gamma50)}; 95 % profile-likelihood intervals."
        )
        gain = fit.log_likelihood - fit.log_likelihood_null
        yield gain_words(gain, found.event)
        doses = found.given.patients["dose_gy"]
        if not doses.min() <= fit.d50_gy.value <= doses.max():
            seen = f"{doses.min():.1f} to {doses.max():.1f} Gy"
            yield f"D50 lies beyond the doses seen ({seen}), so it is a continuation of the curve."
        if gain < FALL:
            return
        clonogens, alpha = self._implied(fit.d50_gy.value, fit.gamma50.value)
        yield (
            f"A Poisson curve of that position and steepness has {clonogens:.3g} clonogens and alpha {alpha:.3f} per "
            "Gy. Differences between patients make a cohort's curve flatter than that of one tumour, so these are no "
            "numbers of cells."
        )
