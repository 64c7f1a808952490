"""Which patients carry their mass on the same part of a network, and what goes with it?"""

from pages.ui import cluster_sections, clusters, networks
from pages.ui.cluster_associations import associations
from pages.ui.frame import open_page
from pages.ui.moves import moves
from pages.ui.tabs import tabs

page = open_page("Clusters")
if networks.recipe(page, elsewhere=True, opened=False) and clusters.choices(page):
    tabs(
        page,
        {
            "Groups": clusters.overview,
            "How many": cluster_sections.numbers,
            "What goes with them": associations,
            "Survival": cluster_sections.survival,
            "Profile": cluster_sections.profile,
            "Two patients": moves,
            "Unbalanced": cluster_sections.sweep,
        },
    )
