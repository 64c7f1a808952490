"""Do the clusters found on some patients hold on others?"""

from pages.ui import clusters, networks, replication
from pages.ui.frame import open_page

page = open_page("Replication")
if networks.recipe(page, elsewhere=True, opened=False) and clusters.choices(page) and replication.choices(page):
    network = networks.checked_network(page)
    result = page.ask("replication") if network is not None else None
    if result is not None:
        replication.headline(page, result)
        replication.figures(page, result)
        replication.survival(page, result)
        replication.attributes(page, result)
        replication.members(page, result)
