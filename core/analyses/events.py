"""What happens at an endpoint, in words that go into a sentence."""

from __future__ import annotations

from core.store.schema import Endpoint

#: By the endpoint's name, as in "the hazard of death".
EVENTS = {
    "os": "death",
    "dss": "death from the disease",
    "css": "death from the cancer",
    "pfs": "progression or death",
    "pfi": "progression",
    "ttp": "progression",
    "dfs": "recurrence or death",
    "dfi": "recurrence",
    "rfs": "relapse or death",
    "efs": "an event or death",
    "lrc": "locoregional recurrence",
    "lri": "locoregional recurrence",
    "lrfs": "locoregional relapse or death",
    "lc": "local recurrence",
    "rc": "regional recurrence",
    "dm": "distant metastasis",
    "dmi": "distant metastasis",
    "dmfs": "distant metastasis or death",
    "ddfs": "distant disease or death",
}


def event_words(endpoint: Endpoint) -> str:
    """`death`, or `an event (its label)` where the name says nothing."""
    return EVENTS.get(endpoint.name.lower(), f"an event ({endpoint.label or endpoint.name})")
