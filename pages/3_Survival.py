"""Do groups of patients differ in the time to an event, and by how much?"""

from pages.ui.added_value import added_value
from pages.ui.frame import open_page
from pages.ui.survival import groups, told_of_the_filter
from pages.ui.survival_competing import competing
from pages.ui.survival_model import model
from pages.ui.survival_screen import screen
from pages.ui.tabs import tabs

page = open_page("Survival")
if page.analysis("follow_up"):
    sections = {"Groups": groups, "Model": model, "Added value": added_value, "Screen": screen}
    told_of_the_filter(page)
    tabs(page, sections | {"Competing events": competing})
    page.tried()
