"""What an enrichment of gene sets may say, and what the way of exchanging does to it."""

from __future__ import annotations

from core.analyses.pathway_result import PathwayScreen
from core.analyses.survival_screen_words import expected_text, q_text
from core.radiogenomics.enrichment import GENES
from core.survival.words import p_text
from core.vocabulary import counted, listed

CAUTION = (
    "Caution: random sets of genes are what the scores are held against, as if genes were independent of each other. "
    "Those of one set go together, so far too many sets are found. Exchange patients to see what is left."
)


def pathway_words(found: PathwayScreen) -> tuple[str, ...]:
    """The sentences of an enrichment, the most important first."""
    said = [_headline(found), _caution(found), _counted(found), _strongest(found), _who(found), *_left_out(found)]
    return tuple(sentence for sentence in said if sentence)


def tests(found: PathwayScreen) -> str:
    """`80 tests (8 features, 10 gene sets)`."""
    n_features = len(found.rows)
    return (
        f"{counted(found.enrichment.n_tests, 'test')} ({counted(n_features, 'feature')}, "
        f"{counted(len(found.enrichment.sets), 'gene set')})"
    )


def _headline(found: PathwayScreen) -> str:
    if not found.n_found:
        return (
            f"No gene set was found to go with a feature: {tests(found)}, smallest "
            f"{q_text(float(found.table['q'].min()))}."
        )
    return (
        f"{found.n_found:,} of {found.enrichment.n_tests:,} pairs of a feature and a gene set were found at "
        f"q < {found.q:g}."
    )


def _caution(found: PathwayScreen) -> str:
    if found.enrichment.null == GENES:
        return CAUTION
    return (
        "Patients were exchanged, so that genes that go together still do. What is usually published exchanges genes, "
        "which finds far more by chance."
    )


def _counted(found: PathwayScreen) -> str:
    said = f"q: Benjamini-Hochberg over all {tests(found)}"
    if found.n_found:
        said += f"; up to {expected_text(found.q * found.n_found)} of those found are expected to be false"
    else:
        said += ". This is a result, and no proof that nothing goes together in more patients"
    if found.smallest_q >= found.q:
        said += (
            f". With {found.enrichment.permutations:,} permutations a finding that stands alone cannot get below "
            f"q = {found.smallest_q:.2g}: take more of them, or fewer features"
        )
    return f"{said}."


def _strongest(found: PathwayScreen) -> str:
    first = found.table.iloc[0]
    side = "rise with it" if first["es"] > 0 else "fall as it rises"
    return (
        f"The smallest p: {first['feature']} and {first['set']}, whose genes {side}: normalised enrichment score "
        f"{first['nes']:.2f}, {p_text(first['p'])}, {q_text(first['q'])}; {first['present']:,} of {first['size']:,} "
        f"genes measured, n = {first['n']:,}."
    ).replace(" -", " −")


def _who(found: PathwayScreen) -> str:
    each = found.enrichment
    ways = [f"adjusted for {listed(found.adjust, 'and')}"] if found.adjust else []
    ways += [f"within {found.strata}"] if found.strata else []
    how = f"{listed(ways, 'and')}, as in the screen" if ways else "unadjusted, as in the screen"
    lost = f"; {each.n_no_covariate:,} lack what is adjusted for" if each.n_no_covariate else ""
    return (
        f"{counted(len(each.features), 'feature')} of {found.n_all:,} ({found.chosen}); genes ranked by rank "
        f"correlation, {how}. Of {counted(found.n_cohort, 'patient')} in the cohort {found.n_both:,} have features and "
        f"expression{lost}."
    )


def _left_out(found: PathwayScreen):
    each = found.enrichment
    untested = [(name, why) for name, why in zip(each.features, each.why, strict=True) if why]
    if untested:
        yield f"{counted(len(untested), 'feature')} not tested, such as {untested[0][0]}: {untested[0][1]}."
    for reason, some in each.not_tested.groupby("reason", sort=False):
        yield f"{counted(len(some), 'gene set')} not tested ({reason}): {listed(list(some['set'])[:4], 'and')}."
    gaps = f"{counted(each.n_gaps, 'gene')} of {len(each.genes):,} unknown in some patients" if each.n_gaps else ""
    few = f"{counted(each.genes_left_out, 'gene')} left out, constant or unknown in most" if each.genes_left_out else ""
    if gaps or few:
        yield f"{'; '.join(filter(None, (gaps, few)))}."
