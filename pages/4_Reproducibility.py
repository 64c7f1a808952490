"""Which features stay connected when the acquisition setting changes?"""

from pages.ui import doors, networks, reproducibility
from pages.ui.frame import open_page
from pages.ui.pictures import pictures

page = open_page("Reproducibility")
if networks.recipe(page, elsewhere=False, opened=True):
    result = networks.ask(page)
    if result is not None:
        found = pictures(page, "network", result)
        if result.chosen is None:
            networks.state(page, result)
        else:
            networks.common(page, result)
        networks.side_by_side(page, found)
        if result.chosen is not None:
            doors.cluster_on(page, result.chosen.names)
        reproducibility.components(page, result, found)
        reproducibility.details(page, result, found)
        if reproducibility.compares(page):
            reproducibility.agreement(page)
            if result.chosen is not None:
                reproducibility.shift(page)
