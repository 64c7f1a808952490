"""Which evidence speaks to which item: a rule by its name."""

from __future__ import annotations

from core.analyses import checklist_evidence as evidence
from core.analyses.checklist_evidence import Evidence, Rule, analysis
from core.analyses.checklist_facts import Facts
from core.analyses.checklist_reported import Reported


def _of(name: str) -> Rule:
    """The sentence of the analysis under this name."""
    return lambda _, reported: analysis(_sentence(getattr(reported, name)), reported)


def _sentence(text: str) -> str:
    """The text as a sentence: it may be one already."""
    return text if not text or text.endswith(".") else f"{text[0].upper()}{text[1:]}."


def _joined(*names: str) -> Rule:
    """Several sentences of the analysis, as far as there are any."""

    def rule(_: Facts, reported: Reported) -> Evidence:
        told = [getattr(reported, name) for name in names]
        return analysis(" ".join(_sentence(text) for text in told if text), reported)

    return rule


def _known(name: str) -> Rule:
    """What the analysis tells of an item that it cannot show."""
    return lambda _, reported: evidence.known(_sentence(getattr(reported, name)) or reported.state)


def _n(found: Facts, reported: Reported) -> Evidence:
    return _of("n")(found, reported) if reported.n else evidence.sample(found, reported)


def _leaks(found: Facts, reported: Reported) -> Evidence:
    """The split, and whether the answer has crept into the question."""
    if "Caution" in reported.leaks or not reported.validation:
        return evidence.known(reported.leaks or reported.state)
    return _joined("validation", "leaks")(found, reported)


def _balance(_: Facts, reported: Reported) -> Evidence:
    return analysis(f"Patients per class: {reported.balance}." if reported.balance else "", reported)


def _imbalance(found: Facts, reported: Reported) -> Evidence:
    return evidence.known(_balance(found, reported).text)


def _algorithm(found: Facts, reported: Reported) -> Evidence:
    if not reported.model:
        return evidence.known(reported.state)
    told = ", ".join(f"{name} {version}" for name, version in found.versions)
    return analysis(f"{_sentence(reported.model)} {told}.", reported)


def _clinical(found: Facts, reported: Reported) -> Evidence:
    return _joined("clinical", "utility")(found, reported) if reported.clinical else evidence.NOTHING


def _full(found: Facts, reported: Reported) -> Evidence:
    return _of("full")(found, reported) if reported.full else _known("partly")(found, reported)


def _uncertainty(found: Facts, reported: Reported) -> Evidence:
    """Performance with an interval; a number without one is known and not shown."""
    shown = _joined("discrimination", "resampled", "calibration")(found, reported)
    return shown if reported.interval else evidence.known(shown.text)


RULES: dict[str, Rule] = {
    "source": evidence.source,
    "centres": evidence.centres,
    "eligibility": evidence.eligibility,
    "flow": evidence.flow,
    "treatments": evidence.treatments,
    "preparation": evidence.preparation,
    "outcome": evidence.outcome,
    "predictors": evidence.predictors,
    "missing": evidence.missing,
    "missing_amount": evidence.missing_amount,
    "baseline": evidence.baseline,
    "extraction": evidence.extraction,
    "image_types": evidence.image_types,
    "families": evidence.families,
    "number_of_features": evidence.number_of_features,
    "scaling": evidence.scaling,
    "acquisition": evidence.acquisition,
    "reliability": evidence.reliability,
    "robustness": evidence.robustness,
    "sharing": evidence.sharing,
    "code": evidence.code,
    "sample": evidence.sample,
    "n": _n,
    "leaks": _leaks,
    "balance": _balance,
    "imbalance": _imbalance,
    "attributes": evidence.attributes,
    "regions": evidence.regions,
    "algorithm": _algorithm,
    "clinical": _clinical,
    "candidates": _of("candidates"),
    "split": _joined("validation", "kind", "seeds"),
    "model": _joined("model", "validation"),
    "heterogeneity": _known("heterogeneity"),
    "measures": _of("measures"),
    "predictions": _of("predictions"),
    "output": _of("output"),
    "unadjusted": _of("unadjusted"),
    "full": _full,
    "performance": _joined("discrimination", "resampled", "calibration"),
    "reduction": _of("reduction"),
    "tuning": _of("tuning"),
    "selection": _of("selection"),
    "uncertainty": _uncertainty,
    "confounders": _of("confounders"),
    "comparison": _of("comparison"),
}
