"""Which patients carry their mass on the same part of a network, and what goes with it?"""

from pages.ui import clusters, networks
from pages.ui.frame import open_page
from pages.ui.moves import moves
from pages.ui.tabs import tabs

page = open_page("Clusters")
if networks.recipe(page, elsewhere=True, opened=False) and clusters.choices(page):
    tabs(
        page,
        {
            "Groups": clusters.overview,
            "How many": clusters.numbers,
            "What goes with them": clusters.associations,
            "Survival": clusters.survival,
            "Profile": clusters.profile,
            "Two patients": moves,
            "Unbalanced": clusters.sweep,
        },
    )
