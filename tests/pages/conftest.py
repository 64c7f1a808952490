"""Pages run without a browser, on a store with the demo and several odd studies."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest, app_test

from core.store.library import Library
from core.store.schema import MUTATIONS, OUTCOMES, Draft
from tests.conftest import ROOT
from tests.store.dosed import dosed_draft
from tests.store.drafts import small_draft


@pytest.fixture(scope="session")
def shelf(tmp_path_factory) -> Library:
    """Both demonstration studies, the small one, one of patients alone, one whose names are odd, one with doses."""
    from data.demo import demo
    from data.demo_ild import demo_ild

    library = Library(tmp_path_factory.mktemp("shelf"))
    for draft in (demo(), demo_ild(), small_draft(), bare_draft(), odd_draft(), dosed_draft()):
        library.publish(draft)
    return library


@pytest.fixture(scope="session", autouse=True)
def _nothing_left_behind():
    """AppTest keeps a folder until the interpreter ends, which then warns; nobody needs it that long."""
    yield
    app_test.TMP_DIR.cleanup()


@pytest.fixture
def visit(shelf, monkeypatch) -> Callable[..., AppTest]:
    """`visit("Cohort", study="small", where="...")`: the page of that link after its first run."""
    monkeypatch.setenv("COHORTSCOPE_STORE", str(shelf.folder))

    def open_link(page: str = "", **query: str) -> AppTest:
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        if page:
            (file,) = (ROOT / "pages").glob(f"[0-9]*_{page}.py")
            at.switch_page(f"pages/{file.name}")
        for name, value in query.items():
            at.query_params[name.replace("__", ".")] = value
        return at.run()

    return open_link


def bare_draft() -> Draft:
    """A study with patients and nothing else."""
    draft = small_draft()
    return dataclasses.replace(
        draft,
        study=dataclasses.replace(draft.study, id="bare", name="Bare study", synthetic=False, licence=""),
        endpoints=[],
        outcomes=pd.DataFrame(columns=OUTCOMES),
        feature_sets=[],
        values={},
        mutations=pd.DataFrame(columns=MUTATIONS),
        panels={},
        patient_panels={},
        expression=pd.DataFrame(),
        gene_sets=draft.gene_sets.iloc[:0],
        truth=draft.truth.iloc[:0],
    )


def odd_draft() -> Draft:
    """A study whose labels, levels and names would be markup, markdown or another script."""
    draft = small_draft()
    renamed = {"oropharynx": "口咽 <b>", "larynx": "*larynx* [x](y)", "oral cavity": 'or"al, cav:ity'}
    attributes = [
        dataclasses.replace(each, label="Sübsite: `_<i>_`", levels=tuple(renamed.values()))
        if each.name == "subsite"
        else each
        for each in draft.attributes
    ]
    patients = draft.patients.assign(subsite=draft.patients["subsite"].map(renamed).astype(object))
    return dataclasses.replace(
        draft,
        study=dataclasses.replace(draft.study, id="odd", name="Ödd *study* <script>"),
        attributes=attributes,
        patients=patients,
    )


def said(at: AppTest) -> str:
    """Everything a page says in words."""
    parts = [*at.markdown, *at.caption, *at.info, *at.warning, *at.error, *at.success, *at.title, *at.subheader]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")
