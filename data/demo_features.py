"""The 120 features of the demonstration study: names in the PyRadiomics style, families, and the graph each follows.

A line is: feature, the feature it hangs on, a typical raw value, its spread and its unit ("-" for none). The
parents make each family a tree, which is the network that its planted partial correlations draw. Values of a spread
marked with * are log-normal, the spread being of the logarithm. "volume" as a parent marks a surrogate of tumour
volume, that a volume filter removes; a minus before the parent a negative correlation with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.store.schema import Feature
from core.store.sources.names import described

_SHAPE = """
MeshVolume               -                        14500  0.75*  mm3
VoxelVolume              volume                   14600  0.75*  mm3
SurfaceArea              volume                   3600   0.52*  mm2
Maximum3DDiameter        volume                   46     0.26*  mm
MajorAxisLength          volume                   37     0.27*  mm
MinorAxisLength          MeshVolume               28     5.5    mm
LeastAxisLength          MinorAxisLength          21     4.2    mm
Maximum2DDiameterSlice   MinorAxisLength          38     7      mm
Maximum2DDiameterColumn  Maximum2DDiameterSlice   40     7.5    mm
Maximum2DDiameterRow     Maximum2DDiameterColumn  36     7      mm
Flatness                 LeastAxisLength          0.58   0.09   -
Elongation               Flatness                 0.75   0.065  -
Sphericity               Flatness                 0.66   0.07   -
SurfaceVolumeRatio       -Sphericity              0.27   0.045  1/mm
"""

_FIRSTORDER = """
Mean                         -                            62     13    HU
Median                       Mean                         64     13    HU
RootMeanSquared              Mean                         82     12    HU
90Percentile                 Median                       112    16    HU
Maximum                      90Percentile                 215    33    HU
10Percentile                 Median                       8      15    HU
Minimum                      10Percentile                 -105   27    HU
Skewness                     -Minimum                     -0.35  0.3   -
Kurtosis                     Skewness                     4.2    0.8   -
Variance                     RootMeanSquared              2150   420   HU2
MeanAbsoluteDeviation        Variance                     34     5     HU
RobustMeanAbsoluteDeviation  MeanAbsoluteDeviation        22     3.6   HU
InterquartileRange           RobustMeanAbsoluteDeviation  52     8     HU
Range                        Maximum                      320    45    HU
Entropy                      MeanAbsoluteDeviation        2.9    0.28  -
Uniformity                   -Entropy                     0.17   0.03  -
Energy                       volume                       9.1e7  0.8*  HU2
TotalEnergy                  volume                       9.3e7  0.8*  -
"""

_GLCM = """
JointEntropy        -                   5.6    0.5    -
DifferenceEntropy   JointEntropy        2.3    0.22   -
DifferenceAverage   DifferenceEntropy   1.7    0.26   -
Contrast            DifferenceAverage   6.1    1.2    -
DifferenceVariance  Contrast            2.6    0.5    -
InverseVariance     DifferenceVariance  0.42   0.045  -
Idmn                InverseVariance     0.975  0.006  -
Idn                 Idmn                0.91   0.017  -
SumEntropy          JointEntropy        3.6    0.3    -
JointAverage        SumEntropy          8.9    1.3    -
SumAverage          JointAverage        17.8   2.6    -
Autocorrelation     SumAverage          88     17     -
SumSquares          Autocorrelation     7.4    1.5    -
ClusterTendency     SumSquares          24     5      -
ClusterProminence   ClusterTendency     1650   360    -
ClusterShade        ClusterProminence   -22    14     -
JointEnergy         -JointEntropy       0.034  0.007  -
MaximumProbability  JointEnergy         0.09   0.018  -
Idm                 MaximumProbability  0.5    0.05   -
Id                  Idm                 0.56   0.043  -
Correlation         Id                  0.6    0.075  -
Imc1                Correlation         -0.2   0.034  -
Imc2                Imc1                0.8    0.048  -
MCC                 Imc2                0.66   0.07   -
"""

_GLRLM = """
RunEntropy                        -                                 4.1   0.27   -
RunPercentage                     RunEntropy                        0.72  0.065  -
ShortRunEmphasis                  RunPercentage                     0.8   0.045  -
RunLengthNonUniformityNormalized  ShortRunEmphasis                  0.58  0.06   -
LongRunEmphasis                   -RunPercentage                    2.9   0.6    -
RunVariance                       LongRunEmphasis                   0.95  0.22   -
GrayLevelVariance                 RunEntropy                        7.7   1.5    -
GrayLevelNonUniformityNormalized  -GrayLevelVariance                0.14  0.025  -
HighGrayLevelRunEmphasis          GrayLevelVariance                 92    18     -
ShortRunHighGrayLevelEmphasis     HighGrayLevelRunEmphasis          74    15     -
LowGrayLevelRunEmphasis           GrayLevelNonUniformityNormalized  0.03  0.006  -
RunLengthNonUniformity            volume                            2600  0.78*  -
GrayLevelNonUniformity            volume                            640   0.74*  -
"""

_LLL = """
Mean                   -                      178   35     HU
Median                 Mean                   182   36     HU
RootMeanSquared        Mean                   214   32     HU
90Percentile           Median                 300   41     HU
Maximum                90Percentile           520   72     HU
10Percentile           Median                 48    38     HU
Minimum                10Percentile           -205  60     HU
Variance               RootMeanSquared        9800  1900   HU2
MeanAbsoluteDeviation  Variance               74    11     HU
InterquartileRange     MeanAbsoluteDeviation  108   18     HU
Entropy                MeanAbsoluteDeviation  4.1   0.31   -
Uniformity             -Entropy               0.08  0.014  -
"""

_GLSZM = """
ZoneEntropy                       -                                 5.4    0.35    -
ZonePercentage                    ZoneEntropy                       0.24   0.045   -
SmallAreaEmphasis                 ZonePercentage                    0.62   0.05    -
SizeZoneNonUniformityNormalized   SmallAreaEmphasis                 0.36   0.045   -
LargeAreaEmphasis                 -ZonePercentage                   310    0.35*   -
ZoneVariance                      LargeAreaEmphasis                 290    0.36*   -
GrayLevelVariance                 ZoneEntropy                       9.1    1.8     -
GrayLevelNonUniformityNormalized  -GrayLevelVariance                0.11   0.017   -
HighGrayLevelZoneEmphasis         GrayLevelVariance                 98     19      -
SmallAreaHighGrayLevelEmphasis    HighGrayLevelZoneEmphasis         61     12      -
LargeAreaHighGrayLevelEmphasis    ZoneVariance                      24000  0.4*    -
LowGrayLevelZoneEmphasis          GrayLevelNonUniformityNormalized  0.034  0.0065  -
SmallAreaLowGrayLevelEmphasis     LowGrayLevelZoneEmphasis          0.022  0.0045  -
LargeAreaLowGrayLevelEmphasis     LargeAreaHighGrayLevelEmphasis    5.6    0.4*    -
"""

_HHH_GLCM = """
JointEntropy        -                    3.1   0.3    -
DifferenceEntropy   JointEntropy         1.5   0.14   -
DifferenceAverage   DifferenceEntropy    0.86  0.12   -
Contrast            DifferenceAverage    1.5   0.28   -
DifferenceVariance  Contrast             0.7   0.12   -
InverseVariance     -DifferenceVariance  0.45  0.03   -
SumEntropy          JointEntropy         2.1   0.17   -
SumSquares          SumEntropy           0.9   0.15   -
ClusterTendency     SumSquares           2.1   0.36   -
ClusterProminence   ClusterTendency      16    3.1    -
JointEnergy         -JointEntropy        0.16  0.026  -
MaximumProbability  JointEnergy          0.26  0.04   -
Idm                 MaximumProbability   0.63  0.035  -
"""

_HHH_FIRSTORDER = """
RootMeanSquared              -                            7.5   1.2    HU
Variance                     RootMeanSquared              58    11     HU2
MeanAbsoluteDeviation        Variance                     5.5   0.8    HU
RobustMeanAbsoluteDeviation  MeanAbsoluteDeviation        3.6   0.55   HU
InterquartileRange           RobustMeanAbsoluteDeviation  8.4   1.3    HU
90Percentile                 InterquartileRange           8.9   1.4    HU
Maximum                      Variance                     46    7.5    HU
Range                        Maximum                      92    14     HU
Entropy                      RootMeanSquared              1.3   0.14   -
Uniformity                   -Entropy                     0.46  0.055  -
Kurtosis                     Range                        4.6   0.8    -
Skewness                     Kurtosis                     0.01  0.13   -
"""

#: Planted families: a filter and a class of features, and the table of its members.
FAMILIES = {
    "original_shape": _SHAPE,
    "original_firstorder": _FIRSTORDER,
    "original_glcm": _GLCM,
    "original_glrlm": _GLRLM,
    "wavelet-LLL_firstorder": _LLL,
    "original_glszm": _GLSZM,
    "wavelet-HHH_glcm": _HHH_GLCM,
    "wavelet-HHH_firstorder": _HHH_FIRSTORDER,
}


@dataclass(frozen=True)
class Planted:
    """A feature with what was planted: its family, the feature it hangs on, and how raw values look."""

    feature: Feature
    family: str
    parent: str  # the parent's full name, "volume", or none
    sign: int  # of the correlation with the parent
    typical: float
    spread: float
    log_normal: bool


def planted() -> list[Planted]:
    """All features, family by family, each after its parent."""
    return [_read(family, line.split()) for family, table in FAMILIES.items() for line in table.strip().splitlines()]


def _read(family: str, cells: list[str]) -> Planted:
    short, signed, typical, spread, unit = ("" if cell == "-" else cell for cell in cells)
    parent = signed.removeprefix("-")
    feature = described(f"{family}_{short}")
    return Planted(
        feature=replace(feature, unit=unit),
        family=family,
        parent=f"{family}_{parent}" if parent and parent != "volume" else parent,
        sign=-1 if signed.startswith("-") else 1,
        typical=float(typical),
        spread=float(spread.rstrip("*")),
        log_normal=spread.endswith("*"),
    )
