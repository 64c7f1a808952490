"""Writes competing_demo.csv, first events of the demonstration study as one table for R.

Run at the top of the checkout: python -m tests.reference.survival.competing_demo_table
It is made from the study's draft alone, without the functions that are tested with it.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.demo import demo

TABLE = Path(__file__).with_name("competing_demo.csv")
CAUSES = {1: "progression", 2: "death"}


def table() -> pd.DataFrame:
    """patient (1, 2, ...), time in months, cause (1 progression, 2 death, 0 neither), hpv and stage ("" unknown)."""
    draft = demo()
    rows = []
    wide = {name: rows_of.set_index("patient_id") for name, rows_of in draft.outcomes.groupby("endpoint")}
    for number, (patient, known) in enumerate(draft.patients.iterrows(), start=1):
        if patient not in wide["ttp"].index or patient not in wide["os"].index:
            continue
        progression, death = wide["ttp"].loc[patient], wide["os"].loc[patient]
        if progression["event"] == 1:
            time, cause = progression["time"], 1
        else:
            time, cause = death["time"], 2 * int(death["event"])
        rows.append((number, time, cause, known["hpv_status"] or "", known["stage"] or ""))
    return pd.DataFrame(rows, columns=["patient", "time", "cause", "hpv", "stage"])


def text() -> str:
    """The table as it stands in competing_demo.csv."""
    return table().to_csv(index=False, lineterminator="\n")


if __name__ == "__main__":
    TABLE.write_text(text())
