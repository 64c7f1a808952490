"""Who is in the cohort: one readable expression that says itself as SQL and as an English sentence."""

from core.cohort.expression import Cohort, parse
from core.cohort.words import quoted

__all__ = ["Cohort", "parse", "quoted"]
