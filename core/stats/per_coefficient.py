"""Are there enough patients with the event for so many coefficients? A rule of thumb, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass

from core.vocabulary import counted

#: A rule of thumb: with fewer events per candidate coefficient, estimates are unsteady and too far from none.
RULE = 10


@dataclass(frozen=True)
class PerCoefficient:
    """`scarcer` patients (with the event, or of the rarer class) for `coefficients` that the model could estimate."""

    scarcer: int
    coefficients: int
    noun: str
    rule: float

    @property
    def each(self) -> float:
        """Patients per coefficient; infinite without coefficients."""
        return self.scarcer / self.coefficients if self.coefficients else float("inf")

    @property
    def enough(self) -> bool:
        """Whether the rule of thumb is met; it is no proof of anything."""
        return self.each >= self.rule

    @property
    def words(self) -> str:
        """The count, the rule, and its limits, in sentences for readers."""
        if not self.coefficients:
            return f"{counted(self.scarcer, self.noun)} and no coefficient."
        count = (
            f"{counted(self.scarcer, self.noun)} for {counted(self.coefficients, 'coefficient')}: {self.each:.3g} each"
        )
        if self.enough:
            return (
                f"{count}, at least the {self.rule:g} of the rule of thumb. It counts only if every candidate is among "
                "them, also those that were tried and dropped, and promises no accuracy."
            )
        return (
            f"{count}, fewer than the {self.rule:g} of the rule of thumb: estimates are unsteady, too far from none, "
            "and promise more than they keep in other patients. Use fewer candidates or a penalised model, and correct "
            "for optimism; the rule itself is rough."
        )


def per_coefficient(
    events: int, coefficients: int, non_events: int | None = None, noun: str = "event", rule: float = RULE
) -> PerCoefficient:
    """How many events, or patients of the rarer class, are there per candidate coefficient?

    `events` patients with the event; `non_events` those without it, for a yes-or-no outcome, of which the scarcer
    counts (in survival it is the events). `coefficients` counts every candidate, one for each level of a category but
    the first, also those that a selection dropped. ValueError for negative counts.

    The rule of 10 comes from simulations (Peduzzi et al. 1995, doi:10.1016/0895-4356(95)00048-8; 1996,
    doi:10.1016/S0895-4356(96)00236-3) and is no guarantee (van Smeden et al. 2016, doi:10.1186/s12874-016-0267-3): the
    sample that a model needs depends on how well it can predict (Riley et al. 2019, doi:10.1002/sim.7992).
    """
    if min(events, coefficients, 0 if non_events is None else non_events) < 0:
        raise ValueError("counts are not negative")
    scarcer = events if non_events is None else min(events, non_events)
    return PerCoefficient(int(scarcer), int(coefficients), noun, rule)
