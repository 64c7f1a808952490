"""Can a mutation or a class of patients be told from their images, and does it hold elsewhere?"""

from pages.ui.frame import open_page
from pages.ui.invariance import invariance
from pages.ui.invariant_selection import selection
from pages.ui.prediction import model
from pages.ui.prediction_centres import centres
from pages.ui.prediction_elsewhere import elsewhere
from pages.ui.tabs import tabs

page = open_page("Prediction")
if page.analysis("target"):
    sections = {"Model": model, "Across centres": centres, "Another study": elsewhere}
    tabs(page, sections | {"Invariance": invariance, "Invariant selection": selection})
