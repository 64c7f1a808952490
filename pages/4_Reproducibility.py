"""Which features stay connected when the acquisition setting changes?"""

from pages.ui import networks, reproducibility
from pages.ui.frame import open_page
from pages.ui.tabs import tabs

page = open_page("Reproducibility")
if networks.recipe(page, elsewhere=False, opened=True):
    tabs(
        page,
        {
            "Networks": reproducibility.networks,
            "Stability": reproducibility.stability,
            "Reproducible features": reproducibility.features,
            "Agreement": reproducibility.agreement,
            "Patients": reproducibility.shift,
        },
    )
