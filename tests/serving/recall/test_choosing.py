import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.models.numbering import Numbering
from serving.recall.choosing import best, best_known, first_allowed, proposal
from serving.views.catalogue import Catalogue

positions = st.tuples(st.integers(-3, 6) | st.floats(width=32), st.booleans())


@given(st.lists(positions, max_size=40), st.integers(0, 45))
def test_it_is_the_head_of_the_sorted_allowed_scores(rows: list[tuple[float, bool]], limit: int) -> None:
    scores, allowed = np.array([score for score, _ in rows], np.float32), np.array([fit for _, fit in rows], np.bool_)
    positive = [at for at in range(len(rows)) if allowed[at] and scores[at] > 0]
    expected = sorted(positive, key=lambda at: (-scores[at], at))
    assert best(scores, allowed, limit).tolist() == expected[:limit]


@given(st.lists(positions, max_size=20), st.integers(0, 25), st.integers(0, 25))
def test_a_proposal_is_of_what_both_know(rows: list[tuple[float, bool]], scored: int, known: int) -> None:
    scores = np.array([score for score, _ in rows], np.float64)[:scored]
    allowed = np.array([fit for _, fit in rows], np.bool_)[:known]
    found = proposal(scores, allowed, 5)
    assert (found.items < min(len(scores), len(allowed))).all()
    assert found.scores.tolist() == scores.astype(np.float32)[found.items].tolist()


def test_scores_that_hardly_differ_are_told_apart() -> None:
    scores = np.nextafter(np.float32(1), np.float32(2), dtype=np.float32) * np.array([1, 1, 1], np.float32)
    scores[1] = 1
    assert best(scores, np.ones(3, np.bool_), 2).tolist() == [0, 2]


@given(st.lists(st.integers(0, 9), max_size=20), st.lists(st.booleans(), max_size=8), st.integers(0, 25))
def test_the_first_that_are_allowed_are_found(items: list[int], allowed: list[bool], limit: int) -> None:
    found = first_allowed(np.array(items, np.int32), np.array(allowed, np.bool_), limit)
    expected = [at for at, item in enumerate(items) if item < len(allowed) and allowed[item]]
    assert found.tolist() == expected[:limit]


@given(st.lists(positions, max_size=9), st.lists(st.integers(0, 8), unique=True), st.integers(0, 9), st.data())
def test_of_a_model_those_are_proposed_that_the_catalogue_allows(
    rows: list[tuple[float, bool]], items: list[int], limit: int, data: st.DataObject
) -> None:
    catalogue = Catalogue()
    for item in items:
        catalogue.number(str(item))
    fit = np.array(data.draw(st.lists(st.booleans(), min_size=len(items), max_size=len(items))), np.bool_)
    scores = np.array([score for score, _ in rows], np.float32)
    numbering = Numbering.between([str(number) for number in range(len(rows))], catalogue)
    found = best_known(scores, numbering, fit, limit)
    known = [number for number in range(len(rows)) if number in items and fit[items.index(number)]]
    expected = sorted((number for number in known if scores[number] > 0), key=lambda at: (-scores[at], at))[:limit]
    assert catalogue.named(found.items) == [str(number) for number in expected]
    assert found.scores.tolist() == scores[expected].tolist()


def test_what_came_to_the_catalogue_since_is_not_allowed() -> None:
    catalogue = Catalogue()
    catalogue.number("a")
    catalogue.number("b")
    numbering = Numbering.between(["a", "b"], catalogue)
    assert best_known(np.ones(2, np.float32), numbering, np.ones(1, np.bool_), 2).items.tolist() == [0]


def test_as_many_scores_as_items_are_asked_for() -> None:
    with pytest.raises(ValueError, match="3 scores, of which 2"):
        best(np.ones(3, np.float32), np.ones(2, np.bool_), 1)
    with pytest.raises(ValueError, match="3 scores of 0 items"):
        best_known(np.ones(3, np.float32), Numbering.between([], Catalogue()), np.ones(0, np.bool_), 1)
