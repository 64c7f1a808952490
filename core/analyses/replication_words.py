"""What a replication may say, by rule: a null is said as plainly as a finding."""

from __future__ import annotations

import pandas as pd

from core.analyses.comparison import Comparison
from core.analyses.replication_tables import (
    ASSIGNED,
    DISCOVERY,
    HOLDS,
    NEITHER,
    NEW,
    NOT_FOUND,
    RECLUSTERED,
    REVERSED,
    UNTESTED,
    Side,
)
from core.cohort.words import listed
from core.store.schema import Attribute
from core.survival.words import CLAIMED, p_text, ratio_text
from core.transport.replication import CarriedOver

#: From here on k clusters are said to be predictable (Tibshirani and Walther 2005).
PREDICTABLE = 0.8
#: The roles that get a sentence of their own: what the clusters are claimed to separate.
CLAIMS = ("subsite", "hpv")


def agreement_words(found: CarriedOver) -> list[str]:
    """How the frozen clusters and those of the new patients' own fit together."""
    empty = [label for label, size in enumerate(found.sizes_assigned, 1) if not size]
    sizes = ", ".join(f"{size} to cluster {label}" for label, size in enumerate(found.sizes_assigned, 1))
    told = [f"Of {found.n:,} new patients the frozen clusters take {sizes}."]
    if len(empty) == found.k - 1:
        told.append("All new patients are nearest to one frozen centroid: the division does not carry over.")
    elif empty:
        told.append(f"No new patient is nearest to the centroid of cluster {listed(map(str, empty))}.")
    both = found.agreement
    told.append(
        f"Assigned and reclustered groups agree with adjusted Rand {both.adjusted_rand:.2f} (1: the same groups, 0: as "
        f"two random groupings), adjusted mutual information {both.adjusted_mutual_information:.2f}."
    )
    if found.strength is not None:
        enough = found.strength >= PREDICTABLE
        told.append(
            f"The prediction strength of {found.k} clusters is {found.strength:.2f}; from {PREDICTABLE:g} on clusters "
            f"count as predictable, so these do{'' if enough else ' not'}."
        )
    fit = found.fit
    told.append(
        f"{fit.n_within:,} of {fit.n:,} new patients ({100 * fit.share_within:.0f} %) are nearer to their frozen "
        f"centroid than the distance that holds 95 % of the {fit.n_discovery:,} discovery patients."
    )
    return told


def attribute_words(
    table: pd.DataFrame, sides: tuple[Side, ...], known: dict[str, Attribute], volume: str
) -> list[str]:
    """A sentence for each claim of the method and for the volume, and one that counts all rows."""
    rows = {row["attribute"]: row for row in table.to_dict("records")}
    told = []
    for role in CLAIMS:
        for name, attribute in known.items():
            if attribute.role == role and name in rows:
                told.append(_fate(_what(attribute, sides), rows[name]))
    tested = table[table["verdict"] != UNTESTED]
    before = tested[tested["verdict"].isin([HOLDS, REVERSED, NOT_FOUND])]
    held = before.loc[before["verdict"] == HOLDS, "label"].tolist()
    if len(tested):
        kept = f"{len(held)} of them ({listed(held, 'and')})" if held else "none of them"
        what = f"{kept} also in the new patients and in the same direction" if len(before) else "so nothing could hold"
        differ = "differs" if len(before) == 1 else "differ"
        told.append(
            f"Of {len(tested)} attributes tested on both sides {len(before)} {differ} between the clusters of "
            f"discovery (q < {CLAIMED:g}), {what}."
        )
    else:
        told.append("No attribute could be tested on both sides.")
    if volume in rows:
        told.append(_size(rows[volume]))
    return told


def survival_words(sides: tuple[Side, ...]) -> list[str]:
    """The endpoint by cluster, in discovery and among the assigned."""
    found = {side.name: side.survival for side in sides}
    first, second = found[DISCOVERY], found[ASSIGNED]
    if first is None or second is None:
        return []
    parts = [f"{name} ({_logrank(each)})" for name, each in (("discovery", first), ("the new patients", second))]
    ps = [each.test.p if each.test is not None else None for each in (first, second)]
    if None in ps:
        return [f"{first.endpoint} cannot be compared between the clusters in both: {'; '.join(parts)}."]
    sure = [p < CLAIMED for p in ps]
    said = {
        (True, True): f"differs between the clusters in {{}} and in {{}}, {_same_side(first, second)}",
        (True, False): "differs between the clusters in {} and is not shown to in {}",
        (False, True): "is not shown to differ between the clusters in {} and differs in {}",
        (False, False): "is shown to differ between the clusters neither in {} nor in {}",
    }[sure[0], sure[1]]
    ratios = [
        f"{level.group} {ratio_text(level.estimate)}"
        for level in (second.hazard.levels if second.hazard is not None else ())
        if level.estimate is not None
    ]
    tail = f" Assigned, against {second.hazard.reference}: {'; '.join(ratios)}." if ratios else ""
    return [f"{first.endpoint} {said.format(*parts)}.{tail}"]


def cautions(asked, network, distances, new, volume_used: bool, study: str) -> tuple[str, ...]:
    """What makes the replication weaker than it looks, each in a sentence.

    `asked` are the new patients as asked for, `network` the recipe of the network, `new` who was clustered.
    """
    told = list(asked.cautions)
    if network.study == asked.study and (network.study != study or network.patients == "all"):
        told.append(
            "The network was estimated from every patient of this study, the new ones among them: only scaling and "
            "centroids are new to them. Estimate it from this cohort for a full replication."
            if network.study == study
            else "The network was estimated on the study of the new patients, so only scaling and centroids are new to "
            "them. Estimate it elsewhere for a full replication."
        )
    if distances.scale != "raw":
        told.append(
            f"The features came {distances.scale}: if that was done over all patients together, or in each study by "
            "itself, the new patients were not scaled by discovery alone."
        )
    if new.n_clipped:
        most = new.clipped.sort_values(ascending=False, kind="stable")
        share = 100 * new.n_clipped / new.n_values
        told.append(
            f"{new.n_clipped:,} of {new.n_values:,} values ({share:.1f} %) lie outside the ranges of discovery and "
            f"were set to their ends, most often {most.index[0]} ({most.iloc[0]:,} of {new.n:,} patients)."
        )
    if volume_used:
        told.append("The volume is one of the features that built the clusters, so it gets no p-value.")
    return tuple(told)


def _same_side(first: Comparison, second: Comparison) -> str:
    """Whether every cluster's hazard ratio lies on the same side of 1 in both, against the same reference."""
    both = [
        {level.group: level.estimate.ratio > 1 for level in each.hazard.levels if level.estimate is not None}
        if each.hazard is not None
        else {}
        for each in (first, second)
    ]
    common = both[0].keys() & both[1].keys()
    if not common or first.hazard.reference != second.hazard.reference:
        return "without hazard ratios to compare"
    same = all(both[0][group] == both[1][group] for group in common)
    return f"with hazard ratios {'on the same side of 1' if same else 'not all on the same side of 1'}"


def _what(attribute: Attribute, sides: tuple[Side, ...]) -> str:
    """`Subsite (larynx against oropharynx)` where the patients have two levels, else the attribute's own name."""
    label = attribute.label or attribute.name
    tested = [side.table.details[attribute.name] for side in sides if attribute.name in side.table.details]
    levels = list(dict.fromkeys(str(level) for found in tested for level in found.table.columns))
    return f"{label} ({' against '.join(levels)})" if len(levels) == 2 else label


def _fate(what: str, row: dict) -> str:
    before, after = (_numbers(row, side) for side in (DISCOVERY, ASSIGNED))
    texts = {
        HOLDS: f"separates in discovery ({before}) and in the new patients ({after}), in the same direction.",
        REVERSED: f"separates in discovery ({before}) and in the new patients ({after}), but in another direction.",
        NOT_FOUND: f"separates in discovery ({before}) and is not shown to separate in the new patients ({after}).",
        NEW: f"is not shown to separate in discovery ({before}) but separates in the new patients ({after}).",
        NEITHER: f"is shown to separate neither in discovery ({before}) nor in the new patients ({after}).",
        UNTESTED: f"cannot be compared: {row['note'] or 'it was not tested on both sides'}",
    }
    said = f"{what} {texts[row['verdict']]}"
    own = f" Their own clusters: {_numbers(row, RECLUSTERED)}." if row["verdict"] != UNTESTED else ""
    return f"{said.removesuffix('.')}.{own}"


def _size(row: dict) -> str:
    """How much the clusters sort the patients by the size of the tumour: the effect is said, not the p alone."""
    effects = [row[f"effect_{side}"] for side in (DISCOVERY, ASSIGNED, RECLUSTERED)]
    if pd.isna(effects).any():
        return f"Size ({row['label']}) could not be compared between the clusters of both."
    ps = [row[f"p_{side}"] for side in (DISCOVERY, ASSIGNED, RECLUSTERED)]
    told = [f"{effect:.2f}{'' if pd.isna(p) else f' ({p_text(p)})'}" for effect, p in zip(effects, ps, strict=True)]
    return (
        f"Size ({row['label']}): {row['effect_name']} with the clusters {told[0]} in discovery, {told[1]} among the "
        f"assigned, {told[2]} among the reclustered; the further from 0, the more the clusters are sizes."
    )


def _numbers(row: dict, side: str) -> str:
    if pd.isna(row[f"p_{side}"]):
        return "not tested"
    effect = "V" if row["effect_name"] == "Cramer's V" else row["effect_name"]
    q = p_text(row[f"q_{side}"]).replace("p", "q", 1)
    return f"n = {row[f'n_{side}']}, {p_text(row[f'p_{side}'])}, {q}, {effect} = {row[f'effect_{side}']:.2f}"


def _logrank(found) -> str:
    if found.test is None or found.test.p is None:
        return "no test"
    return f"n = {found.test.n}, {found.test.n_events} events, log-rank {p_text(found.test.p)}"
