"""A page with the outlets alone, for their tests."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.plots import Drawing, theme
from pages.ui import share

st.set_page_config(page_title="Outlets", layout="wide", page_icon="🧪")
generator = np.random.default_rng(0)
levels = ["oropharynx", "larynx", "hypopharynx", "oral cavity", "nasopharynx", "missing"]
figure = theme.figure(xaxis_title="Sphericity (no unit)", yaxis_title="Volume (cm³)")
parts = []
for level, colour in theme.colours(levels).items():
    x, y = generator.normal(size=(2, 30))
    parts.append(pd.DataFrame({"subsite": level, "sphericity": x, "volume_cm3": y}))
    figure.add_scatter(x=x, y=y, mode="markers", name=level, marker_color=colour, customdata=x)
points = Drawing(
    "sphericity_by_volume",
    "Sphericity by volume ![beacon](http://192.0.2.1/a.png)",
    figure,
    pd.concat(parts, ignore_index=True),
    "n = 180 patients; each point is one patient.",
    "Scatter plot of volume against sphericity by subsite.",
)
heat = theme.figure(height=320)
heat.add_heatmap(z=generator.normal(size=(6, 6)), x=levels, y=levels, colorscale=theme.DIVERGING, zmid=0)
grid = Drawing(
    "heat", "A heat map", heat, pd.DataFrame({"=cmd": ["=1+1", "ok"], "value": [-0.53, 2]}), "n = 36.", "Map."
)

notes = ["Demo; all patients; n = 180 of 180", "Cohort?v=1&study=demo&edition=0123456789abcdef"]
share.copy_link("Cohort?v=1&study=demo&where=subsite in (larynx)&edition=0123456789abcdef")
share.show(points, key="Points.one", synthetic=True, notes=notes, on_select="rerun")
share.show(grid, key="heat", notes=notes)
share.table(grid.data, name="a_table", caption="n = 2 rows.", synthetic=True, notes=notes)
st.text("page ready")
