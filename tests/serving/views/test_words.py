import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.hashing import id_hash
from serving.views.words import Words, WordSets

SETS = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=5), max_size=30)


@given(st.lists(st.sampled_from(["", "a", "b", "c", "d"]), max_size=20))
def test_a_word_keeps_its_number_and_has_the_hash_of_all_processes(given_: list[str]) -> None:
    words = Words()
    numbers = [words.number(word) for word in given_]
    assert numbers == [words.get(word) for word in given_]
    assert len(words) == len({*given_} - {""})
    expected = [id_hash(word) if word else 0 for word in given_]
    assert words.hashes(np.array(numbers, np.int32)).tolist() == expected


@given(SETS)
def test_the_members_of_a_set_are_its_words_each_once(sets: list[list[str]]) -> None:
    words = Words()
    word_sets = WordSets(words)
    numbers = np.array([word_sets.number(each) for each in sets], np.int32)
    starts, counts, members = word_sets.columns(numbers)
    for each, number, start, count in zip(sets, numbers.tolist(), starts, counts, strict=True):
        unique = list(dict.fromkeys(each))
        assert list(word_sets.words(number)) == unique
        assert members[start : start + count].tolist() == [words.get(word) for word in unique]
    assert len(word_sets) == len({tuple(dict.fromkeys(each)) for each in sets} | {()})


def test_what_was_read_before_stays_while_words_come() -> None:
    word_sets = WordSets(Words())
    first = np.array([word_sets.number(["a", "b"])], np.int32)
    starts, counts, members = word_sets.columns(first)
    for number in range(3_000):
        word_sets.number([f"w{number}", "a"])
    assert members[starts[0] : starts[0] + counts[0]].tolist() == [0, 1]
    assert [len(column) for column in (starts, counts)] == [1, 1]
