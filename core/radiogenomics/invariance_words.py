"""What a test of invariance may say, in sentences that never say more than the data."""

from __future__ import annotations

import numpy as np

from core.radiogenomics.invariance import INTERSECTION, SCREEN, UNION, Invariance
from core.radiogenomics.invariance_environments import BONFERRONI
from core.survival.words import p_text
from core.vocabulary import counted, listed


def named(variables: tuple[str, ...]) -> str:
    """`the empty set`, `{a, b}`."""
    return f"{{{', '.join(variables)}}}" if variables else "the empty set"


def verdict_sentence(found: Invariance) -> str:
    """How many sets pass, or that none does and what that means."""
    size = f"n = {found.n}, {found.n_positive} of the class, {counted(len(found.environments), 'environment')}"
    best = found.sets.loc[found.sets["p_environment"].idxmax()]
    if found.rejected:
        return (
            f"The model is rejected: of {counted(len(found.sets), 'set')} of variables none leaves residuals that "
            f"agree between environments (largest {p_text(found.best_p)}, of {named(best['variables'])}, which fails "
            f"in {best['environment']}; {size}). No variable is chosen."
        )
    accepted = int(found.sets["accepted"].sum())
    open_to_all = " Nothing is ruled out, so this does not narrow the choice." if found.sets["accepted"].all() else ""
    return (
        f"{accepted} of {counted(len(found.sets), 'set')} of variables "
        f"{'leaves' if accepted == 1 else 'leave'} residuals that are not shown to differ between environments "
        f"(p > {found.alpha:g}; largest {p_text(found.best_p)}, of {named(best['variables'])}; {size}).{open_to_all}"
    )


def parents_sentence(found: Invariance) -> str:
    """Which variables every accepted set holds; or why there is none."""
    if found.rejected:
        return ""
    parents = found.chosen(INTERSECTION)
    if parents:
        p = {row.variable: p_text(row.p) for row in found.table.itertuples()}
        return (
            f"Every accepted set holds {listed((f'{name} ({p[name]})' for name in parents), 'and')}. That vouches for "
            "a cause only if all direct causes are among the variables tested and the environment reaches the class "
            "through them alone."
        )
    empty = found.sets.iloc[0]
    if empty["accepted"]:
        return (
            f"The empty set is accepted ({p_text(empty['p'])}): the shares of the classes are not shown to differ "
            "between environments, so no variable is needed to explain them, and the intersection is empty."
        )
    return "The accepted sets have no variable in common: the data do not say which of them is needed."


def modes_sentence(found: Invariance) -> str:
    """What each way of use hands on."""
    if found.rejected:
        return "Nothing goes on to a classifier in any of the three ways of use."
    screen, union, common = (found.chosen(mode) for mode in (SCREEN, UNION, INTERSECTION))
    return (
        f"Gate alone, as published: all {counted(len(screen), 'variable')} tested. Union of the accepted sets: "
        f"{len(union)}. Intersection: {len(common)}."
    )


def fell_sentence(found: Invariance, variable: str) -> str:
    """Why a variable is not a parent: the set that does without it, or the environment that breaks its sets."""
    row = found.table.set_index("variable").loc[variable]
    if row["intersection"]:
        return f"{variable} is in every accepted set."
    if not row["n_accepted"]:
        return f"No set with {variable} is accepted: the best ({p_text(row['p_with'])}) fails in {row['environment']}."
    if found.rejected:
        return f"Sets with {variable} reach {p_text(row['p_with'])} at most; the model is rejected."
    return (
        f"{variable} is in {row['n_accepted']} of {counted(int(found.sets['accepted'].sum()), 'accepted set')}, but "
        f"{named(row['without'])} does without it ({p_text(row['p'])})."
    )


def set_sentence(found: Invariance, place: int) -> str:
    """Why the set in a row of `sets` passes or fails, and where."""
    row = found.sets.iloc[place]
    name = named(row["variables"])
    name = name[0].upper() + name[1:]
    if row["accepted"]:
        return f"{name} is accepted ({p_text(row['p'])})."
    more = "more" if row["gap"] > 0 else "fewer"
    against = "the other environment" if len(found.environments) == 2 else "the others together"
    return (
        f"{name} fails ({p_text(row['p'])}) in {row['environment']}: against {against}, it has {more} of the class "
        f"than the model expects, by {100 * abs(row['gap']):.0f} % of patients."
    )


def notes(found: Invariance) -> tuple[str, ...]:
    """What must be known beside the numbers: factor, screen, absent classes, and fits without a finite answer."""
    return tuple(
        note for note in (_factor(found), _screen(found), _absent(found), _separated(found), _unsettled(found)) if note
    )


def _factor(found: Invariance) -> str:
    count = len(found.environments)
    if count == 2:
        return "With two environments there is one test per set, so its p is not multiplied."
    if found.factor == BONFERRONI:
        return f"The smallest p of {count} environments is multiplied by {count} (Bonferroni)."
    return (
        f"The smallest p of {count} environments is multiplied by {count - 1}, as published; that is one less than "
        "Bonferroni's and does not by itself bound the error."
    )


def _screen(found: Invariance) -> str:
    screen = found.screen
    if screen is None or not screen.selection:
        return ""
    tried = screen.n_candidates - screen.n_constant - screen.n_copies
    halves = f" in {screen.n_halves} of {screen.halves} halves, seed {screen.seed}" if screen.halves else ""
    return (
        f"The {counted(len(screen.columns), 'variable')} were chosen from {tried:,} ({screen.selection}{halves}) with "
        "the same patients; neither p nor intervals count that choice."
    )


def _absent(found: Invariance) -> str:
    rows = found.environments
    one = rows[(rows["n_positive"] == 0) | (rows["n_positive"] == rows["n"])]
    if one.empty:
        return ""
    verb = "has" if len(one) == 1 else "have"
    return f"{listed(one['environment'], 'and')} {verb} patients of one class only."


def _separated(found: Invariance) -> str:
    apart = found.sets["separated"].to_numpy()
    if not apart.any():
        return ""
    accepted = int((apart & found.sets["accepted"].to_numpy()).sum())
    only = accepted > 0 and accepted == found.sets["accepted"].sum()
    alone = " No other set is accepted, so nothing here was shown to be invariant." if only else ""
    return (
        f"{counted(int(apart.sum()), 'set')} {'tells' if apart.sum() == 1 else 'tell'} the classes apart without error "
        f"({accepted} of them accepted): their models have no finite answer, the numbers are those after ten steps, "
        f"and what little residual is left says next to nothing about invariance.{alone}"
    )


def _unsettled(found: Invariance) -> str:
    rows = found.sets
    slow = int((~rows["converged"] & ~rows["separated"]).sum())
    alike = int(np.sum(rows["dependent"]))
    said = []
    if slow:
        said.append(f"{counted(slow, 'model')} had not settled after ten steps.")
    if alike:
        said.append(f"In {counted(alike, 'set')} a variable repeats others: they have no coefficients of their own.")
    return " ".join(said)
