"""What a genotype is compared with: genotypes and mutations of a study, features, differences of paired regions."""

from __future__ import annotations

from core.analyses import choices
from core.analyses.parameters import Option, Scope, options
from core.radiogenomics.genotype import ADDITIVE, DOMINANT, RECESSIVE
from core.radiogenomics.paired_regions import GLOBAL, lungs

ATTRIBUTE, GENE = "attribute", "gene"
DIFFERENCES, FEATURES = "differences", "features"
#: The name, in links, of the strongest of the screen; and of the place of a feature that has none.
STRONGEST, WHOLE = "strongest", "patient"
#: What the mean over a lung is called; a location of this name would be it.
LUNG = "{side} lung"
CODINGS = options(
    (DOMINANT, "carriers of one minor allele or more"),
    (ADDITIVE, "the number of minor alleles"),
    (RECESSIVE, "carriers of two minor alleles"),
)
CORRECTED, PUBLISHED = "corrected", "published"


def genotypes(scope: Scope) -> tuple[Option, ...]:
    """Attributes that are genotypes, then genes that some patient was profiled for."""
    catalogue = scope.context.catalogue
    found = [Option(f"{ATTRIBUTE}:{each.name}", each.label or each.name) for each in catalogue.roles("genotype")]
    return (*found, *(Option(f"{GENE}:{gene}", f"{gene}, mutated") for gene in catalogue.mutation_genes))


def is_attribute(values) -> bool:
    """Whether the genotype is one with levels."""
    return str(values["genotype"]).startswith(f"{ATTRIBUTE}:")


def over(scope: Scope) -> tuple[Option, ...]:
    """Differences where the study has paired regions, features where it has feature sets."""
    catalogue = scope.context.catalogue
    kinds = [(DIFFERENCES, "differences of paired regions")] if catalogue.regions else []
    kinds += [(FEATURES, "features of whole patients")] if catalogue.feature_sets else []
    return options(*kinds)


def paired(scope: Scope) -> tuple[Option, ...]:
    """The paired regions of the study."""
    return tuple(
        Option(each.name, f"{each.label or each.name} ({len(each.features)} features, {' minus '.join(each.members)})")
        for each in scope.context.catalogue.regions.values()
    )


def parts(locations: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What differences are averaged over beside all pairs: each location, and each lung where the names tell it."""
    found = {LUNG.format(side=side): inside for side, inside in lungs(locations).items()}
    return {name: (name,) for name in locations} | {n: inside for n, inside in found.items() if n not in locations}


def places(scope: Scope) -> tuple[Option, ...]:
    """All pairs, each lung, each location."""
    chosen = scope.context.catalogue.regions.get(scope.values["paired"])
    if chosen is None:
        return ()
    found = parts(chosen.locations)
    wide = [name for name in found if name not in chosen.locations]
    return options((GLOBAL, "the mean over all pairs"), *wide, *chosen.locations)


def usual_places(scope: Scope) -> tuple[str, ...]:
    """The global mean and each location: lungs say the same once more."""
    chosen = scope.context.catalogue.regions.get(scope.values["paired"])
    return (GLOBAL, *chosen.locations) if chosen is not None else (GLOBAL,)


def tried(scope: Scope) -> tuple[Option, ...]:
    """The strongest of the screen, or any feature that it tried."""
    screen = scope.context.analysis("genotype")
    catalogue = scope.context.catalogue
    if screen.over == DIFFERENCES:
        known = catalogue.regions[screen.paired].features
    else:
        known = catalogue.feature_sets[screen.features].features
    found = tuple(Option(each.name, each.label or each.name) for each in known)
    return (Option(STRONGEST, "the strongest of the screen"), *found)


def tried_places(scope: Scope) -> tuple[Option, ...]:
    """Where the differences of the screen are from."""
    screen = scope.context.analysis("genotype")
    if screen.over != DIFFERENCES:
        return (Option(WHOLE, "whole patient"),)
    return tuple(Option(place, place) for place in screen.where or (GLOBAL,))


def lung_function(scope: Scope) -> tuple[str, ...]:
    """Age, sex and the forced vital capacity, as far as the study has them."""
    catalogue = scope.context.catalogue
    by_role = [catalogue.role(role) for role in ("age", "sex")]
    fvc = [each for each in catalogue.attributes.values() if each.type == "number" and "fvc" in each.name.lower()]
    known = {option.value for option in choices.comparable(scope)}
    return tuple(each.name for each in [*by_role, *fvc[:1]] if each is not None and each.name in known)
