"""CT features of the demonstration study: families on trees, two reconstructions, three centres, three clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.store.schema import FeatureSet
from data.demo_features import FAMILIES, Planted, planted

STANDARD, SHARP = "standard", "sharp"
CENTRES = ("A", "B", "C")
#: Families that keep their connections under the sharp reconstruction, and those that lose them.
STABLE = (
    "original_shape",
    "original_firstorder",
    "original_glcm",
    "original_glrlm",
    "wavelet-LLL_firstorder",
)
UNSTABLE = tuple(family for family in FAMILIES if family not in STABLE)
VOLUME = "original_shape_MeshVolume"
#: The family whose network carries the clusters: each cluster's mass lies on another arm of it.
CLUSTER_FAMILY = "original_glcm"
#: The first feature of the arm on which clusters 1, 2 and 3 have more mass than others.
ARMS = ("DifferenceEntropy", "SumEntropy", "JointEnergy")
#: A pathway's activity shifts every feature of the family that it drives.
DRIVERS = {
    "Hypoxia": "original_firstorder",
    "Epithelial-mesenchymal transition": "wavelet-LLL_firstorder",
    "Interferon gamma response": "original_glrlm",
}
#: Standard deviation of a centre's shift of a feature, in the feature's own, by family; the logarithm of a centre's
#: scale has a third of it.
BATCH = {
    "original_shape": 0.0,
    "original_firstorder": 0.2,
    "original_glcm": 0.15,
    "original_glrlm": 0.2,
    "wavelet-LLL_firstorder": 0.3,
    "original_glszm": 0.25,
    "wavelet-HHH_glcm": 0.5,
    "wavelet-HHH_firstorder": 0.25,
}

ALONG = 0.8  # correlation of a feature with the feature it hangs on, within a cluster
ALONG_VOLUME = 0.7  # the same with volume itself, below what a volume filter removes
ALONG_ROOT = 0.88  # the same from the root of the cluster family to its three arms
ALONG_ARM = 0.75  # the same along these arms, which the clusters shift as well
SHIFT = 1.6  # a cluster's own arm lies this far up, the two others half as far down
RAMP = (0.3, 0.7, 1.0)  # share of that shift from the root outwards; all of it further out
DRIVEN = (0.35, 0.6)  # correlation of a driven feature with its pathway, least and most
SURROGATE = 0.96  # of a volume surrogate with volume
KEPT = 0.95  # correlation of a stable feature with itself under the other reconstruction
LEFT = 0.35  # the same for an unstable feature
SHARPENS = (0.6, 0.2)  # SD of the shift of an unstable and of a stable feature by the sharp reconstruction
REWIRED = 0.75  # among unstable features that happen to go together under the sharp reconstruction


@dataclass(frozen=True)
class Imaging:
    """`values` is indexed by (patient_id, setting); `shifts` and `scales` are centre x feature, in standard scores."""

    feature_set: FeatureSet
    values: pd.DataFrame
    shifts: pd.DataFrame
    scales: pd.DataFrame


def imaging(
    random: np.random.Generator,
    patients: pd.DataFrame,
    activity: dict[str, np.ndarray],
    imaged: np.ndarray,
    paired: np.ndarray,
) -> Imaging:
    """Raw feature values of the imaged patients, and of the paired among them under the sharp reconstruction.

    `patients` has `centre`, `cluster` (1 to 3) and `volume` (a standard score), `activity` a standard score per
    pathway; `imaged` and `paired` are masks over the patients.
    """
    members = planted()
    n = len(patients)
    cluster, volume = patients["cluster"].to_numpy(), patients["volume"].to_numpy()
    standard = _tree(random, members, volume)
    other = _tree(random, members, random.standard_normal(n))  # what a second contour and noise add, on the same tree
    sharp = {m.feature.name: KEPT * standard[m.feature.name] + _rest(KEPT) * other[m.feature.name] for m in members}
    sharp |= _rewired(random, members, standard, n)
    for scores in (standard, sharp):
        _cluster(scores, members, cluster)
        _drive(scores, members, activity)
    centre = np.array([CENTRES.index(c) for c in patients["centre"]])
    shifts, scales = _batches(random, members)
    settings = {
        STANDARD: (imaged, _raw(members, standard, centre, shifts, scales, None)),
        SHARP: (paired, _raw(members, sharp, centre, shifts, scales, random)),
    }
    rows = [
        frame[mask].assign(setting=setting, patient_id=patients.index[mask])
        for setting, (mask, frame) in settings.items()
    ]
    values = pd.concat(rows, ignore_index=True).set_index(["patient_id", "setting"])
    feature_set = FeatureSet(
        name="ct",
        label="CT, primary tumour (synthetic)",
        software="Synthetic values, PyRadiomics names",
        roi="primary tumour",
        modality="CT",
        scale="raw",
        settings=(STANDARD, SHARP),
        features=tuple(m.feature for m in members),
    )
    names, centres = [m.feature.name for m in members], list(CENTRES)
    return Imaging(
        feature_set,
        values,
        pd.DataFrame(shifts, index=centres, columns=names),
        pd.DataFrame(scales, index=centres, columns=names),
    )


def surrogates() -> list[str]:
    """Features that a volume filter should remove."""
    return [m.feature.name for m in planted() if m.parent == "volume"]


def _rest(share: float) -> float:
    """What is left of a unit variance beside a part of correlation `share`."""
    return float(np.sqrt(1 - share * share))


def _tree(random: np.random.Generator, members: list[Planted], volume: np.ndarray) -> dict[str, np.ndarray]:
    """Standard scores, each feature correlated with its parent and, given that, with nothing further up."""
    scores: dict[str, np.ndarray] = {}
    for m in members:
        own = random.standard_normal(len(volume))
        name = m.feature.name
        if m.parent == "volume":
            scores[name] = SURROGATE * volume + _rest(SURROGATE) * own
        elif name == VOLUME:
            scores[name] = volume
        elif m.parent:
            along = m.sign * _along(m)
            scores[name] = along * scores[m.parent] + _rest(along) * own
        else:
            scores[name] = own
    return scores


def _along(m: Planted) -> float:
    """How a feature goes with its parent."""
    if m.family == CLUSTER_FAMILY:
        return ALONG_ROOT if m.feature.name in _arms() else ALONG_ARM
    return ALONG_VOLUME if m.parent == VOLUME else ALONG


def _arms() -> dict[str, int]:
    """The first feature of each arm, and the cluster that it rises in."""
    return {f"{CLUSTER_FAMILY}_{name}": number for number, name in enumerate(ARMS, 1)}


def _rewired(
    random: np.random.Generator, members: list[Planted], standard: dict[str, np.ndarray], n: int
) -> dict[str, np.ndarray]:
    """Unstable features under the sharp reconstruction: little of themselves, and new company from other families.

    The i-th features of the unstable families share noise, as triples; so there are connections, but other ones.
    """
    families = [[m.feature.name for m in members if m.family == family] for family in UNSTABLE]
    scores = {}
    for i in range(max(map(len, families))):
        shared = random.standard_normal(n)
        # Another stride in each family, so that neighbours of the tree do not meet again.
        for stride, names in zip((1, 3, 5), families, strict=True):
            if i < len(names):
                name = names[(stride * i) % len(names)]
                noise = np.sqrt(REWIRED) * shared + np.sqrt(1 - REWIRED) * random.standard_normal(n)
                scores[name] = LEFT * standard[name] + _rest(LEFT) * noise
    return scores


def _cluster(scores: dict[str, np.ndarray], members: list[Planted], cluster: np.ndarray) -> None:
    """Move each cluster's mass to its own arm of the cluster family's tree, more so towards the arm's end."""
    arm = _arms()
    depth = dict.fromkeys(arm, 1)
    for m in members:
        name = m.feature.name
        if m.parent in arm:
            arm[name], depth[name] = arm[m.parent], depth[m.parent] + 1
        if name in arm:
            height = SHIFT * RAMP[min(depth[name], len(RAMP)) - 1]
            moved = scores[name] + np.where(cluster == arm[name], height, -height / 2)
            scores[name] = moved / np.sqrt(1 + height * height / 2)


def _drive(scores: dict[str, np.ndarray], members: list[Planted], activity: dict[str, np.ndarray]) -> None:
    """Add the activity of each driver pathway to its family, in turn weakly and strongly, not to surrogates.

    Features that fall where the root of the tree rises fall with the activity too, so that the tree stays.
    """
    direction: dict[str, int] = {}
    for m in members:
        direction[m.feature.name] = m.sign * direction.get(m.parent, 1)
    for pathway, family in DRIVERS.items():
        driven = [m.feature.name for m in members if m.family == family and m.parent != "volume"]
        for name, share in zip(driven, np.resize(np.linspace(*DRIVEN, 4), len(driven)), strict=True):
            scores[name] = share * direction[name] * activity[pathway] + _rest(share) * scores[name]


def _batches(random: np.random.Generator, members: list[Planted]) -> tuple[np.ndarray, np.ndarray]:
    """Each centre's shift and scale of each feature; centre A is the reference."""
    size = np.array([BATCH[m.family] * (m.parent != "volume") for m in members])
    shifts = random.standard_normal((len(CENTRES), len(members))) * size
    scales = np.exp(random.standard_normal((len(CENTRES), len(members))) * size / 3)
    shifts[0], scales[0] = 0.0, 1.0
    return shifts, scales


def _raw(
    members: list[Planted],
    scores: dict[str, np.ndarray],
    centre: np.ndarray,
    shifts: np.ndarray,
    scales: np.ndarray,
    sharp: np.random.Generator | None,
) -> pd.DataFrame:
    """Raw values of standard scores; a sharp reconstruction shifts and stretches every feature but shape a little."""
    columns = {}
    for j, m in enumerate(members):
        score = shifts[centre, j] + scales[centre, j] * scores[m.feature.name]
        if sharp is not None:
            shift, stretch = sharp.standard_normal(2)
            if m.feature.family != "shape" and m.parent != "volume":
                size = SHARPENS[m.family in STABLE]
                score = size * shift + np.exp(size * stretch / 3) * score
        if m.log_normal:
            columns[m.feature.name] = m.typical * np.exp(m.spread * score)
        else:
            columns[m.feature.name] = m.typical + m.spread * score
    return pd.DataFrame(columns)
