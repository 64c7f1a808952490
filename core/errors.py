"""What can go wrong, in words for the reader: every message says what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input: where it is, what it is, and how to mend it."""

    what: str
    where: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{place}{self.what}{remedy}"


class CohortscopeError(Exception):
    """Base of everything that Cohortscope raises on purpose; its text is fit to show."""


class Refused(CohortscopeError):
    """An input (a link, an expression, a study folder) that cannot be honoured, with every problem found in it."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple:
        # An exception is rebuilt from its text by default; the text is not what it was made of.
        return type(self), (self.problems,), self.__dict__


class NotEstimable(CohortscopeError):
    """A sound question that these data cannot answer: shown as a named state, never as a number."""

    def __init__(self, reason: str, remedy: str = ""):
        self.reason, self.remedy = reason, remedy
        super().__init__(f"{reason} {remedy}".strip())

    def __reduce__(self) -> tuple:
        return type(self), (self.reason, self.remedy), self.__dict__


class Abandoned(CohortscopeError):
    """The reader asked for something else while this was being worked out; nothing was changed."""
