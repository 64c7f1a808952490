"""The formulas of the Radiotherapy page, each with its symbols, units and source: said once, for every reader."""

from __future__ import annotations

from typing import NamedTuple


class Formula(NamedTuple):
    """A formula in TeX, what its symbols are, and where it is from."""

    name: str
    tex: str
    where: str
    source: str


GAY = "Gay and Niemierko 2007, doi:10.1016/j.ejmp.2007.07.001"
FOWLER = "Fowler 1989, doi:10.1259/0007-1285-62-740-679"
BENTZEN = "Bentzen and Tucker 1997, doi:10.1080/095530097143860"

DOSE = (
    Formula(
        "Mean dose",
        r"\bar D = \sum_i v_i D_i",
        "D_i: dose of bin i, its middle (Gy); v_i: its share of the volume, sum 1",
        "",
    ),
    Formula(
        "Vx",
        r"V_x = \sum_i v_i \cdot \mathrm{share}_i(D \ge x)",
        "x in Gy; result in % of the volume; within a bin the volume is spread evenly over the dose",
        "",
    ),
    Formula("Dx%", r"D_x = \max\{D : V_D \ge x\,\%\}", "the least dose (Gy) of the hottest x % of the volume", ""),
    Formula(
        "Equivalent uniform dose",
        r"\mathrm{gEUD} = \Big(\sum_i v_i D_i^{\,a}\Big)^{1/a}",
        "Gy; a has no unit: 1 is the mean, large values the greatest dose, negative ones are ruled by the least",
        GAY,
    ),
    Formula(
        "Dose in fractions of 2 Gy",
        r"\mathrm{EQD2} = D\,\frac{D/n + \alpha/\beta}{2 + \alpha/\beta}",
        "D: dose of a bin (Gy), given in n equal fractions; alpha/beta in Gy",
        FOWLER,
    ),
)
COMPLICATION = (
    Formula(
        "Lyman-Kutcher-Burman",
        r"\mathrm{NTCP} = \Phi\!\left(\frac{\mathrm{gEUD} - TD_{50}}{m\,TD_{50}}\right)",
        "the gEUD has a = 1/n; TD50 (Gy): harms half the patients; m and n: no unit, a smaller m is steeper, a small n "
        "lets hot parts count; Phi: normal distribution",
        "Lyman 1985, Radiat Res 104:S13-S19; Kutcher and Burman 1989, doi:10.1016/0360-3016(89)90972-3; "
        "Burman et al. 1991, doi:10.1016/0360-3016(91)90172-Z",
    ),
    Formula(
        "Logistic",
        r"\mathrm{NTCP} = \frac{1}{1 + (TD_{50}/\mathrm{gEUD})^{4\gamma_{50}}}",
        "gamma50: no unit, the rise of the probability per relative rise of the dose, at 50 %",
        GAY,
    ),
    Formula(
        "Profile-likelihood interval",
        r"\ell(\hat\theta) - \ell_p(\theta) \le 1.92",
        "values of a parameter for which this holds; l: log-likelihood, at its maximum, and for l_p with the other "
        "parameters at their best for this value; 1.92 is half the 95 % point of chi-square with one degree of freedom",
        "Venzon and Moolgavkar 1988, doi:10.2307/2347496",
    ),
)
CONTROL = (
    Formula(
        "LQ-Poisson",
        r"\mathrm{TCP} = \exp\!\Big(-\sum_i N_0 v_i\, e^{-\alpha D_i\left(1 + \frac{D_i/n}{\alpha/\beta}\right)}\Big)",
        "N0: clonogens before treatment; alpha in 1/Gy; alpha/beta in Gy; D_i (Gy) given in n fractions",
        "Webb and Nahum 1993, doi:10.1088/0031-9155/38/6/001",
    ),
    Formula(
        "Logistic",
        r"\mathrm{TCP} = \frac{1}{1 + (D_{50}/\mathrm{gEUD})^{4\gamma_{50}}}",
        "D50 (Gy): controls half the tumours; gamma50: as for complications",
        GAY,
    ),
    Formula(
        "Clonogens of a Poisson curve",
        r"N_0 = \ln 2\; e^{2\gamma_{50}/\ln 2}",
        "of the curve with the same position and steepness as a logistic one",
        BENTZEN,
    ),
    Formula(
        "alpha of a Poisson curve",
        r"\alpha = \frac{2\gamma_{50}}{\ln 2\, D_{50}\,(1 + 2\beta/\alpha)}",
        "in 1/Gy, of the same curve, in fractions of 2 Gy; beta/alpha in 1/Gy on the right",
        BENTZEN,
    ),
)
MODEL = (
    Formula(
        "Logistic model",
        r"P = \frac{1}{1 + e^{-(b_0 + \sum_j b_j x_j)}}",
        "x_j: dose metrics in Gy or %, clinical values, numbers of minor alleles, imaging features; b_j per unit",
        "El Naqa et al. 2006, doi:10.1016/j.ijrobp.2005.11.022",
    ),
    Formula(
        "Number of terms",
        r"k^* = \min\{k : \bar s_k \ge \bar s_{\mathrm{best}} - \mathrm{SE}_{\mathrm{best}}\}",
        "s_k: the measure on the patients not drawn, averaged over bootstrap samples, of models with k terms",
        "Breiman et al. 1984, doi:10.1201/9781315139470",
    ),
)
