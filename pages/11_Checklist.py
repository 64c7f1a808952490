"""What data and analysis show of what reporting guidelines ask for, and what is left to the author."""

from pages.ui import checklist
from pages.ui.frame import open_page
from pages.ui.tabs import tabs

page = open_page("Checklist")
if checklist.opened(page):
    tabs(page, {"TRIPOD": checklist.tripod, "CLEAR": checklist.clear, "Quality score": checklist.score})
