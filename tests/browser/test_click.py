"""A click on a feature of a network, by a reader's hand."""

from pathlib import Path

import pytest

from core.store.library import Library
from tests.browser.hands import address, main, pick
from tests.browser.walk import serving
from tests.store.drafts import small_draft

pytestmark = pytest.mark.browser
APP = Path(__file__).parents[1] / "pages" / "network_app.py"
LINK = "?v=1&study=small&network.gamma=0&network.edge=0.05&network.edges=union"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("networks")
    Library(folder / "store").publish(small_draft())
    with serving(folder / "store", folder / "server.log", APP) as address:
        yield address


def click(reader, picture: int, feature: str) -> None:
    """Click a feature of the first or second picture where it stands."""
    chart = main(reader).locator(".js-plotly-plot").nth(picture)
    chart.scroll_into_view_if_needed()
    place = chart.evaluate(
        """(chart, feature) => {
            const full = chart._fullLayout, box = chart.getBoundingClientRect();
            for (const points of chart.calcdata) {
                const names = points[0].trace.customdata;
                const at = names ? Array.from(names).indexOf(feature) : -1;
                if (at >= 0) return [box.left + full._size.l + full.xaxis.d2p(points[at].x),
                                     box.top + full._size.t + full.yaxis.d2p(points[at].y)];
            }
        }""",
        feature,
    )
    reader.page.mouse.move(*place)
    reader.page.mouse.click(*place)
    reader.settled()


def chosen(reader) -> str:
    return address(reader)["feature_pair.feature"]


def test_a_click_shows_the_feature_and_back_leaves_it(visit, app):
    reader = visit(app)
    reader.open(LINK)
    assert chosen(reader) == "none"
    click(reader, 0, "original_glcm_Contrast")
    assert chosen(reader) == "original_glcm_Contrast"
    assert "IBSI ACUI" in main(reader).inner_text() and "limits of agreement" in main(reader).inner_text()
    click(reader, 1, "original_firstorder_Mean")
    assert chosen(reader) == "original_firstorder_Mean" and "IBSI Q4LE" in main(reader).inner_text()
    # The first picture has let its own click go: the same feature can be clicked there again.
    click(reader, 0, "original_glcm_Contrast")
    assert chosen(reader) == "original_glcm_Contrast"
    click(reader, 0, "original_glcm_Contrast")
    assert chosen(reader) == "original_glcm_Contrast"
    reader.page.go_back()
    reader.settled()
    assert chosen(reader) == "original_firstorder_Mean" and "IBSI Q4LE" in main(reader).inner_text()
    pick(reader, main(reader), "Feature", "no feature")
    assert chosen(reader) == "none"
    click(reader, 1, "original_firstorder_Mean")
    assert chosen(reader) == "original_firstorder_Mean"


def test_a_click_between_the_features_chooses_nothing(visit, app):
    reader = visit(app)
    reader.open(LINK)
    box = main(reader).locator(".js-plotly-plot").first.bounding_box()
    reader.page.mouse.click(box["x"] + 4, box["y"] + box["height"] - 4)
    reader.settled()
    assert chosen(reader) == "none"
