"""How probable is a complication at a dose, by published parameters and by these patients themselves?"""

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
    estimate_row,
    gain_words,
    interval_text,
    logistic_rows,
    patients_of,
)
from core.analyses.dose_response_result import DoseResponse
from core.analyses.parameters import Choice, Number, options, parameter
from core.compute import quiet
from core.errors import NotEstimable
from core.radiogenomics.logistic_curve import fit_logistic_curve
from core.radiogenomics.ntcp import PNEUMONITIS, RECTUM, SALIVA, Published, fit_lkb, lkb_eud_gy, ntcp_lkb, ntcp_logistic

OWN = "own"
PUBLISHED: dict[str, Published] = {"saliva": SALIVA, "pneumonitis": PNEUMONITIS, "rectum": RECTUM}
PLACES = {"saliva": "parotid gland", "pneumonitis": "lung", "rectum": "rectum"}
#: Words in the name of a structure by which a published set is offered first.
ORGANS = {"saliva": ("parot", "saliv"), "pneumonitis": ("lung", "pulmo"), "rectum": ("rect",)}
#: Published for doses converted to fractions of 2 Gy.
CONVERTED = ("pneumonitis",)
ESTIMATED, HELD = "estimated", "given"
PHYSICAL = "physical dose"
LKB = "Lyman-Kutcher-Burman"


def _given(scope) -> str:
    """The published set whose organ the structure is named after, else one's own numbers."""
    chosen = scope.context.catalogue.structures[scope.values["structure"]]
    name = f"{chosen.name} {chosen.label}".casefold()
    return next((key for key, words in ORGANS.items() if any(word in name for word in words)), OWN)


def _numbers(published: Published) -> str:
    return f"TD50 {published.td50_gy:g} Gy, m {published.m:g}, n {published.n:g}"


def _own(values) -> bool:
    return values["given"] == OWN


@dataclass(frozen=True, kw_only=True)
class Complication(Analysis):
    name = "complication"
    title = "Complications"
    question = "How probable is a complication at a dose, by published parameters and by these patients themselves?"
    method = (
        "Lyman-Kutcher-Burman: Phi((gEUD - TD50)/(m TD50)), the gEUD with exponent 1/n. Given parameters are held "
        "against the cohort by a calibration line (slope, and intercept in the large), groups and the Brier score; "
        "nothing is fitted for that. TD50, m and n are also fitted to the cohort by maximum likelihood, with 95 % "
        "profile-likelihood intervals; an end that the likelihood leaves open is said to be open. The logistic curve "
        "1/(1 + (TD50/gEUD)^(4 gamma50)) is fitted to the same doses. The fitted curves are shown on the patients that "
        "made them, so they say how the cohort is, not how well they predict others. Bins of equal numbers of patients "
        "have Wilson's 95 % intervals."
    )
    sources = (
        "Kutcher and Burman 1989, doi:10.1016/0360-3016(89)90972-3",
        "Burman et al. 1991, doi:10.1016/0360-3016(91)90172-Z",
        "Venzon and Moolgavkar 1988, doi:10.2307/2347496",
        "Dijkema et al. 2010, doi:10.1016/j.ijrobp.2009.07.1708",
        "Michalski et al. 2010, doi:10.1016/j.ijrobp.2009.03.078",
        "Wilson 1927, doi:10.1080/01621459.1927.10502953",
    )
    pages = ("Radiotherapy",)
    rank = 20

    structure: str = dosed.structure_parameter("organ at risk")
    outcome: str = dosed.outcome_parameter(dosed.HARM, "Complication")
    event: tuple[str, ...] = dosed.event_parameter()
    given: str = parameter(
        Choice(
            "Given parameters",
            "Published for one endpoint and way of planning, or numbers of your own.",
            options=options(
                *((key, f"{PLACES[key]}: {_numbers(each)}") for key, each in PUBLISHED.items()),
                (OWN, "my own numbers"),
            ),
            default=_given,
        )
    )
    td50: float | None = parameter(
        Number(
            "TD50",
            "The uniform dose that harms half the patients.",
            low=1,
            high=150,
            step=0.5,
            default=40.0,
            unit="Gy",
            when=_own,
        )
    )
    m: float | None = parameter(
        Number("m", "The smaller, the steeper.", low=0.02, high=2, step=0.01, default=0.3, when=_own)
    )
    n: float | None = parameter(
        Number("n", "1: the mean dose; near 0: the greatest.", low=0.01, high=5, step=0.01, default=1.0, when=_own)
    )
    volume: str = parameter(
        Choice(
            "n of the fit",
            "Estimated with TD50 and m, or held where the given parameters have it.",
            options=options((ESTIMATED, "estimated"), (HELD, "as given")),
        )
    )
    convert: bool = dosed.convert_parameter(lambda scope: scope.values["given"] in CONVERTED)
    fractions: int | None = dosed.fractions_parameter()
    alpha_beta: float | None = dosed.alpha_beta_parameter(3.0)

    def parameters_given(self) -> Published:
        """The published set, or the reader's own numbers."""
        if self.given != OWN:
            return PUBLISHED[self.given]
        return Published("your own numbers", self.n, self.m, self.td50, None, "given by the reader")

    def read(self, context):
        return dosed.read_dosed(context, self.structure, self.outcome)

    def __call__(self, data: dosed.Dosed, progress=quiet):
        tables, y, left_out = patients_of(data, self.event, "complication")
        if self.convert:
            tables = tables.eqd2(self.fractions, self.alpha_beta)
        dvhs = list(tables.dvhs.values())
        published = self.parameters_given()
        dose = np.array([lkb_eud_gy(dvh, published.n) for dvh in dvhs])

        def of_given(doses):
            return ntcp_lkb(doses, td50_gy=published.td50_gy, m=published.m)

        values = _numbers(published)
        given = against(_axis(published.n, self.convert), dose, y, [("as given", values, published.source, of_given)])
        lkb, logistic, fitted, no_fit = self._fitted(dvhs, y, published.n, progress)
        event = dosed.event_text(data.outcome_label, data.levels, self.event)
        result = DoseResponse(
            what="complication",
            structure=data.structure.label or data.structure.name,
            event=event,
            doses=self._doses(),
            given=given,
            fitted=fitted,
            no_fit=no_fit,
            calibration=(calibrated(f"The given curve ({values})", y, of_given(dose)),),
            lkb=lkb,
            logistic=logistic,
            estimates=_estimates(lkb, logistic, self.volume == HELD),
            n=len(y),
            n_events=int(y.sum()),
            n_cohort=len(data.outcome),
            left_out=left_out,
            words=(),
        )
        return _told(result, published)

    def _doses(self) -> str:
        if not self.convert:
            return PHYSICAL
        return f"dose in fractions of 2 Gy (given in {self.fractions}, alpha/beta {self.alpha_beta:g} Gy)"

    def _fitted(self, dvhs, y, n: float, progress):
        """The two fits, what they are drawn with, and why there is none where there is none."""
        try:
            lkb = fit_lkb(dvhs, y.astype(float), n=n if self.volume == HELD else None)
        except NotEstimable as error:
            return None, None, None, str(error)
        progress(0.6, "Fitting the logistic curve")
        curves = [
            (
                LKB,
                f"TD50 {lkb.td50_gy.value:.1f} Gy, m {lkb.m.value:.2f}, n {lkb.n.value:.2f}",
                "fitted to these patients",
                lambda doses: ntcp_lkb(doses, td50_gy=lkb.td50_gy.value, m=lkb.m.value),
            )
        ]
        try:
            logistic = fit_logistic_curve(lkb.eud_gy, y)
            curves.append(
                (
                    "logistic",
                    f"TD50 {logistic.d50_gy.value:.1f} Gy, gamma50 {logistic.gamma50.value:.2f}",
                    "fitted to these patients",
                    lambda doses: ntcp_logistic(doses, td50_gy=logistic.d50_gy.value, gamma50=logistic.gamma50.value),
                )
            )
        except NotEstimable:
            logistic = None
        return lkb, logistic, against(_axis(lkb.n.value, self.convert), lkb.eud_gy, y, curves), ""


def _axis(n: float, converted: bool) -> str:
    unit = "EQD2" if converted else "Gy"
    return f"Mean dose ({unit})" if n == 1 else f"gEUD with n = {n:.2g} ({unit})"


def _estimates(lkb, logistic, held: bool) -> pd.DataFrame:
    rows = []
    if lkb is not None:
        how = "maximum likelihood, profile interval"
        rows += [
            estimate_row(LKB, "TD50", "Gy", lkb.td50_gy, how),
            estimate_row(LKB, "m", "", lkb.m, how),
            (LKB, "n", "", lkb.n.value, np.nan, np.nan, "held as given")
            if held
            else estimate_row(LKB, "n", "", lkb.n, how),
        ]
    if logistic is not None:
        rows += logistic_rows(logistic, "TD50")
    return pd.DataFrame(rows, columns=ESTIMATES)


def _told(found: DoseResponse, published: Published) -> DoseResponse:
    said = [f"{found.event}: {found.n_events:,} of {found.n:,} patients ({found.n_events / found.n:.0%})."]
    said += calibration_words(found.calibration[0], found.event)
    if published in PUBLISHED.values():
        of = f"{published.patients:,} patients" if published.patients else "a review of several series"
        said.append(
            f"These parameters were published for {published.endpoint} ({of}); another endpoint or way of planning may "
            f"need others. {published.source}."
        )
        converted = found.doses != PHYSICAL
        if converted != (published in [PUBLISHED[key] for key in CONVERTED]):
            meant = "physical doses" if converted else "doses in fractions of 2 Gy"
            said.append(f"They are meant for {meant}, and those here are not: see the conversion among the choices.")
    if found.lkb is None:
        said.append(f"No curve was fitted to these patients. {found.no_fit}")
    else:
        fit = found.lkb
        volume = f"{fit.n.value:.2f}, held" if fit.n.low == fit.n.high == fit.n.value else interval_text(fit.n)
        said.append(
            f"Fitted to these patients: TD50 {interval_text(fit.td50_gy, 1, ' Gy')}, m {interval_text(fit.m)}, "
            f"n {volume}; 95 % profile-likelihood intervals."
        )
        said.append(gain_words(fit.log_likelihood - fit.log_likelihood_null, found.event))
        if found.logistic is not None:
            gap = found.logistic.log_likelihood - fit.log_likelihood
            better = "logistic" if gap > 0 else LKB
            said.append(
                f"The log-likelihoods of the two curves are {abs(gap):.2f} apart, the {better} one higher: these "
                f"patients {'hardly tell them apart' if abs(gap) < 2 else 'favour it'}."
            )
        said += fit.notes
    return replace(found, words=tuple(said))
