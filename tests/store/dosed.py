"""A study of doses for tests: odd names, a toxicity grade, a genotype, and tables of every kind, one of them broken."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from core.store.schema import DOSES, Attribute, Draft, Structure
from tests.store.drafts import small_draft

PAROTID, TARGET = "Par*otid* <b>", "PTV"


def dosed_draft(n: int = 90, seed: int = 3) -> Draft:
    """`n` patients with a parotid in cm3 (cumulative) and a target in per cent (differential).

    `grade` (0 to 3) rises with the parotid's mean dose, `xerostomia` (no, yes) with it too, `control` with the target's
    dose, and `snp` with nothing. The first patient's parotid table ends before its volume does.
    """
    draft = small_draft(seed, n)
    draft.study = dataclasses.replace(draft.study, id="dosed", name="Dosed *study* <b>")
    chance = np.random.default_rng(seed)
    mean = chance.uniform(5, 60, n)
    prescribed = chance.uniform(50, 75, n)
    rows = []
    for i, patient in enumerate(draft.patients.index):
        rows += [(patient, PAROTID, "cumulative", dose, volume) for dose, volume in ((0, 25), (2 * mean[i], 0))]
        rows += [(patient, TARGET, "differential", prescribed[i] + step, 50) for step in (-1, 1)]
    draft.doses = pd.DataFrame(rows, columns=DOSES)
    draft.doses.loc[1, "volume"] = 3.0
    draft.structures = [
        Structure(PAROTID, "Par*otid* <b>", "cm3", "organ at risk"),
        Structure(TARGET, "Target", "percent", "target"),
    ]
    dry = chance.random(n) < 1 / (1 + np.exp(-(mean - 32) / 8))
    controlled = chance.random(n) < 1 / (1 + (62 / prescribed) ** 12)
    columns = {
        "xerostomia": np.where(dry, "yes", "no"),
        "grade": np.clip((mean / 20 + chance.normal(0, 0.5, n)).round(), 0, 3).astype(int).astype(str),
        "control": np.where(controlled, "controlled", "failed"),
        "snp": np.array(["A/A", "A/G", "G/G"])[(chance.random((n, 2)) < 0.3).sum(axis=1)],
    }
    draft.patients = draft.patients.assign(**{name: np.array(cells, object) for name, cells in columns.items()})
    draft.patients.loc[draft.patients.index[5:9], "xerostomia"] = None
    draft.attributes += [
        Attribute("xerostomia", "Xerostomia <i>", "category", levels=("no", "yes")),
        Attribute("grade", "Toxicity grade", "category", levels=("0", "1", "2", "3")),
        Attribute("control", "Local control", "category", levels=("failed", "controlled")),
        Attribute("snp", "SNP", "category", levels=("A/A", "A/G", "G/G"), role="genotype"),
    ]
    return draft
