"""Numbering between a model and a catalogue."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from serving.models.kinds import Recall, ready
from serving.models.numbering import KnownItems, Numbering, known_items
from serving.views.catalogue import Catalogue
from tests.serving.models.shelves import recall_model
from training.artifact.model import Model

names = st.lists(st.sampled_from([f"i{number}" for number in range(9)]), unique=True)


def catalogue_of(items: list[str]) -> Catalogue:
    catalogue = Catalogue()
    for item in items:
        catalogue.number(item)
    return catalogue


@given(names, names)
def test_both_ways_name_the_same_items(words: list[str], items: list[str]) -> None:
    catalogue = catalogue_of(items)
    numbering = Numbering.between(words, catalogue)
    assert [catalogue.ids[number] for number in numbering.of_catalogue if number >= 0] == [
        word for word in words if word in items
    ]
    numbers = numbering.of_model(np.arange(len(items), dtype=np.int32))
    assert [words[number] if number >= 0 else None for number in numbers] == [
        item if item in words else None for item in items
    ]


def test_what_the_catalogue_has_since_is_not_known() -> None:
    catalogue = catalogue_of(["a"])
    numbering = Numbering.between(["a", "b"], catalogue)
    later = catalogue.number("b")
    assert numbering.of_model(np.array([0, later], np.int32)).tolist() == [0, -1]


def test_one_is_kept_while_it_is_true() -> None:
    known, part = KnownItems(["a", "b", "c"]), catalogue_of(["a"])
    first = known.numbering(part)
    assert known.numbering(part) is first
    part.number("b")
    second = known.numbering(part)
    assert second is not first
    part.number("c")
    whole = known.numbering(part)
    part.number("d")
    assert known.numbering(part) is whole  # it lacks nothing, whatever comes
    assert known.numbering(catalogue_of(["c"])) is not whole


def known(model: Model) -> KnownItems:
    recall = ready(model).ready
    assert isinstance(recall, Recall)
    return recall.items


def test_models_that_know_the_same_items_share_them_within_a_tenant() -> None:
    items = ["a", "b", "c"]
    ease, als = known(recall_model("ease", items)), known(recall_model("als", items))
    assert ease is als
    assert known(recall_model("ease", ["a", "b", "d"])) is not ease
    assert known(recall_model("ease", items, tenant="u")) is not ease
    assert known_items("t", ["ab", "c"]) is not known_items("t", ["a", "bc"])
