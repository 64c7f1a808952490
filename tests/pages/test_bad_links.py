"""On every page a link that cannot be honoured is refused with all that is wrong with it, and nothing else is shown."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from pages.ui.frame import PAGES
from tests.browser.links import BAD


@pytest.mark.parametrize("name", PAGES)
def test_a_bad_link_is_refused_in_full(visit, name):
    asked = dict(parse_qsl("&".join(BAD)))
    at = visit(name, study="demo", **asked)
    assert not at.exception
    assert [each.value for each in at.error] == [
        "This link cannot be shown as it is, so nothing is shown in its place."
    ]
    said = " ".join(each.value for each in at.markdown).replace("\\", "")
    for text in (text for texts in BAD.values() for text in texts):
        assert text in said, said
    assert not at.get("plotly_chart") and not at.dataframe
    assert "Open the demonstration study" in [button.label for button in at.button]
    assert not {"Copy link", "Show link"} & {button.label for button in at.button}
