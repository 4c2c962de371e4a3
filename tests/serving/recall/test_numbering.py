"""Numbering between a model and a catalogue."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from serving.models.kinds import ready
from serving.recall.numbering import Numbering, NumberingCache
from serving.views.catalogue import Catalogue
from tests.serving.models.shelves import recall_model

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
    loaded, cache = ready(recall_model("ease", ["a", "b", "c"])), NumberingCache()
    words = ["a", "b", "c"]
    part = catalogue_of(["a"])
    first = cache.of(loaded, words, part)
    assert cache.of(loaded, words, part) is first
    part.number("b")
    second = cache.of(loaded, words, part)
    assert second is not first
    part.number("c")
    whole = cache.of(loaded, words, part)
    part.number("d")
    assert cache.of(loaded, words, part) is whole  # it lacks nothing, whatever comes
    assert cache.of(loaded, words, catalogue_of(["c"])) is not whole
