"""Home: what Cohortscope is, the studies in the store, and doors into them."""

import streamlit as st

from pages.ui import share
from pages.ui.frame import TAB_ICON, navigation, start
from pages.ui.home import studies

st.set_page_config(page_title="Cohortscope", page_icon=TAB_ICON, layout="wide")
navigation()
st.title("Cohortscope")
st.markdown(
    "Explore a cohort's radiomics, genomics and survival together: choose patients, see which imaging features are "
    "reproducible, which clusters they form and how the groups fare. "
    "Every view is a link that shows a colleague exactly the same patients and the same numbers."
)
start()
share.copy_link("")
studies()
st.caption("To add a study of your own: `python -m core import FOLDER`. For research, not for the care of patients.")
