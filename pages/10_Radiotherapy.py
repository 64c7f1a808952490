"""How much dose went where, and what did it do: complications, control, and models made by data."""

from pages.ui.frame import open_page
from pages.ui.radiotherapy import complications, control, data_driven, dose, has_doses
from pages.ui.tabs import tabs

page = open_page("Radiotherapy")
if has_doses(page):
    tabs(page, {"Dose": dose, "Complications": complications, "Control": control, "Data-driven": data_driven})
