"""What the features look like, which of them repeat each other, and how much of them is the batch."""

from pages.ui import features, features_batch
from pages.ui.frame import open_page
from pages.ui.tabs import tabs

page = open_page("Features")
if features.measured(page):
    tabs(
        page,
        {
            "Distributions": features.distributions,
            "Redundancy": features.redundancy,
            "Batch": features_batch.batch,
            "Harmonisation": features_batch.harmonisation,
        },
    )
