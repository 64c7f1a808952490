"""A study whose every name is an attack: no page runs it, follows it or asks another host for it."""

from __future__ import annotations

import dataclasses
from itertools import cycle

import pytest

from core.store.library import Library
from core.store.schema import Draft, Finding
from tests.browser import hands
from tests.store.drafts import small_draft

pytestmark = pytest.mark.browser
#: Each would set `window.harmed`, ask the address 192.0.2.1 (which nobody has) or lead to a script when followed.
ATTACKS = (
    '<img src="http://192.0.2.1/i" onerror="window.harmed=1">',
    "<script>window.harmed=1</script>",
    "![picture](http://192.0.2.1/m.png)",
    "[follow](javascript:window.harmed=1)",
    '<a href="javascript:window.harmed=1">follow</a>',
    "</textarea><svg onload=window.harmed=1>",
    '"><iframe src="http://192.0.2.1/f"></iframe>',
    "$\\href{javascript:window.harmed=1}{x}$ :material/delete: :red[x]",
)
NETWORK = "network.gamma=0&network.edge=0.05"
SECTIONS = {
    "Cohort": ("Baseline", "Mutations", "OncoPrint", "Patient flow", "Missing data", "Patients"),
    "Studies": ("Import report", "Attributes", "Features"),  # the other sections hold no word of the study
}
#: Everything that a browser would run, fetch or follow; an address may be a link that says where it leads.
DANGEROUS = """() => {
    const found = [];
    for (const each of document.querySelectorAll("*"))
        for (const {name, value} of each.attributes) {
            if (/^on(error|load)$/.test(name) || name === "srcdoc") found.push(`${each.tagName} ${name}=${value}`);
            if (!/^(href|src|xlink:href|action|data)$/.test(name) || value.startsWith("data:")) continue;
            const {protocol, host} = new URL(value, location.href);
            const plain = each.tagName === "A" && name === "href" && each.textContent === decodeURI(value);
            if (protocol === "javascript:" || (host === "192.0.2.1" && !plain))
                found.push(`${each.tagName} ${name}=${value}`);
        }
    return found;
}"""


def hostile(study: str) -> Draft:
    """The small study with an attack in every text, as an importer would hand it over."""
    draft, attacks = small_draft(), cycle(ATTACKS)

    def harm(text: str) -> str:
        return f"{text} {next(attacks)}"

    levels = {level: harm(level) for each in draft.attributes for level in each.levels}
    names = {each.name: harm(each.name) for each in draft.attributes}
    genes = {gene: harm(gene) for panel in draft.panels.values() for gene in panel}
    expressed = {gene: harm(gene) for gene in draft.expression.columns}
    (measured,) = draft.feature_sets
    features = {name: harm(name) for name in measured.names}
    settings = {name: harm(name) for name in measured.settings}
    replace = dataclasses.replace
    values = draft.values[measured.name].rename(columns=features)
    values.index = values.index.map(lambda row: (row[0], settings[row[1]]))
    values.index.names = ["patient_id", "setting"]
    texts = {name: harm(name) for name in ("description", "source", "licence", "citation")}
    set_name = harm(measured.name)
    panels = {name: harm(name) for name in draft.panels}
    return replace(
        draft,
        study=replace(draft.study, id=study, name=harm("Study"), **texts),
        attributes=[
            replace(
                each,
                name=names[each.name],
                label=harm(each.label),
                unit=harm("unit"),
                description=harm("text"),
                levels=tuple(levels[level] for level in each.levels),
            )
            for each in draft.attributes
        ],
        patients=draft.patients.replace(levels).rename(columns=names),
        endpoints=[replace(each, label=harm(each.label), origin=harm("origin")) for each in draft.endpoints],
        feature_sets=[
            replace(
                measured,
                name=set_name,
                label=harm("CT"),
                roi=harm("GTV"),
                settings=tuple(settings.values()),
                features=tuple(
                    replace(each, name=features[each.name], label=harm(each.label), unit=harm("mm"))
                    for each in measured.features
                ),
            )
        ],
        values={set_name: values},
        mutations=draft.mutations.replace({"gene": genes}),
        panels={panels[name]: tuple(genes[gene] for gene in panel) for name, panel in draft.panels.items()},
        patient_panels={patient: panels[name] for patient, name in draft.patient_panels.items()},
        expression=draft.expression.rename(columns=expressed),
        report=[Finding("W208", harm("Message."), harm("patients.csv"), harm("column"), 3, (2,), harm("Remedy."))],
    )


@pytest.fixture
def study(store_folder) -> str:
    library = Library(store_folder)
    if "hostile" not in {entry.id for entry in library.studies()}:
        library.publish(hostile("hostile"))
    return "study=hostile"


def unharmed(reader) -> None:
    """Nothing has run, nothing would run when followed; that no other host was asked, the fixture sees."""
    for summary in hands.main(reader).locator("summary").all():
        summary.click()
    reader.settled()
    for mark in reader.page.locator(".js-plotly-plot .point:visible").all()[:3]:
        mark.scroll_into_view_if_needed()
        place = mark.bounding_box()
        reader.page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    assert reader.page.evaluate("window.harmed") is None
    assert reader.page.evaluate(DANGEROUS) == []
    assert not reader.page.get_by_test_id("stException").count()
    assert not reader.outside


@pytest.mark.parametrize("name", ["", *hands.PAGES])
def test_hostile_names_stay_words(study, reader, name):
    chosen = f"&{NETWORK}&clusters.k=2&shift.draws=100" if name in ("Reproducibility", "Clusters") else ""
    reader.open(f"{name}?{study}{chosen}")
    assert "192.0.2.1" in reader.text()  # as words it is there
    unharmed(reader)
    for section in SECTIONS.get(name, ()):
        hands.tab(reader, section)
        unharmed(reader)


def test_hostile_values_chosen_as_filters_and_groups_stay_words(study, store_folder, reader):
    known = Library(store_folder).open("hostile").catalogue
    subsite = next(each for each in known.attributes.values() if each.role == "subsite")
    reader.open(f"Cohort?{study}")
    side = hands.sidebar(reader)
    shown = " ".join(side.inner_text().split()).replace("\u2060", "")
    for each in known.attributes.values():
        assert not each.role or each.label in shown
    hands.click_bar(reader, subsite.label, subsite.levels[0])
    hands.pick(reader, side, "Genes", known.mutation_genes[0])
    unharmed(reader)
    hands.says(reader, subsite.levels[0], known.mutation_genes[0])
    assert subsite.levels[0] in hands.address(reader)["where"].replace('\\"', '"').replace('""', '"')
    hands.door(reader, "Survival")
    unharmed(reader)
    reader.page.go_back()
    reader.settled()
    unharmed(reader)


def test_a_link_that_is_an_attack_is_refused_in_words(reader, study):
    attack = "".join(f"&where=a = '{text}'&{text}=1&survival.endpoint={text}" for text in ATTACKS[:3])
    page = reader.open(f"Survival?{study}{attack}".replace("#", "%23"))
    hands.says(reader, "This link cannot be shown as it is")
    assert page.evaluate("window.harmed") is None
    assert page.evaluate(DANGEROUS) == []
