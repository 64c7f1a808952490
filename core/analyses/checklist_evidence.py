"""Evidence for the items of a checklist: pure functions of what is known, each of which may have nothing to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.analyses.checklist_facts import AGAIN, CONTOURS, Facts, Levels, SetFacts
from core.analyses.checklist_reported import Reported
from core.vocabulary import counted, listed

DATA, ANALYSIS, AUTHOR = "shown by the data", "shown by the analysis", "author to complete"
#: Pairs of settings are of as many patients as this before they prove anything.
ENOUGH = 10
#: Levels and centres that are named one by one.
MOST = 12


@dataclass(frozen=True)
class Evidence:
    """`state` is one of the three above; `text` says what is shown, or why it is not; empty where nothing is known."""

    state: str
    text: str = ""


NOTHING = Evidence(AUTHOR)
Rule = Callable[[Facts, Reported], Evidence]


def data(text: str) -> Evidence:
    """Shown by the data, where there is anything to say."""
    return Evidence(DATA, text) if text else NOTHING


def known(text: str) -> Evidence:
    """Not shown, though something is known that the author will need."""
    return Evidence(AUTHOR, text)


def analysis(text: str, reported: Reported) -> Evidence:
    """Shown by the analysis that is reported, where it has been worked out and shows it."""
    if text:
        return Evidence(ANALYSIS, text)
    return Evidence(AUTHOR, reported.state)


# ------------------------------------------------------------------------------------------------ from the data


def source(found: Facts, _) -> Evidence:
    """Where the data come from and on what terms."""
    study = found.study
    told = [f"{what}: {text}" for what, text in (("Source", study.source), ("Licence", study.licence)) if text]
    made_up = ["Made-up data"] if study.synthetic else []
    return data(". ".join([*made_up, *told]) + ("." if told or made_up else ""))


def centres(found: Facts, _) -> Evidence:
    """How many centres, with how many patients each."""
    if found.centre is None or not found.centre.levels:
        return NOTHING
    return data(f"{counted(len(found.centre.levels), 'centre')}: {_spread(found.centre)}.")


def eligibility(found: Facts, _) -> Evidence:
    """Who of the study is in the cohort of this view, step by step."""
    text = _steps(found)
    return data(text) if found.steps else known(text)


def flow(found: Facts, _) -> Evidence:
    """The same, and who of them has which kind of data."""
    kinds = [f"{each.label} {each.n:,}" for each in found.feature_sets]
    kinds += [f"mutation profile {found.n_profiled:,}"] if found.n_genes else []
    kinds += [f"expression {found.n_expression:,}"] if found.n_expression else []
    kinds += [f"follow-up for {each.label} {each.n:,}" for each in found.endpoints]
    have = f" With data: {', '.join(kinds)}." if kinds else ""
    return data(_steps(found) + have)


def treatments(found: Facts, _) -> Evidence:
    """Which treatments, of how many patients."""
    if found.treatment is None or not found.treatment.levels:
        return NOTHING
    return data(f"{found.treatment.label}: {_spread(found.treatment)}.")


def preparation(found: Facts, _) -> Evidence:
    """What the import checked and found."""
    told = ", ".join(f"{n} {severity}{'' if n == 1 else 's'}" for severity, n in found.findings) or "nothing odd"
    return data(f"The import found {told}; each is listed on the Studies page. Nothing is changed silently.")


def outcome(found: Facts, reported: Reported) -> Evidence:
    """What is reported, or every endpoint with its origin."""
    if reported.outcome:
        return Evidence(ANALYSIS, reported.outcome)
    told = [
        f"{each.label}, from {each.origin or 'an origin that is not stated'}, in {each.unit}: {each.n_events:,} events "
        f"in {each.n:,} patients"
        for each in found.endpoints
    ]
    return data("; ".join(told) + "." if told else "")


def predictors(found: Facts, _) -> Evidence:
    """Of which features and attributes it is known how they are defined."""
    described = sum(each.described for each in found.attributes)
    told = [
        f"{each.label}: {counted(each.n_features, 'feature')}"
        + (f" by {each.software}" if each.software else ", software not stated")
        + (f", {each.n_ibsi:,} with an IBSI code" if each.n_ibsi else "")
        for each in found.feature_sets
    ]
    told += [f"{described} of {counted(len(found.attributes), 'attribute')} described"] if found.attributes else []
    text = "; ".join(told) + "." if found.feature_sets else ""
    return data(text) if any(each.n_ibsi for each in found.feature_sets) else known(text)


def missing(found: Facts, reported: Reported) -> Evidence:
    """How much is missing, of what, and what the analysis does about it."""
    amount = missing_amount(found, reported).text
    return analysis(f"{amount} {reported.missing}", reported) if reported.missing else known(amount)


def missing_amount(found: Facts, _) -> Evidence:
    """How much is missing, and of what."""
    gaps = sorted((each for each in found.attributes if each.n_missing), key=lambda each: -each.n_missing)
    told = [f"{each.label} {each.n_missing:,}" for each in gaps[:5]]
    more = f" and {len(gaps) - 5} more" if len(gaps) > 5 else ""
    features = [f"{each.label}: {each.n_missing:,} values" for each in found.feature_sets if each.n_missing]
    return data(
        f"{found.n_complete:,} of {found.n:,} patients have every attribute"
        + (f"; missing: {', '.join(told)}{more}" if told else "")
        + (f"; features missing in {', '.join(features)}" if features else "")
        + "."
    )


def baseline(found: Facts, _) -> Evidence:
    """Characteristics of the patients of this view."""
    told = [each.summary for each in found.attributes if each.summary]
    shown = f" {'; '.join(told)}." if told else ""
    return data(f"n = {found.n:,}.{shown} Every attribute by group is in the Baseline section of the Cohort page.")


def extraction(found: Facts, _) -> Evidence:
    """Which program extracted the features, of which region."""
    told = [
        f"{each.label}: {each.software}" + "".join(f", {part}" for part in (each.modality, each.roi) if part)
        for each in found.feature_sets
        if each.software
    ]
    return data("; ".join(told) + "." if told else "")


def image_types(found: Facts, _) -> Evidence:
    """Original and filtered images that features come from."""
    told = [
        f"{each.label}: {listed(each.filters[:MOST], 'and')}" for each in found.feature_sets if len(each.filters) > 0
    ]
    return data("; ".join(told) + "." if told else "")


def families(found: Facts, _) -> Evidence:
    """Classes of features."""
    told = [
        f"{each.label}: {each.n_families} class{'' if each.n_families == 1 else 'es'}"
        for each in found.feature_sets
        if each.n_families
    ]
    return data("; ".join(told) + "." if told else "")


def number_of_features(found: Facts, _) -> Evidence:
    """How many features there are."""
    told = [f"{each.label}: {each.n_features:,}" for each in found.feature_sets]
    return data("; ".join(told) + "." if told else "")


def scaling(found: Facts, reported: Reported) -> Evidence:
    """How features were scaled, on import and in the analysis."""
    told = [f"{each.label} came {each.scale}" for each in found.feature_sets]
    if reported.handling:
        return analysis("; ".join([*told, reported.handling]) + ".", reported)
    return known("; ".join(told) + "." if told else "")


def acquisition(found: Facts, _) -> Evidence:
    """Acquisition settings that are known of the patients, beside the centre."""
    told = [f"{each.label}: {_spread(each)}" for each in found.acquisition if each.levels]
    return data("; ".join(told) + "." if told else "")


def segmentations(found: Facts, _) -> Evidence:
    """Patients who were segmented more than once, by the names of the settings."""
    told = _paired(found, CONTOURS)
    return data(f"{told}." if told else "")


def test_retest(found: Facts, _) -> Evidence:
    """Patients who were imaged more than once, by the names of the settings."""
    told = _paired(found, AGAIN)
    return data(f"{told}." if told else "")


def reliability(found: Facts, _) -> Evidence:
    """By which repeated segmentations reliability can be judged; judging it is another page's."""
    return known(segmentations(found, None).text)


def robustness(found: Facts, _) -> Evidence:
    """Patients measured under several settings of any kind, by which features can be judged."""
    told = [_measured(each) for each in found.feature_sets if each.n_paired >= ENOUGH]
    return known(f"{'; '.join(told)}. Agreement and networks are on the Reproducibility page." if told else "")


def sharing(found: Facts, _) -> Evidence:
    """Where the data are and on what terms, and the fingerprint that names them."""
    edition = f"Edition {found.fingerprint[:16]}, which the link of this page names."
    study = found.study
    if study.source and study.licence:
        return data(f"Source: {study.source}. Licence: {study.licence}. {edition}")
    return known(edition)


def code(found: Facts, _) -> Evidence:
    """Versions, and the link that repeats the view: what has to be said of the code, not where it is."""
    told = ", ".join(f"{name} {version}" for name, version in found.versions)
    return known(f"{told}. The link repeats every setting and seed.")


def sample(found: Facts, reported: Reported) -> Evidence:
    """How many patients and events, and how many per coefficient: no reason why they are as many."""
    if reported.per_coefficient:
        return known(reported.per_coefficient)
    told = [f"{each.label}: {each.n_events:,} events" for each in found.endpoints]
    return known(f"n = {found.n:,}" + (f"; {', '.join(told)}" if told else "") + ".")


def attributes(found: Facts, _) -> Evidence:
    """The attributes, and whether all of them are described."""
    labels = [each.label for each in found.attributes]
    described = sum(each.described for each in found.attributes)
    shown = labels[:8] + ([f"{len(labels) - 8} more"] if len(labels) > 8 else [])
    text = f"{len(labels)} attributes, {described} described: {listed(shown, 'and')}." if labels else ""
    return data(text) if labels and described == len(labels) else known(text)


def regions(found: Facts, _) -> Evidence:
    """Of which region the features are."""
    told = [f"{each.label}: {each.roi}" for each in found.feature_sets if each.roi]
    return known("; ".join(told) + "." if told else "")


# ------------------------------------------------------------------------------------------------ its parts


def _steps(found: Facts) -> str:
    told = [f"{found.n_study:,} patients of the study", *(f"{part}: {n:,}" for part, n in found.steps)]
    return "; ".join(told) + "."


def _spread(levels: Levels) -> str:
    told = [f"{level} ({n:,})" for level, n in levels.levels[:MOST]]
    told += [f"{len(levels.levels) - MOST} more"] if len(levels.levels) > MOST else []
    told += [f"not known ({levels.n_missing:,})"] if levels.n_missing else []
    return ", ".join(told)


def _measured(each: SetFacts) -> str:
    return f"{each.label}: {counted(each.n_paired, 'patient')} under {listed(each.settings[:6], 'and')}"


def plain(setting: str) -> str:
    """The name of a setting as words."""
    return setting.replace("_", " ").replace("-", " ") if "re-" not in setting.lower() else setting.replace("_", " ")


def _paired(found: Facts, speaks) -> str:
    """Sets measured twice whose settings say, by at least two different names, that this is what differs."""
    told = []
    for each in found.feature_sets:
        words = {match.group(0).lower() for name in each.settings for match in speaks.finditer(plain(name))}
        if each.n_paired >= ENOUGH and len(words) >= 2:
            told.append(_measured(each))
    return "; ".join(told)
