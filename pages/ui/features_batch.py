"""The Batch and Harmonisation sections: how much of the features is batch, and what ComBat does to it."""

from __future__ import annotations

import streamlit as st

from core.analyses.harmonised_result import Harmonised
from core.analyses.harmonised_words import WHY_NOT_PROTECTED
from pages.ui.frame import Page
from pages.ui.pictures import beside, pictures
from pages.ui.text import plain_text

PERCENT = st.column_config.NumberColumn(format="percent")
SMALL = st.column_config.NumberColumn(format="%.2g")
PINNED = {"Feature": st.column_config.TextColumn(pinned=True)}
VARIANCE = {
    "feature": "Feature", "family": "Family", "n": "n", "r2_adjusted": "Share", "f": "F", "p": "p", "q": "q",
    "note": "Remark",
}  # fmt: skip
SHARES = {
    "feature": "Feature", "family": "Family", "n": "n", "before": "Before", "q_before": "q before",
    "held_out": "After, held out", "q_held_out": "q after, held out", "note": "Remark",
}  # fmt: skip
INSIDE = """
What is shown here was learnt from all patients of the cohort, to be looked at. **A model that is validated must not be
given these values**: its test patients would have taken part in the fit. Harmonisation belongs inside the resampling,
learnt from the training patients of each fold. The Prediction page does so when a batch is chosen there. In code it is
a step of a scikit-learn pipeline,

```python
from core.stats.harmonise_transformer import CombatStep

make_pipeline(CombatStep(batch="centre", protected=("age",), unseen="pass"), StandardScaler(), LogisticRegression())
```

which is given the features with the batch and the protected covariates beside them. A patient of a batch that the
training patients did not teach, such as one of a left-out centre, is refused, or passes unchanged and is counted
(`unseen="pass"`). Nothing can be learnt about a new centre from the others.
"""


def batch(page: Page) -> None:
    """The share of batch in each feature, how well it is told, the patients, and the acquisition audit."""
    with st.container(horizontal=True, key="batch.choices"):
        page.controls("batch", "batch", "protect")
    result = page.ask("batch")
    if result is not None:
        _words(result.words)
        for state in result.states:
            st.info(plain_text(state))
        found = pictures(page, "batch", result)
        page.show(found["batch_variance"])
        beside(page, [found[name] for name in ("batch_patients", "batch_told") if name in found])
        _variance(page, result)
        left_out(result.left_out)
    _audit(page)
    with st.expander("Seed"):
        page.controls("batch", "seed")


def _words(words: tuple[str, ...]) -> None:
    headline, *rest = words
    st.markdown(f"**{plain_text(headline)}**")
    st.markdown("\n".join(f"* {plain_text(sentence)}" for sentence in rest))


def _variance(page: Page, result) -> None:
    table = result.table.sort_values("r2_adjusted", ascending=False, ignore_index=True)
    with st.expander("Every feature, and the families"):
        page.table(
            result.families.set_axis(["Family", "Features", "Median share", "q below 0.05"], axis=1),
            name="batch_families",
            caption="Adjusted share of variance; how many features of the family have a q below 0.05.",
            data=result.families,
            hide_index=True,
            height="content",
            column_config={"Median share": PERCENT},
        )
        page.table(
            table[list(VARIANCE)].rename(columns=VARIANCE),
            name="batch_features",
            caption="F test of nested linear models; q: Benjamini-Hochberg over all features tested.",
            data=table,
            hide_index=True,
            height=360,
            column_config=PINNED | {"Share": PERCENT, "p": SMALL, "q": SMALL, "F": SMALL},
        )


def left_out(table) -> None:
    """Who is not in it, and why."""
    if len(table):
        told = ", ".join(f"{row.n:,} {row.reason}" for row in table.itertuples())
        st.caption(plain_text(f"Patients with features who are not in it: {told}."))


def _audit(page: Page) -> None:
    result = page.ask("acquisition")
    if result is None:
        return
    st.markdown("**Acquisition audit**")
    if not len(result.table):
        st.info(
            "No attribute of this study says where or how the images were made. Import the centre, the scanner or the "
            "reconstruction with it."
        )
        return
    gaps = ", ".join(f"{row.n:,} without {row.label}" for row in result.missing.itertuples())
    gaps = f" {gaps}." if gaps else ""
    several = f" Feature set measured under {len(result.settings)} settings." if len(result.settings) > 1 else ""
    page.table(
        result.table.drop(columns="attribute").set_axis(["Attribute", "Level", "Patients", "With features"], axis=1),
        name="acquisition",
        caption=f"n = {result.n_cohort:,} in the cohort, {result.n_measured:,} with features.{gaps}{several}",
        data=result.table,
        hide_index=True,
        height="content" if len(result.table) <= 12 else 420,
    )


def harmonisation(page: Page) -> None:
    """ComBat of the batch: before and after, what is left of known effects, and how other analyses use it."""
    if page.analysis("batch") is None:
        page.ask("batch")
        return
    with st.container(horizontal=True, key="harmonise.batch.choices"):
        page.controls("batch", "batch", "protect")
        page.controls("harmonise", "outcome")
    st.caption(plain_text(WHY_NOT_PROTECTED))
    with st.expander("How it is fitted"), st.container(horizontal=True, key="harmonise.choices"):
        page.controls("harmonise", "priors", "mean_only", "fewest")
        page.controls("batch", "seed")
    result = page.ask("harmonise")
    if result is not None:
        _harmonised(page, result)
    with st.expander("How other analyses use it"):
        st.markdown(INSIDE)


def _harmonised(page: Page, result: Harmonised) -> None:
    _words(result.words)
    for state in result.states:
        st.info(plain_text(state))
    found = pictures(page, "harmonise", result)
    page.show(found["harmonise_shares"])
    beside(page, [found[name] for name in ("harmonise_before", "harmonise_after") if name in found])
    beside(page, [found[name] for name in ("harmonise_kept", "harmonise_created") if name in found])
    left_out(result.left_out)
    _tables(page, result)


def _tables(page: Page, result: Harmonised) -> None:
    with st.expander("Every feature, before and after"):
        shares = result.shares.sort_values("before", ascending=False, ignore_index=True)
        page.table(
            shares[list(SHARES)].rename(columns=SHARES),
            name="harmonise_features",
            caption=(
                "Adjusted share of variance that is batch. After, held out: patients harmonised by fits on others; "
                "what is left there is batch that was not learnt."
            ),
            data=shares,
            hide_index=True,
            height=360,
            column_config=PINNED
            | dict.fromkeys(("Before", "After, held out"), PERCENT)
            | dict.fromkeys(("q before", "q after, held out"), SMALL),
        )
    with st.expander("What was learnt: shift and scale of each batch"):
        effects = result.effects
        page.table(
            effects.set_axis(["Batch", "Feature", "Shift (SD)", "Scale"], axis=1),
            name="harmonise_effects",
            caption="Shrunken shift in pooled standard deviations, and ratio of standard deviations.",
            data=effects,
            hide_index=True,
            height=360,
            column_config={name: st.column_config.NumberColumn(format="%.3f") for name in ("Shift (SD)", "Scale")},
        )
    with st.expander("The harmonised values"):
        page.table(
            result.values.head(20).reset_index(names="Patient"),
            name="harmonised_values",
            caption=(
                f"The first 20 of {result.n:,} patients; the CSV holds all. Learnt from all of them: to be described, "
                "not to validate a model on."
            ),
            data=result.values.reset_index(),
            hide_index=True,
        )
