"""Do groups of patients differ in the time to an event, and by how much?"""

from pages.ui.frame import open_page
from pages.ui.survival import groups
from pages.ui.survival_competing import competing
from pages.ui.survival_model import model
from pages.ui.survival_screen import screen
from pages.ui.tabs import tabs

page = open_page("Survival")
if page.analysis("follow_up"):
    tabs(page, {"Groups": groups, "Model": model, "Screen": screen, "Competing events": competing})
    page.tried()
