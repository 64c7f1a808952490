import re
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest

from core import plots
from core.plots import SYNTHETIC, Drawing, drawings, theme


def drawing(traces=1, **layout):
    figure = theme.figure(**layout)
    for i in range(traces):
        figure.add_scatter(x=[0, 1], y=[i, 1], name=f"group {i}")
    return Drawing(
        "curves", "Survival by <group>", figure, pd.DataFrame({"x": [0, 1]}), "n = 2 patients.", "Two lines."
    )


def legend_title(figure):
    return figure.layout.legend.title.text


def test_the_stamp_stands_over_the_legend_or_alone():
    one, two = drawing(1).stamped(), drawing(2).stamped()
    assert one.figure.layout.title.text == SYNTHETIC
    assert legend_title(two.figure) == SYNTHETIC
    assert two.figure.layout.title.text is None
    hidden = drawing(2, showlegend=False).stamped()
    assert hidden.figure.layout.title.text == SYNTHETIC


def test_stamping_leaves_the_drawing_it_came_from_alone():
    plain = drawing(2)
    stamped = plain.stamped()
    assert legend_title(plain.figure) is None
    assert stamped.stamped() is stamped
    assert plain.stamp == "" and stamped.stamp == SYNTHETIC


@pytest.mark.parametrize("traces", [1, 2])
def test_print_has_title_stamp_caption_and_white_once(traces):
    figure = drawing(traces).stamped().printed()
    assert figure.layout.title.text == "Survival by &lt;group&gt;"
    assert figure.layout.title.subtitle.text == f"{SYNTHETIC}<br>n = 2 patients."
    assert not legend_title(figure)
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "#FFFFFF"
    assert figure.to_json().count(SYNTHETIC) == 1


def test_a_legend_keeps_its_own_title_under_the_stamp():
    titled = drawing(2, legend_title_text="HPV")
    assert legend_title(titled.stamped().figure) == f"{SYNTHETIC}<br>HPV"
    assert legend_title(titled.stamped().printed()) == "HPV"
    assert legend_title(titled.printed()) == "HPV"


def test_the_foot_stands_under_the_caption_where_the_figure_leaves_the_page():
    plain = drawing(2)
    told = replace(plain, foot="Tests tried: 14.")
    below = told.print_layout()["title"]["subtitle"]["text"].split("<br>")
    assert below == ["n = 2 patients.", "Tests tried: 14."]
    assert told.print_layout()["height"] > plain.print_layout()["height"]
    assert "Tests tried" not in told.figure.to_json()


def test_print_makes_room_for_long_titles():
    short = drawing(1)
    long = Drawing("long", "word " * 60, short.figure, short.data, "n = 2. " * 60, "")
    grown = long.print_layout()["height"] - short.print_layout()["height"]
    assert grown == long.print_layout()["margin"]["t"] - short.print_layout()["margin"]["t"] > 40


def test_print_keeps_the_size_and_margins_that_a_figure_asks_for():
    layout = drawing(1, height=700, width=1200, margin={"l": 200}).print_layout()
    assert layout["width"] == 1200
    assert layout["height"] > 700
    assert layout["margin"]["l"] == 200


def test_the_stamp_has_room_above_panels_and_narrow_margins():
    bare = drawing(1, margin={"t": 8})
    assert bare.stamped().figure.layout.margin.t == 28
    bare.figure.add_annotation(text="Panel", x=0.5, y=1, xref="paper", yref="paper", yanchor="bottom", showarrow=False)
    assert bare.stamped().figure.layout.margin.t == 48
    assert bare.print_layout()["margin"]["t"] == drawing(1).print_layout()["margin"]["t"] + 20


def test_a_legend_at_the_side_takes_no_room_above():
    beside = drawing(2, legend={"orientation": "v", "x": 1.02, "y": 1}).print_layout()
    assert beside["margin"]["t"] < drawing(2).print_layout()["margin"]["t"]


@dataclass(frozen=True)
class _Known:
    n: int = 3


@dataclass(frozen=True)
class _Unknown:
    n: int = 3


def test_results_are_drawn_by_whoever_registered():
    @drawings.register
    def _(result: _Known):
        return (drawing(result.n),)

    assert len(drawings(_Known())[0].figure.data) == 3
    assert drawings(_Unknown()) == ()


def test_no_scale_of_colours_lies_above_a_map_where_plotly_moves_the_label_of_made_up_data_out_of_sight():
    sources = {path.name: path.read_text() for path in Path(plots.__file__).parent.glob("*.py")}
    lying = [
        name for name, text in sources.items() if re.search(r'colorbar[^)]*?"orientation": "h"', text, re.S | re.I)
    ]
    assert not lying, "use core.plots.colour_bar.upright"
