from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from serving.views.postings import Postings

WORDS = "abc"
changes = st.tuples(st.integers(0, 6), st.sets(st.sampled_from(WORDS)), st.booleans())


@given(st.lists(st.lists(changes, max_size=6), max_size=6))
def test_it_is_a_set_of_items_for_each_word(batches: list[list[tuple[int, set[str], bool]]]) -> None:
    postings = Postings()
    expected: defaultdict[str, set[int]] = defaultdict(set)
    for batch in batches:
        before = {word: postings[word].tolist() for word in WORDS}
        for item, words, present in batch:
            postings.change(item, words, present)
            for word in words:
                (expected[word].add if present else expected[word].discard)(item)
        assert {word: postings[word].tolist() for word in WORDS} == before, "nothing is visible before commit"
        postings.commit()
        assert {word: postings[word].tolist() for word in WORDS} == {word: sorted(expected[word]) for word in WORDS}
    assert len(postings) == sum(1 for items in expected.values() if items), "a word without items takes no memory"


def test_a_reader_keeps_what_it_took() -> None:
    postings = Postings()
    postings.change(1, "a", present=True)
    postings.commit()
    taken = postings["a"]
    postings.change(0, "a", present=True)
    postings.commit()
    assert taken.tolist() == [1]
