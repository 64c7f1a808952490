"""Who the patients are: linked charts, baseline, mutations, patient flow, what is missing, and the patients."""

from pages.ui import sections
from pages.ui.frame import open_page
from pages.ui.linked import linked_charts
from pages.ui.tabs import tabs

page = open_page("Cohort", filters=False)
tabs(
    page,
    {
        "Charts": linked_charts,
        "Baseline": sections.baseline,
        "Mutations": sections.frequencies,
        "OncoPrint": sections.oncoprint,
        "Patient flow": sections.flow,
        "Missing data": sections.missing,
        "Patients": sections.patients,
    },
)
page.filters()
