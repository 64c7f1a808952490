"""A good link and a bad one to every page, and what a reader must see of them."""

from __future__ import annotations

from urllib.parse import parse_qsl

from core.analyses.opening import opened
from core.store.library import Library
from core.view import unlink
from tests.browser import hands
from tests.browser.walk import Visitor

WHERE = "where=subsite in (oropharynx,larynx) and age >= 50"
SENTENCE = "Subsite is oropharynx or larynx, and Age at diagnosis at least 50 years"
#: For each page a study, choices other than its defaults, and a text of its result; soon worked out.
GOOD = {
    "Cohort": ("demo", "section=Baseline&baseline.group=hpv_status", "Numbers: median [quartiles]"),
    "Features": ("demo", "section=Redundancy&redundancy.cut=0.95", "say nearly as much as all"),
    "Survival": ("demo", "follow_up.endpoint=pfs&survival.split=attribute&survival.attribute=sex", "log-rank"),
    "Reproducibility": (
        "small",
        "section=Patients&network.gamma=0&network.edge=0.05&shift.draws=100",
        "On this network",
    ),
    "Clusters": (
        "small",
        "network.gamma=0&network.edge=0.05&clusters.k=2&clusters.restarts=2",
        "2 Wasserstein clusters",
    ),
    "Replication": (
        "small",
        "network.patients=all&network.gamma=0&network.edge=0.05&clusters.k=2&clusters.restarts=2",
        "Frozen: the network",
    ),
    "Radiogenomics": ("demo", "gene_screen.over=mutations&gene_screen.q=0.1", "q: Benjamini-Hochberg over all"),
    "Prediction": (
        "demo",
        "target.over=category&target.attribute=hpv_status&prediction.repeats=1",
        "by nested cross-validation",
    ),
    "Gene_masking": (
        "demo",
        "expression_network.members=1&expression_models.models=svm",
        "Networks on held-out patients",
    ),
    "Radiotherapy": ("demo", "section=Complications&complication.given=own&complication.td50=36", "Fitted to these"),
    "Checklist": ("demo", "checklist.of=none", "Proven here: 0 of 36 points"),
    "Studies": ("demo", "section=Features", "Number of features per family and image filter."),
}
#: What is wrong with the bad link, and the words that must say so.
BAD = {
    "where=subsite in (moon) and colour = red": ("no value of subsite 'moon'", "no attribute 'colour'"),
    "clusters.k=99": ("'99' is not a whole number from 2 to 8",),
    "network.nonsense=1": ("no parameter 'nonsense'",),
    "nothing.at_all=1": ("no analysis called 'nothing'",),
}


def shows_what_was_asked(reader: Visitor, name: str, library: Library, further: str = "") -> None:
    """Open the good link of a page (with `further` options): it shows its patients, its result and itself."""
    study, query, shown = GOOD[name]
    page = reader.open(f"{name}?v=1&study={study}&{WHERE}&{query}{further}", 90)
    hands.says(reader, hands.title(name), "Synthetic demonstration data", shown)
    link = hands.shown_link(reader)
    assert link.startswith(f"{reader.address}/{name}?v=1&study={study}&where=")
    assert dict(parse_qsl(query)).items() <= hands.address(reader).items()
    if name != "Studies":
        context = opened(unlink(link)[1], library)
        n, everybody = context.store.count(context.cohort), context.catalogue.n_patients
        hands.says(reader, f"{SENTENCE} · n = {n} of {everybody} patients")
    assert not page.get_by_test_id("stException").count()
