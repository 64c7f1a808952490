"""Do groups of patients differ in the time to an event, and by how much?"""

import streamlit as st

from pages.ui.frame import open_page
from pages.ui.survival import choices, comparison

page = open_page("Survival")
if page.analysis("survival"):
    choices(page)
    result = page.ask("survival")
    if result is not None:
        comparison(page, result)
    with st.expander("More choices"):
        page.controls("survival", "seed")
