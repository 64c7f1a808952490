"""Words that a study's data and the pure domain code have in common."""

#: What can be said of a patient and a gene: a gene outside the patient's panel is not wild type.
MUTATED, WILD_TYPE, NOT_PROFILED = "mutated", "wild type", "not profiled"
