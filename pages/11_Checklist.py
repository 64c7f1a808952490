"""What data and analysis show of what reporting guidelines ask for, and what is left to the author."""

from pages.ui.checklist import checklist
from pages.ui.frame import open_page

page = open_page("Checklist")
checklist(page)
