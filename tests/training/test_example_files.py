"""Files of examples: what was written is read, in a stream, split by time."""

import resource
import signal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.training.planted import planted, written
from training.errors import ExamplesError, UnfitExamplesError, WriteError
from training.example_files import ExampleReader, ExampleWriter
from training.examples import HEADS, Examples, joined

same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)


def in_halves(path: Path, examples: Examples) -> None:
    half = len(examples) // 2
    with ExampleWriter(path, examples.features) as writer:
        writer.write(examples.take(np.arange(half)))
        writer.write(examples.take(np.arange(half, len(examples))))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    examples = planted(10, 3)
    found = joined(list(ExampleReader.open(written(tmp_path, examples)).batches(1000)))
    for column in ("values", "labels", "group", "time", "weight"):
        np.testing.assert_array_equal(getattr(found, column), getattr(examples, column))


@same_folder
@given(size=st.integers(1, 50), buffer=st.integers(1, 200), seed=st.integers(0, 9), epoch=st.integers(0, 3))
def test_shuffling_keeps_groups_whole_and_is_a_function_of_seed_and_epoch(
    tmp_path: Path, size: int, buffer: int, seed: int, epoch: int
) -> None:
    reader = ExampleReader.open(written(tmp_path, planted(12, 4)))
    one, other = (joined(list(reader.batches(size, shuffle_buffer=buffer, seed=seed, epoch=epoch))) for _ in range(2))
    np.testing.assert_array_equal(one.values, other.values)
    assert len(one.starts) - 1 == 12
    assert sorted(one.group.tolist()) == sorted(planted(12, 4).group.tolist())


def test_another_epoch_has_another_order(tmp_path: Path) -> None:
    reader = ExampleReader.open(written(tmp_path, planted(30, 2)))
    first, second = (joined(list(reader.batches(8, shuffle_buffer=100, epoch=epoch))) for epoch in (0, 1))
    assert first.group.tolist() != second.group.tolist()


@same_folder
@given(share=st.floats(0.01, 0.99), groups=st.integers(2, 20))
def test_validation_is_later_than_training(tmp_path: Path, share: float, groups: int) -> None:
    train, validation = ExampleReader.open(written(tmp_path, planted(groups, 3), batches=2)).split(share)
    before, after = joined(list(train.batches(7))), joined(list(validation.batches(7)))
    assert before.time.max() < after.time.min()
    assert len(before) + len(after) == groups * 3
    assert abs((len(after.starts) - 1) - share * groups) <= 1.5


def test_features_are_read_in_the_order_asked_for(tmp_path: Path) -> None:
    examples = planted(5, 2)
    reader = ExampleReader.open(written(tmp_path, examples)).of(("cross_match", "user_age"), HEADS)
    np.testing.assert_array_equal(joined(list(reader.batches(99))).values, examples.values[:, [3, 0]])


def test_a_folder_is_read_as_one(tmp_path: Path) -> None:
    for number in range(2):
        written(tmp_path, planted(4, 2)).rename(tmp_path / f"part-{number}.arrow")
    assert sum(len(each) for each in ExampleReader.open(tmp_path).batches(5)) == 16


def test_a_file_that_is_cut_short_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, planted(5, 2))
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ExamplesError, match=r"examples\.arrow"):
        ExampleReader.open(path)


@pytest.mark.parametrize("name", ["nothing.arrow", "."])
def test_nothing_there_says_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(ExamplesError, match="write"):
        ExampleReader.open(tmp_path / name)


def test_no_examples_and_one_time_cannot_be_split(tmp_path: Path) -> None:
    with pytest.raises(UnfitExamplesError, match="there are no examples"):
        ExampleReader.open(written(tmp_path, planted(2, 2).take(np.zeros(4, np.bool_)), 1)).split(0.1)
    with pytest.raises(UnfitExamplesError, match="one time"):
        ExampleReader.open(written(tmp_path, planted(1, 4), 1)).split(0.1)


def test_a_group_must_not_go_on_in_the_next_batch(tmp_path: Path) -> None:
    with pytest.raises(ExamplesError, match="goes on"):
        in_halves(tmp_path / "x.arrow", planted(1, 4))
    assert list(tmp_path.iterdir()) == []  # nothing half-written stays


def test_a_full_disk_says_so_and_leaves_the_file_before(tmp_path: Path) -> None:
    path = written(tmp_path, planted(5, 2))
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that the write fails instead of the process
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(WriteError, match="make room"):
            in_halves(path, planted(500, 2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == before
