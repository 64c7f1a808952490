"""What leaves a page (link, CSV, SVG, PNG) as a reader's browser makes it."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.browser.walk import serving

pytestmark = pytest.mark.browser
PAGE = Path(__file__).with_name("outlets_app.py")


@pytest.fixture(scope="module")
def outlets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outlets")
    with serving(folder / "store", folder / "server.log", PAGE) as address:
        yield address


def download(reader, key, label, folder):
    row = reader.page.locator(f".st-key-{key}-outlets")
    with reader.page.expect_download() as started:
        row.get_by_role("button", name=label, exact=True).click()
    file = folder / started.value.suggested_filename
    started.value.save_as(file)
    return file


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pictures_are_white_titled_and_stamped_whatever_the_theme(visit, outlets, tmp_path, dark):
    reader = visit(outlets, dark=dark)
    reader.open()
    svg = download(reader, "Points-one", "SVG", tmp_path)
    assert svg.name == "sphericity_by_volume.svg"
    root = ElementTree.parse(svg).getroot()
    said = " ".join(root.itertext())
    assert root.tag.endswith("svg") and root.get("width") == "900"
    assert "Sphericity by volume" in said
    assert "Synthetic demonstration data" in said
    assert "n = 180 patients" in said and "Volume (cm³)" in said and "oropharynx" in said
    inks = [each.get("style", "") for each in root.iter() if each.get("class") in ("xtitle", "gtitle", "legendtext")]
    assert inks and all("fill: rgb(31, 41, 51)" in style for style in inks)
    ground = next(each for each in root.iter() if each.tag.endswith("rect"))
    assert ground.get("width") == "900" and "fill: rgb(255, 255, 255)" in ground.get("style")

    png = download(reader, "Points-one", "PNG", tmp_path)
    assert png.name == "sphericity_by_volume.png"
    content = png.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n" and content[-8:-4] == b"IEND"
    assert int.from_bytes(content[16:20], "big") == 2700
    corner = reader.page.evaluate(
        """async (bytes) => {
            const image = await createImageBitmap(new Blob([new Uint8Array(bytes)], {type: "image/png"}));
            const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
            context.drawImage(image, 0, 0);
            return [...context.getImageData(2, 2, 1, 1).data];
        }""",
        list(content),
    )
    assert corner == [255, 255, 255, 255]


def test_the_second_chart_saves_itself_and_its_data(visit, outlets, tmp_path):
    reader = visit(outlets)
    reader.open()
    assert download(reader, "heat", "SVG", tmp_path).name == "heat.svg"
    assert "A heat map" in " ".join(ElementTree.parse(tmp_path / "heat.svg").getroot().itertext())
    lines = download(reader, "heat", "CSV", tmp_path).read_text().splitlines()
    assert lines == [
        "# A heat map",
        "# n = 36.",
        "# Demo; all patients; n = 180 of 180",
        "# Cohort?v=1&study=demo&edition=0123456789abcdef",
        "'=cmd,value",
        "'=1+1,-0.53",
        "ok,2.0",
    ]
    table = download(reader, "a_table", "CSV", tmp_path).read_text().splitlines()
    assert table[0] == "# Synthetic demonstration data" and table[-1] == "ok,2.0"


def test_the_chart_on_the_page_is_left_as_it_was(visit, outlets, tmp_path):
    reader = visit(outlets, dark=True)
    page = reader.open()
    chart = page.locator(".st-key-Points-one .js-plotly-plot")
    before = chart.evaluate("gd => JSON.stringify([gd.layout, gd.data.length])")
    download(reader, "Points-one", "PNG", tmp_path)
    assert chart.evaluate("gd => JSON.stringify([gd.layout, gd.data.length])") == before
    assert page.locator("body > div[style*='-5000px']").count() == 0


def test_only_our_own_outlets_make_pictures(visit, outlets):
    page = visit(outlets).open()
    page.locator(".st-key-heat .js-plotly-plot").hover()
    assert page.locator(".modebar-btn").count() > 0
    assert page.locator(".modebar-btn[data-title^='Download plot']").first.is_hidden()


def test_copy_link_puts_the_whole_address_on_the_clipboard(visit, outlets):
    reader = visit(outlets, permissions=["clipboard-read", "clipboard-write"])
    page = reader.open()
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("Copied", exact=True).wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{outlets}/Cohort?v=1&study=demo&where=subsite%20in%20(larynx)&edition=0123456789abcdef"


def test_a_refused_clipboard_shows_the_address_selected(visit, outlets):
    reader = visit(outlets)
    reader.page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page = reader.open()
    page.get_by_role("button", name="Copy link").click()
    field = page.get_by_label("Link to this view")
    field.wait_for()
    link = field.input_value()
    assert link.startswith(f"{outlets}/Cohort?v=1&study=demo")
    assert field.evaluate("each => each.value.slice(each.selectionStart, each.selectionEnd)") == link


def test_the_link_can_be_read(visit, outlets):
    page = visit(outlets).open()
    page.get_by_role("button", name="Show link").click()
    shown = page.get_by_test_id("stPopoverBody").locator("code")
    shown.wait_for()
    assert shown.inner_text().startswith(f"{outlets}/Cohort?v=1&study=demo")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(visit, outlets, width):
    page = visit(outlets, width=width).open()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for chart in page.locator(".js-plotly-plot").all():
        assert chart.bounding_box()["width"] <= width


def test_the_label_of_made_up_data_covers_nothing(visit, outlets):
    page = visit(outlets, width=390).open()
    chart = page.locator(".st-key-Points-one .js-plotly-plot")
    stamp = chart.locator(".legendtitletext").bounding_box()
    for entry in chart.locator(".legendtext").all():
        assert entry.bounding_box()["y"] >= stamp["y"] + stamp["height"] - 3


def test_a_chart_follows_the_theme_without_a_new_run(visit, outlets):
    page = visit(outlets).open()
    title = page.locator(".st-key-heat .xtick text").first
    light = title.evaluate("each => getComputedStyle(each).fill")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "old => getComputedStyle(document.querySelector('.st-key-heat .xtick text')).fill != old", arg=light
    )


def test_the_chart_says_itself_to_a_screen_reader(visit, outlets):
    page = visit(outlets).open()
    assert page.get_by_role("figure", name="Scatter plot of volume against sphericity by subsite.").count() == 1
