"""The table of a screen: what each feature is, what its model says, and which other feature it repeats."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.definitions import definition
from core.stats.alike import copies, spearman_with
from core.store.schema import Feature
from core.store.sources.names import described
from core.survival.design import ESTIMATED, WIDTH
from core.survival.screen import SurvivalScreen
from core.vocabulary import counted

#: Fewer events among the mutated than this are remarked on.
FEW_MUTATED_EVENTS = 5


def screen_table(
    screen: SurvivalScreen,
    values: pd.DataFrame,
    event: np.ndarray,
    declared: Mapping[str, Feature],
    untested: Mapping[str, str],
    volume: np.ndarray | None,
    mutations: bool,
    q: float,
) -> pd.DataFrame:
    """The columns of `FeatureScreen.table`.

    values    a row per patient of the screen and a column per feature, tested or not; event: of the same patients
    declared  what the study says of each feature, empty for genes; untested: state of those that were not tested
    volume    of the same patients, None where it is not known; mutations: values are 1 (mutated) and 0 (wild type)
    """
    table = screen.table if not untested else _with_untested(screen.table, values, event, untested)
    matrix = values[list(table["feature"])].to_numpy(float)
    if mutations:
        table = _mutated_against_wild_type(table, matrix, event)
    rho = np.full(len(table), np.nan) if volume is None else spearman_with(matrix, volume)
    repeated = _copies(values, table)
    told = pd.DataFrame([_told(declared.get(name), name) for name in table["feature"]])
    found = {
        "found": (table["q"] < q).to_numpy(),
        "rho_volume": rho,
        "copy_of": [repeated.get(name, "") for name in table["feature"]],
    }
    return pd.concat([table, told, pd.DataFrame(found)], axis=1)


def _with_untested(
    table: pd.DataFrame, values: pd.DataFrame, event: np.ndarray, untested: Mapping[str, str]
) -> pd.DataFrame:
    known = values[list(untested)].notna().to_numpy()
    rest = pd.DataFrame({"feature": list(untested), "state": list(untested.values()), "caution": ""})
    rest = rest.assign(n=known.sum(axis=0), n_events=known[event].sum(axis=0))
    return pd.concat([table, rest.reindex(columns=table.columns).astype(table.dtypes)], ignore_index=True)


def _told(declared: Feature | None, name: str) -> dict[str, str]:
    """What is known of a feature; of a gene, its name."""
    if declared is None:
        return {"label": name, "family": "", "filter": "", "ibsi": "", "definition": ""}
    code = declared.ibsi or described(name).ibsi
    return {
        "label": declared.label or name,
        "family": declared.family,
        "filter": declared.filter,
        "ibsi": code,
        "definition": definition(code, declared.family, name),
    }


def _copies(values: pd.DataFrame, table: pd.DataFrame) -> dict[str, str]:
    """Features that are an earlier one of the set again: copies have the same test."""
    level = table.set_index("feature")["z"].abs().reindex(values.columns)
    found = copies(values.to_numpy(float), level.to_numpy())
    return {values.columns[copy]: values.columns[first] for copy, first in found.items()}


def _mutated_against_wild_type(table: pd.DataFrame, values: np.ndarray, event: np.ndarray) -> pd.DataFrame:
    """The same models per mutation instead of per standard deviation, of which z and p are independent."""
    beta, error = table["coefficient"] / table["sd"], table["standard_error"] / table["sd"]
    ratio, lower, upper = (np.exp(beta + side * WIDTH * error) for side in (0, -1, 1))
    mutated = values == 1
    table = table.assign(
        coefficient=beta,
        standard_error=error,
        hazard_ratio=ratio,
        lower=lower,
        upper=upper,
        n_mutated=mutated.sum(axis=0),
        n_mutated_events=mutated[event].sum(axis=0),
    )
    few = (table["n_mutated_events"] < FEW_MUTATED_EVENTS) & (table["state"] == ESTIMATED)
    for row in table[few].itertuples():
        rare = f"{counted(row.n_mutated_events, 'event')} among {row.n_mutated} mutated"
        table.loc[row.Index, "caution"] = "; ".join(filter(None, (row.caution, rare)))
    return table
