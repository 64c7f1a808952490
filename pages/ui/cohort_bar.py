"""Who is in the cohort: filters at the side, the sentence with its n, a chip for each part, and the patient flow."""

from __future__ import annotations

import streamlit as st

from core.analyses.context import Context
from core.analyses.opening import repaired
from core.cohort.expression import EVERYBODY, parse
from core.cohort.genes import Gene
from core.cohort.presence import Has, kinds
from core.cohort.simple import Selection, select, select_gene, selection
from core.errors import Problem, Refused
from core.store.feature_list import lists
from core.store.schema import MUTATED, NOT_PROFILED, WILD_TYPE, Attribute
from pages.ui import session
from pages.ui.text import plain_text

MISSING = "(not recorded)"
#: Attributes whose filter is open without being asked for, by their role.
OPEN = ("subsite", "hpv", "stage", "centre", "age", "sex")
WRITTEN, WRONG, MORE = "cohort.expression", "cohort.wrong", "cohort.more"


def sentence(context: Context) -> None:
    """The cohort in words with its denominator, a chip per part that removes it, and how many each part leaves."""
    catalogue, cohort = context.catalogue, context.cohort
    n = context.store.count(cohort)
    st.markdown(f"**{plain_text(cohort.english(catalogue))}** · n = {n:,} of {catalogue.n_patients:,} patients")
    _features_sentence(context)
    if not cohort.parts:
        return
    with st.container(horizontal=True, key="chips"):
        for i, part in enumerate(cohort.parts):
            remove = {"on_click": session.publish, "args": (context.view.with_cohort(cohort.without(part)),)}
            st.button(f"{plain_text(part.english(catalogue))}  ✕", key=f"chip.{i}", help="Remove this part", **remove)
        everybody = context.view.with_cohort(EVERYBODY)
        st.button("Clear all", key="chip.all", type="tertiary", on_click=session.publish, args=(everybody,))
    if n == 0:
        _nobody(context)


def _features_sentence(context: Context) -> None:
    """Which list of features everything on the page is confined to, with its denominators."""
    chosen = context.features
    if chosen is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="features.chosen"):
        effect = plain_text(chosen.effect(context.store.catalogue))
        st.markdown(f"**Features: {plain_text(chosen.label)}** · {effect}", help=plain_text(chosen.recipe))
        st.button("All features  ✕", key="features.all", on_click=_confine, args=(context, ""))


def _confine(context: Context, id: str) -> None:
    """Work with a list of features, or with all of them; choices that no longer fit go back to their defaults."""
    session.publish(repaired(context, context.view.with_features(id), keep=""))


def _features(context: Context) -> None:
    """The saved lists of features that say something about this study."""
    offered = {each.id: each for each in lists(context.saved) if each.fits(context.store.catalogue)}
    if context.features is not None:
        offered.setdefault(context.features.id, context.features)
    if not offered:
        return
    names = {"": "all features"} | {id: f"{each.label} ({len(each.names)})" for id, each in offered.items()}
    st.session_state["filter.features"] = context.view.features
    st.selectbox(
        "Features",
        list(names),
        key="filter.features",
        format_func=names.get,
        on_change=lambda: _confine(context, st.session_state["filter.features"]),
        help="Lists are saved on the Reproducibility page.",
    )


def _nobody(context: Context) -> None:
    """Say which part leaves nobody, and what to do."""
    without = {part: context.store.count(context.cohort.without(part)) for part in context.cohort.parts}
    part, count = max(without.items(), key=lambda item: item[1])
    text = plain_text(part.english(context.catalogue))
    st.warning(f"No patient matches. Without the part “{text}” there would be {count:,}: remove it or widen it.")


def filters(context: Context) -> None:
    """The controls at the side, for the study's attributes, genes and kinds of data."""
    catalogue = context.catalogue
    st.markdown("**Filter patients**")
    offered = [each for each in catalogue.attributes.values() if each.type != "text"]
    names = [each.name for each in offered]
    shown = {each.name for each in offered if each.role in OPEN}
    shown |= {name for part in context.cohort.parts for name in part.attributes()} & set(names)
    st.session_state[MORE] = [name for name in names if name in shown | set(st.session_state.get(MORE, ()))]
    for name in st.session_state[MORE]:
        _attribute(context, catalogue.attributes[name])
    labels = {each.name: each.label or each.name for each in offered}
    with st.expander("Other attributes"):
        st.multiselect("Attributes to filter by", names, key=MORE, format_func=lambda name: labels[name])
    if catalogue.mutation_genes:
        _genes(context)
    _data(context)
    _features(context)
    _expression(context)


def _attribute(context: Context, attribute: Attribute) -> None:
    chosen = selection(context.cohort, attribute.name)
    label = plain_text(attribute.label or attribute.name)
    if chosen is None:
        st.caption(f"{label}: filtered by the expression below.")
    elif attribute.type == "number":
        _range(context, attribute, chosen, label)
    else:
        key = f"filter.{attribute.name}"
        st.session_state[key] = [*chosen.values, *([MISSING] if chosen.missing else [])]
        levels = [*attribute.levels, MISSING]
        st.multiselect(label, levels, key=key, placeholder="any", on_change=_picked, args=(context, attribute.name))


def _picked(context: Context, attribute: str) -> None:
    picked = st.session_state[f"filter.{attribute}"]
    chosen = Selection(tuple(value for value in picked if value != MISSING), None, MISSING in picked)
    session.publish(context.view.with_cohort(select(context.cohort, attribute, chosen)))


def _range(context: Context, attribute: Attribute, chosen: Selection, label: str) -> None:
    low, high = _extent(context, attribute.name)
    if low >= high:
        st.caption(f"{label}: every patient has {low:g}.")
        return
    key = f"filter.{attribute.name}"
    whole = float(low).is_integer() and float(high).is_integer() and high - low > 5
    step = 1.0 if whole else float(f"{(high - low) / 100:.1g}")
    ends = chosen.range or (low, high)
    st.session_state[key] = (max(low, min(high, ends[0])), max(low, min(high, ends[1])))
    unit = f" ({plain_text(attribute.unit)})" if attribute.unit else ""
    change = {"on_change": _ranged, "args": (context, attribute.name, low, high)}
    st.slider(f"{label}{unit}", low, high, step=step, key=key, format="%d" if whole else None, **change)
    if chosen.range or chosen.missing:
        st.session_state[f"{key}.missing"] = chosen.missing
        st.checkbox("with those not recorded", key=f"{key}.missing", **change)


def _ranged(context: Context, attribute: str, low: float, high: float) -> None:
    key = f"filter.{attribute}"
    ends = st.session_state[key]
    chosen = None if ends == (low, high) else ends
    missing = bool(st.session_state.get(f"{key}.missing", False)) and chosen is not None
    session.publish(context.view.with_cohort(select(context.cohort, attribute, Selection((), chosen, missing))))


def _extent(context: Context, attribute: str) -> tuple[float, float]:
    """The smallest and the largest value in the whole study."""

    def work() -> tuple[float, float]:
        values = context.store.patients(EVERYBODY, [attribute])[attribute]
        return float(values.min()), float(values.max())

    return context.memo(f"extent {context.store.fingerprint} {attribute}", work)


def _genes(context: Context) -> None:
    """A gene and its status: mutated, wild type and not profiled are three things."""
    genes = {part.gene: part.status for part in context.cohort.parts if isinstance(part, Gene)}
    st.session_state["filter.genes"] = list(genes)
    st.multiselect(
        "Genes",
        context.catalogue.mutation_genes,
        key="filter.genes",
        placeholder="any",
        on_change=_gene,
        args=(context,),
    )
    for gene, status in genes.items():
        st.session_state[f"filter.gene.{gene}"] = status
        kinds = [MUTATED, WILD_TYPE, NOT_PROFILED]
        st.selectbox(plain_text(gene), kinds, key=f"filter.gene.{gene}", on_change=_gene, args=(context,))


def _gene(context: Context) -> None:
    cohort = context.cohort
    now = [part.gene for part in cohort.parts if isinstance(part, Gene)]
    picked = st.session_state["filter.genes"]
    for gene in dict.fromkeys([*now, *picked]):
        status = st.session_state.get(f"filter.gene.{gene}", MUTATED) if gene in picked else None
        if status is None or Gene(gene, status) not in cohort.parts:
            cohort = select_gene(cohort, gene, status)
    session.publish(context.view.with_cohort(cohort))


def _data(context: Context) -> None:
    """Which kinds of data a patient must have."""
    catalogue = context.catalogue
    terms = {Has(block): Has(block).english(catalogue) for block in kinds(catalogue)}
    for block, names in (("features", catalogue.feature_sets), ("doses", catalogue.structures)):
        if len(names) > 1:
            terms |= {Has(block, name): Has(block, name).english(catalogue) for name in names}
    st.session_state["filter.has"] = [part for part in context.cohort.parts if part in terms]
    change = {"on_change": _has, "args": (context, list(terms))}
    st.multiselect("Data", list(terms), key="filter.has", format_func=terms.get, placeholder="any", **change)


def _has(context: Context, terms: list[Has]) -> None:
    cohort = context.cohort
    for term in terms:
        wanted = term in st.session_state["filter.has"]
        cohort = cohort.with_part(term) if wanted else cohort.without(term)
    session.publish(context.view.with_cohort(cohort))


def _expression(context: Context) -> None:
    """The same cohort as one readable expression that can be typed, copied and used on the command line."""
    wrong = st.session_state.pop(WRONG, None)
    if wrong is None:
        st.session_state[WRITTEN] = str(context.cohort)
    example = 'For example: subsite in (larynx, "oral cavity") and age >= 60 and (TP53 mutated or CDKN2A mutated)'
    st.text_area("As an expression", key=WRITTEN, on_change=_written, args=(context,), help=plain_text(example))
    for problem in wrong or ():
        st.error(plain_text(problem))


def _written(context: Context) -> None:
    try:
        cohort = parse(st.session_state[WRITTEN], context.group)
        problems: list[Problem] = cohort.problems(context.catalogue)
    except Refused as refused:
        problems = list(refused.problems)
    if problems:
        st.session_state[WRONG] = problems
    else:
        session.publish(context.view.with_cohort(cohort))
