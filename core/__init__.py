"""Cohortscope: radiomics, genomics, survival and sharing in one view of a cohort."""
