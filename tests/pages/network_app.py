"""A page with the networks to click and the chosen feature alone, for their tests."""

import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.analyses.context import Context
from core.analyses.opening import opened, page_link
from core.view import View, unlink
from pages.ui import cache, network_click, networks, session
from pages.ui.frame import Page
from pages.ui.pictures import pictures

NAME = "Reproducibility"
st.set_page_config(page_title="Networks", layout="wide", page_icon="🧪")
pairs = session.address()
if session.is_news(NAME, pairs):
    context = opened(pairs, cache.library(), cache.remembered())
else:
    context = Context(session.current() or View("small"), cache.library(), cache.remembered())
session.publish(context.view)
session.write_address(NAME, unlink(page_link(NAME, context))[1])
page = Page(NAME, context)
result = networks.ask(page)
if result is not None:
    network_click.side_by_side(page, pictures(page, "network", result))
    network_click.feature(page)
st.text("page ready")
