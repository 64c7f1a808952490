"""Reading an edition back whole, to compare it with the draft it was built from."""

from __future__ import annotations

import pandas as pd

from core.store.schema import DOSES, MUTATIONS, OUTCOMES, Draft, Finding
from core.store.store import Store


class Everyone:
    """The cohort of all patients."""

    def sql(self, catalogue):
        return "TRUE", []


def draft_of(store: Store) -> Draft:
    """The content of an edition as a draft again, through the same methods that pages use where there is one."""
    catalogue, rows = store.catalogue, store._rows
    values = {}
    for position, chosen in enumerate(catalogue.feature_sets.values()):
        frames = [store.features(Everyone(), chosen.name, setting) for setting in chosen.settings]
        keyed = [
            frame.assign(setting=setting).set_index("setting", append=True)
            for frame, setting in zip(frames, chosen.settings, strict=True)
            if len(frame)
        ]
        values[chosen.name] = pd.concat(keyed)
        assert len(values[chosen.name]) == rows(f"SELECT count(*) FROM values_{position}_0")[0][0]
    panels = {}
    for panel, gene in rows("SELECT panel, gene FROM panels ORDER BY ALL"):
        panels[panel] = (*panels.get(panel, ()), gene)
    report = [
        Finding(r.code, r.message, r.file, r.column, int(r[4]), tuple(map(int, r.rows)), r.remedy)
        for r in store.report().itertuples(index=False)
    ]
    regional = {}
    for name in catalogue.regions:
        regional[name] = store.regions(Everyone(), name).stack("region", future_stack=True)
    doses = [store.dvh(Everyone(), name).assign(structure=name) for name in catalogue.structures]
    return Draft(
        study=catalogue.study,
        attributes=list(catalogue.attributes.values()),
        patients=store.patients(Everyone()),
        endpoints=list(catalogue.endpoints.values()),
        outcomes=store._frame("SELECT patient_id, endpoint, time, event FROM outcomes")[OUTCOMES],
        feature_sets=list(catalogue.feature_sets.values()),
        values=values,
        mutations=store.mutations(Everyone())[MUTATIONS],
        panels=panels,
        patient_panels=dict(rows("SELECT patient_id, panel FROM patient_panels")),
        expression=store.expression(Everyone()),
        gene_sets=store._frame("SELECT name, description, gene FROM gene_sets"),
        truth=store.truth(),
        report=report,
        regions=list(catalogue.regions.values()),
        region_values=regional,
        structures=list(catalogue.structures.values()),
        **({"doses": pd.concat(doses)[DOSES]} if doses else {}),
    )
