"""What is loaded and from where, what the import found, the dictionaries, and how everything is computed."""

from pages.ui import about
from pages.ui.frame import open_page
from pages.ui.tabs import tabs

page = open_page("Studies", with_cohort=False)
tabs(
    page,
    {
        "Study": about.study,
        "Import report": about.report,
        "Attributes": about.attributes,
        "Features": about.features,
        "Overlap": about.overlap,
        "Methods": about.methods,
        "Planted truth": about.truth,
    },
)
