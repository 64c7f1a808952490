"""Which endpoints compete: said in study.toml, or inferred from names that leave no doubt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import Refused
from core.store.build import build
from core.store.store import Store
from tests.store.sources.importing import codes, imported, the, understood

#: Ten patients: four die, of whom one had the failure before.
ROWS = [(100 + 10 * i, int(i < 4), 90 + i if i in (0, 7) else 95 + 10 * i, int(i in (0, 7))) for i in range(10)]


def table(*names: str, unit: str = "days", composite: bool = False) -> str:
    """A table with overall survival and these failures; a composite one counts each death as well."""
    header = ["patient_id", f"os_{unit}", "os_event", *(f"{name}_{part}" for name in names for part in (unit, "event"))]
    lines = [",".join(header)]
    for i, (died, dead, failed, failure) in enumerate(ROWS):
        if composite and dead and not failure:
            failed, failure = died, 1
        lines.append(",".join(map(str, [f"zq-{i:04d}", died, dead, *[failed, failure] * len(names)])))
    return "\n".join(lines) + "\n"


def competing(draft) -> dict[str, tuple[str, ...]]:
    return {one.name: one.competing for one in draft.endpoints if one.competing}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("lrc", "dm"), {"lrc": ("dm", "os"), "dm": ("lrc", "os")}),
        (("lri", "dmi"), {"lri": ("dmi", "os"), "dmi": ("lri", "os")}),
        (("lc", "rc", "dm"), {"lc": ("rc", "dm", "os"), "rc": ("lc", "dm", "os"), "dm": ("lc", "rc", "os")}),
        (("lrc", "lc", "dm"), {"lrc": ("dm", "os"), "dm": ("lrc", "os")}),
        (("dm",), {"dm": ("os",)}),
        (("ttp",), {"ttp": ("os",)}),
        (("pfs",), {}),
        (("dfs", "lrfs", "dmfs", "efs", "rfs", "dss"), {}),
    ],
)
def test_names_that_leave_no_doubt(tmp_path, names, expected):
    draft, notebook = imported(tmp_path, {"patients.csv": table(*names)})
    assert competing(draft) == expected
    notes = [one for one in notebook.findings if one.code == "I308"]
    assert len(notes) == len(expected)
    assert all("competing = [] under [endpoints." in one.remedy and one.severity == "note" for one in notes)


def test_without_deaths_or_where_each_death_is_an_event_nothing_is_inferred(tmp_path):
    draft, _ = imported(tmp_path / "a", {"patients.csv": table("lrc", composite=True)})
    assert competing(draft) == {}
    draft, _ = imported(tmp_path / "b", {"patients.csv": "patient_id,lrc_days,lrc_event\nzq-0001,10,1\n"})
    assert competing(draft) == {}


def test_other_units_and_origins_do_not_compete_by_themselves(tmp_path):
    toml = '[endpoints.lrc]\norigin = "surgery"\n'
    draft, _ = imported(tmp_path, {"patients.csv": table("lrc", "dm"), "study.toml": toml})
    assert competing(draft) == {"dm": ("os",)}


def test_what_is_said_rules_also_when_it_is_none(tmp_path):
    toml = '[endpoints.lrc]\ncompeting = ["os"]\n[endpoints.dm]\ncompeting = []\n'
    draft, notebook = imported(tmp_path, {"patients.csv": table("lrc", "dm"), "study.toml": toml})
    assert competing(draft) == {"lrc": ("os",)}
    assert "I308" not in codes(notebook)


def test_what_was_inferred_is_written_down_and_read_again(tmp_path):
    files = {"patients.csv": table("lrc", "dm")}
    text, _ = understood(tmp_path / "a", files)
    assert 'competing = ["dm", "os"]' in text and 'competing = ["lrc", "os"]' in text
    again, notebook = understood(tmp_path / "b", files | {"study.toml": text})
    assert 'competing = ["dm", "os"]  # as you wrote' in again
    assert "I308" not in codes(notebook)
    none = text.replace('competing = ["dm", "os"]', "competing = []")
    assert "competing = []  # as you wrote" in understood(tmp_path / "c", files | {"study.toml": none})[0]


@pytest.mark.parametrize(
    ("toml", "what"),
    [
        ('[endpoints.lrc]\ncompeting = ["death"]\n', "names death as a competing event, which is no endpoint"),
        ('[endpoints.lrc]\ncompeting = ["lrc"]\n', "names itself"),
        ('[endpoints.lrc]\ncompeting = ["os", "os"]\n', "names a competing event twice"),
        ('[endpoints.lrc]\nunit = "weeks"\ncompeting = ["os"]\n', "os is in another unit of time: days against weeks"),
        ('[endpoints.lrc]\norigin = "surgery"\ncompeting = ["os"]\n', "from another origin: none against 'surgery'"),
        ('[endpoints.lrc]\ncompeting = "os"\n', "not of the right kind"),
        ('[endpoints.lrc]\ncompetes = ["os"]\n', "has no key competes"),
    ],
)
def test_words_that_cannot_be_meant_are_refused(tmp_path, toml, what):
    draft, notebook = imported(tmp_path, {"patients.csv": table("lrc"), "study.toml": toml})
    assert draft is None
    finding = the(notebook, "E121")
    assert what in finding.message and finding.file == "study.toml" and finding.remedy


def test_an_endpoint_that_seems_to_contain_its_competing_event_is_warned_of(tmp_path):
    toml = '[endpoints.pfs]\ncompeting = ["os"]\n'
    files = {"patients.csv": table("pfs", composite=True), "study.toml": toml}
    draft, notebook = imported(tmp_path, files)
    assert competing(draft) == {"pfs": ("os",)}
    assert the(notebook, "W270").message.startswith("Everyone with the event of os has that of pfs by then")


def test_a_portal_study_may_say_it_too(tmp_path):
    patients = "PATIENT_ID\tOS_MONTHS\tOS_STATUS\tTTP_MONTHS\tTTP_STATUS\n"
    patients += "zq-1\t10\t1:DECEASED\t10\t0:CENSORED\nzq-2\t20\t0:LIVING\t12\t1:PROGRESSED\n"
    samples = "PATIENT_ID\tSAMPLE_ID\nzq-1\tzq-1-T\nzq-2\tzq-2-T\n"
    files = {"data_clinical_patient.txt": patients, "data_clinical_sample.txt": samples}
    files["meta_study.txt"] = "cancer_study_identifier: x\nname: X\ntype_of_cancer: hnsc\n"
    draft, notebook = imported(tmp_path / "a", files)
    assert competing(draft) == {"ttp": ("os",)} and the(notebook, "I308").count == 1
    files["study.toml"] = "[endpoints.ttp]\ncompeting = []\n"
    draft, notebook = imported(tmp_path / "b", files)
    assert competing(draft) == {} and "I308" not in codes(notebook)


def test_the_store_keeps_them_and_opens_editions_that_have_no_such_column(tmp_path):
    import duckdb

    draft, _ = imported(tmp_path / "study", {"patients.csv": table("lrc", "dm")})
    path = tmp_path / "edition.duckdb"
    build(draft, path)
    store = Store(path)
    assert {name: one.competing for name, one in store.catalogue.endpoints.items()} == {
        **{"os": (), "lrc": ("dm", "os")},
        "dm": ("lrc", "os"),
    }
    store.close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("ALTER TABLE endpoints DROP COLUMN competing")
    old = Store(path)
    assert [one.competing for one in old.catalogue.endpoints.values()] == [(), (), ()]
    old.close()


def test_a_draft_with_a_reference_that_leads_nowhere_is_not_built(tmp_path):
    draft, _ = imported(tmp_path / "study", {"patients.csv": table("lrc", "dm")})
    draft.endpoints[1] = replace(draft.endpoints[1], competing=("nowhere",))
    with pytest.raises(Refused, match="endpoint lrc: It names nowhere as a competing event, which is no endpoint"):
        build(draft, tmp_path / "edition.duckdb")
    assert not (tmp_path / "edition.duckdb").exists()
