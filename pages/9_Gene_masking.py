"""What do networks read of an image, or of a class, from the expression of genes, and from which of them?"""

from pages.ui.frame import open_page
from pages.ui.gene_masking import asked, genes, masking, over_features, prediction
from pages.ui.tabs import tabs

page = open_page("Gene_masking")
if asked(page):
    tabs(page, {"Prediction": prediction, "Masking": masking, "Genes": genes, "Sets and features": over_features})
