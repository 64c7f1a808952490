"""Statistics that every page leans on: agreement, association, multiplicity. Arrays in, results out."""
