"""A parameter of an analysis, declared once: its widget, its name in the link, its check and its line in the methods.

    gamma: float = parameter(Number("EBIC gamma", "...", low=0, high=1, step=0.25, default=0.5))

What may be chosen can depend on the study and on the parameters before it (which settings a feature set has), so
options and defaults may be functions of a `Scope`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from core.cohort.expression import parse
from core.cohort.words import listed, quoted
from core.errors import NotEstimable, Problem, Refused

if TYPE_CHECKING:
    from core.analyses.context import Context


class Option(NamedTuple):
    """A value as the link writes it, and as the reader sees it."""

    value: str
    label: str


@dataclass(frozen=True)
class Scope:
    """What a parameter may look at: where it is asked, and the values of the parameters before it."""

    context: Context
    values: Mapping[str, Any]


Options = tuple[Option, ...] | Callable[[Scope], tuple[Option, ...]]


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """`when` says for which values of the parameters before it the parameter matters; else it is left out."""

    label: str = field(kw_only=False)
    help: str = field(kw_only=False)
    default: Any = None
    when: Callable[[Mapping[str, Any]], bool] = lambda values: True

    def fallback(self, scope: Scope) -> Any:
        """The value where the link says nothing."""
        return self.default(scope) if callable(self.default) else self.default

    def read(self, text: str, scope: Scope) -> Any:
        """The value that a link's text means; raises `Refused`."""
        raise NotImplementedError

    def write(self, value: Any) -> str:
        """The canonical text of a value."""
        return str(value)


@dataclass(frozen=True, kw_only=True)
class Number(Parameter):
    """A number between `low` and `high`, both included; `whole` for counts and seeds."""

    low: float
    high: float
    step: float
    unit: str = ""
    whole: bool = False

    def read(self, text, scope):
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not self.low <= value <= self.high or (self.whole and value != int(value)):
            kind = "a whole number" if self.whole else "a number"
            raise _refused(f"{text[:40]!r} is not {kind} from {self.low:g} to {self.high:g}.")
        return int(value) if self.whole else value

    def write(self, value):
        return f"{value:.10g}" if not self.whole else str(int(value))


@dataclass(frozen=True, kw_only=True)
class Flag(Parameter):
    """Yes or no."""

    def read(self, text, scope):
        if text not in ("yes", "no"):
            raise _refused(f"{text[:40]!r} is neither yes nor no.")
        return text == "yes"

    def write(self, value):
        return "yes" if value else "no"


@dataclass(frozen=True, kw_only=True)
class Choice(Parameter):
    """One of some options; without a default, the first. `nothing` explains what to do when there are none."""

    options: Options
    nothing: str = "Nothing can be chosen here."
    remedy: str = "Open a study that has it."

    def among(self, scope: Scope) -> tuple[Option, ...]:
        return self.options(scope) if callable(self.options) else self.options

    def fallback(self, scope):
        options = self.among(scope)
        if not options:
            raise NotEstimable(self.nothing, self.remedy)
        wanted = super().fallback(scope)
        values = [option.value for option in options]
        return wanted if wanted in values else values[0]

    def read(self, text, scope):
        values = [option.value for option in self.among(scope)]
        if text not in values:
            raise _refused(_not_among(text, values))
        return text


@dataclass(frozen=True, kw_only=True)
class Many(Parameter):
    """Several of some options, in the order chosen, at most `most`; written like `TP53,"a name, quoted"`."""

    options: Options
    most: int = 20

    def among(self, scope: Scope) -> tuple[Option, ...]:
        return self.options(scope) if callable(self.options) else self.options

    def read(self, text, scope):
        if not text.strip():
            return ()
        (part,) = parse(f"x in ({text})").parts
        chosen = tuple(getattr(part, "values", ()))
        values = {option.value for option in self.among(scope)}
        unknown = [value for value in chosen if value not in values]
        if unknown:
            raise _refused(_not_among(unknown[0], sorted(values)))
        if len(chosen) > self.most:
            raise _refused(f"{len(chosen)} were chosen; {self.most} are allowed.")
        return chosen

    def write(self, value):
        return ",".join(quoted(each) for each in value)


@dataclass(frozen=True, kw_only=True)
class Expression(Parameter):
    """A cohort expression on the study that `study` of the scope names."""

    default: str = ""
    study: Callable[[Scope], str] = lambda scope: scope.context.view.study

    def read(self, text, scope):
        cohort = parse(text, scope.context.group)
        problems = cohort.problems(scope.context.elsewhere(self.study(scope)).catalogue)
        if problems:
            raise Refused(problems)
        return str(cohort)


def parameter(declared: Parameter) -> Any:
    """Declare a parameter as a field of an analysis."""
    return dataclasses.field(metadata={"parameter": declared})


def options(*values: str | tuple[str, str]) -> tuple[Option, ...]:
    """Options from values, or from pairs of value and label."""
    return tuple(Option(each, each) if isinstance(each, str) else Option(*each) for each in values)


def _not_among(text: str, values: list[str]) -> str:
    shown = listed([repr(value) for value in values[:8]]) if values else "nothing"
    return f"{text[:60]!r} cannot be chosen; there is {shown}{' and more' if len(values) > 8 else ''}."


def _refused(what: str) -> Refused:
    return Refused([Problem(what)])
