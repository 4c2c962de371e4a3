"""The log of jobs: whenever it is asked, the answer is that of the whole log, of which nothing is read twice."""

from collections.abc import Sequence
from typing import Any

import pytest
from confluent_kafka import Message
from hypothesis import given
from hypothesis import strategies as st

from schemas.loading import local_codecs
from schemas.model_records import JobEvent
from tests.model_strategies import job_events
from tests.topics.logbook import message, reader_over
from topics.catalog import JOBS
from topics.errors import UnknownJobError
from topics.jobs.board import Board
from topics.jobs.log import SUBJECTS, JobReader
from topics.offsets import Partition

CODECS = local_codecs(SUBJECTS)
PARTITIONS = 2


class Growing:
    """A log in memory that grows."""

    def __init__(self) -> None:
        self.records: dict[Partition, list[Message]] = {Partition(JOBS.name, n): [] for n in range(PARTITIONS)}
        self.log: Any = reader_over(self.records, PARTITIONS)
        self.jobs = JobReader(self.log, CODECS)
        self.count = 0

    def write(self, event: JobEvent) -> None:
        parcel = self.jobs.parcel(event)
        at = Partition(JOBS.name, parcel.key[-1] % PARTITIONS)
        kept = self.records[at]
        kept.append(message(at, len(kept), parcel.key, parcel.value, timestamp=self.count))
        self.count += 1

    @property
    def read(self) -> int:
        """How many records were read."""
        calls = [call.args for call in self.log.read.call_args_list]
        return sum(max(until[at] - start[at], 0) for start, until in calls for at in start)


@given(st.lists(job_events(), max_size=20), st.sets(st.integers(0, 20)))
def test_whenever_it_is_asked_it_tells_the_whole_log(events: Sequence[JobEvent], asked: set[int]) -> None:
    growing, board = Growing(), Board()
    for place, event in enumerate(events):
        growing.write(event)
        board.take(event, place)
        if place in asked:
            told = {
                (job.tenant, job.id): job
                for tenant in ("t1", "t2", event.tenant_id)
                for job in growing.jobs.of(tenant)
            }
            assert told.items() <= board.jobs.items()
            assert {at for at in board.jobs if at[0] == event.tenant_id} <= told.keys()
    for (tenant, job_id), job in board.jobs.items():
        assert growing.jobs.job(tenant, job_id) == job
    assert growing.read <= len(events)


@given(st.lists(job_events(), min_size=1, max_size=20))
def test_another_tenants_job_is_none(events: Sequence[JobEvent]) -> None:
    growing = Growing()
    for event in events:
        growing.write(event)
    assert growing.jobs.of("stranger") == []
    for event in events:
        assert growing.jobs.find("stranger", event.job_id) is None
        with pytest.raises(UnknownJobError, match="has no job"):
            growing.jobs.job("stranger", event.job_id)
