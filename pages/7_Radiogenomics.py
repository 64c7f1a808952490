"""Which imaging features go with which genes and pathways, and what sets phenotypes of patients apart?"""

from pages.ui.frame import open_page
from pages.ui.gene_screen import gene_screen
from pages.ui.genotype import genotype
from pages.ui.pathways import pathways
from pages.ui.phenotypes import phenotypes
from pages.ui.tabs import tabs

page = open_page("Radiogenomics")
tabs(page, {"Screen": gene_screen, "Pathways": pathways, "Phenotypes": phenotypes, "Genotype": genotype})
