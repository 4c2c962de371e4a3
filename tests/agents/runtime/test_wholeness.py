"""Wholeness: what the log may lose unnoticed, and what it may not."""

from pathlib import Path
from unittest.mock import create_autospec

import pytest

from agents.errors import ChangelogLostError, SkippedError, SourceLostError
from agents.runtime.wholeness import check_changelog, check_source
from topics.budget import StoreBudget
from topics.offsets import LogOffsets, Partition
from topics.reader import Batch, LogReader
from topics.replica import Replica

PLACE = Partition("t", 1)


def offsets(start: int, end: int, source: str = "id") -> LogOffsets:
    asked: LogOffsets = create_autospec(LogOffsets, instance=True)
    asked.start.return_value = {PLACE: start}  # type: ignore[attr-defined]
    asked.end.return_value = {PLACE: end}  # type: ignore[attr-defined]
    asked.topic_id.return_value = source  # type: ignore[attr-defined]
    return asked


@pytest.fixture
def replica(tmp_path: Path) -> Replica:
    fresh = Replica.open(tmp_path / "replica", StoreBudget())
    fresh.wipe("id")
    return fresh


def reader(start: int, records: list[str]) -> LogReader:
    """Return a reader that finds these records in whatever gap it is asked for."""
    asked: LogReader = create_autospec(LogReader, instance=True)
    asked.offsets = offsets(start, 9)  # type: ignore[misc]
    asked.read.return_value = [Batch(PLACE, records, 7)]  # type: ignore[attr-defined]
    return asked


def test_deleted_events_are_missed() -> None:
    with pytest.raises(SourceLostError, match=r"t/1 begins at 7.*up to 5 only: 2 offsets"):
        check_source(reader(7, []), PLACE, wanted=5, offered=7)


def test_events_that_were_handed_to_nobody_are_missed() -> None:
    with pytest.raises(SkippedError, match="t/1: records 5 to 7"):
        check_source(reader(3, ["a record"]), PLACE, wanted=5, offered=7)


def test_a_gap_without_records_is_none() -> None:
    check_source(reader(3, []), PLACE, wanted=5, offered=7)


def test_an_event_that_is_offered_again_needs_no_question() -> None:
    asked = reader(9, ["a record"])
    check_source(asked, PLACE, wanted=5, offered=5)
    check_source(asked, PLACE, wanted=5, offered=2)
    asked.read.assert_not_called()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("position", "start", "end", "source", "says"),
    [
        (0, 4, 9, "id", "begins at 4"),
        (3, 4, 9, "id", "begins at 4"),
        (0, 9, 9, "id", "begins at 9"),
        (6, 0, 5, "id", "ends at 5"),
        (6, 0, 9, "another", "made anew"),
    ],
)
def test_a_changelog_that_lost_rows_is_refused(
    replica: Replica, position: int, start: int, end: int, source: str, says: str
) -> None:
    if position:
        replica.write((), position)
    asked = offsets(start, end, source)
    with pytest.raises(ChangelogLostError, match=f"t/1 .*{says}"):
        check_changelog(asked, PLACE, replica, committed=1)


def test_one_that_is_whole_again_will_do_where_the_source_is_read_from_its_beginning(replica: Replica) -> None:
    replica.write((), 6)
    check_changelog(offsets(0, 9, "another"), PLACE, replica, committed=0)
    check_changelog(offsets(0, 5), PLACE, replica, committed=0)
    with pytest.raises(ChangelogLostError, match="begins at 7"):
        check_changelog(offsets(7, 9), PLACE, replica, committed=0)


@pytest.mark.parametrize(("position", "start"), [(0, 0), (5, 0), (4, 4), (9, 4)])
def test_what_the_store_has_need_not_be_in_the_changelog(replica: Replica, position: int, start: int) -> None:
    if position:
        replica.write((), position)
    check_changelog(offsets(start, 9), PLACE, replica, committed=1)
