"""Paired regions side by side, and the two ordinary feature sets that follow from them for every patient."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from core.store.schema import ONE_SETTING, FeatureSet, Regions

MEAN, DIFFERENCE = "mean", "difference"


def paired(values: pd.DataFrame, regions: Regions) -> pd.DataFrame:
    """A row per pair: index (patient_id, section, location), columns (feature, region), in the declared order.

    `values` has the index (patient_id, section, location, region) and a column per feature.
    """
    wide = values.unstack("region")
    wide.columns.names = ["feature", "region"]
    wide = wide.reindex(columns=pd.MultiIndex.from_product([values.columns, regions.members], names=wide.columns.names))
    if wide.empty:
        return wide
    keys = wide.index.to_frame(index=False)
    for level, order in (("section", regions.sections), ("location", regions.locations)):
        keys[level] = keys[level].map({name: place for place, name in enumerate(order)})
    return wide.iloc[keys.sort_values(list(keys.columns), kind="stable").index]


def derived(regions: Regions, values: pd.DataFrame) -> list[tuple[FeatureSet, pd.DataFrame]]:
    """What paired regions say of a patient as a whole: `<name>_mean` and `<name>_difference`.

    The mean is over all regions that have the feature; the difference is first minus second region of each pair that
    has both, averaged over the pairs. Patients without any value of a set have no row in it.
    """
    first, second = regions.members
    by_pair = paired(values, regions)
    differences = by_pair.xs(first, axis=1, level="region") - by_pair.xs(second, axis=1, level="region")
    label = regions.label or regions.name
    made = (
        (MEAN, f"{label}: mean over all regions", "mean", values),
        (DIFFERENCE, f"{label}: {first} minus {second}", f"{first} minus {second}", differences),
    )
    found = []
    for name, title, words, table in made:
        means = table.groupby(level="patient_id").mean().dropna(how="all")[list(regions.names)]
        means.index = pd.MultiIndex.from_product([means.index, [ONE_SETTING]], names=["patient_id", "setting"])
        features = tuple(replace(one, label=f"{one.label or one.name}, {words}") for one in regions.features)
        roi = " and ".join(regions.members)
        made_set = FeatureSet(
            f"{regions.name}_{name}", title, regions.software, roi, regions.modality, features=features
        )
        found.append((made_set, means))
    return found
