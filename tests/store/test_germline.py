"""A germline variant is kept and listed, and is not a mutation of the tumour."""

from core.cohort import parse
from core.store.library import Library
from tests.store.drafts import small_draft


def test_a_germline_variant_alone_does_not_make_a_tumour_mutated(tmp_path):
    draft = small_draft()
    somatic = draft.mutations[draft.mutations["gene"] == "TP53"]
    patient = somatic["patient_id"].iloc[0]
    draft.mutations.loc[(draft.mutations["patient_id"] == patient) & (draft.mutations["gene"] == "TP53"), "origin"] = (
        "germline"
    )
    library = Library(tmp_path)
    library.publish(draft)
    store = library.open("small")
    assert patient in store.ids(parse("TP53 wild type"))
    assert patient not in store.ids(parse("TP53 mutated"))
    assert store.mutation_status(parse(""), ["TP53"]).loc[patient, "TP53"] == "wild type"
    listed = store.mutations(parse(""))
    assert "germline" in set(listed.loc[listed["patient_id"] == patient, "origin"])
