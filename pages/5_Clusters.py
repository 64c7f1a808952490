"""Which patients carry their mass on the same part of a network, and what goes with it?"""

from pages.ui import clusters, networks
from pages.ui.frame import open_page

page = open_page("Clusters")
if networks.recipe(page, elsewhere=True, opened=False):
    network = networks.checked_network(page)
    if network is not None and clusters.choices(page):
        result = page.ask("clusters")
        if result is not None:
            clusters.overview(page, result)
            clusters.associations(page, result)
            clusters.survival(page)
            clusters.profile(page, result)
            clusters.filter_to(page, result)
            clusters.members(page, result)
            clusters.numbers(page)
