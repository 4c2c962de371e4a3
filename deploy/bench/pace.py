"""Pace: how fast a group of workers goes through the log, told from outside by what it commits."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from deploy.bench.errors import NotDoneError, TooFewEventsError
from deploy.bench.rig import Rig
from deploy.demo.child import Child
from topics.topic import Topic

POLL_S: Final = 0.1
TIMEOUT_S: Final = 900.0


class Sample(NamedTuple):
    """How far a group was at one moment, by its commits."""

    at: float
    """Seconds, of any clock that never goes back."""

    begun: int
    """Events that were through the first agent at least."""

    done: int
    """Events that were through all agents."""


def events_per_s(samples: Sequence[Sample], events: int) -> float:
    """Return the pace from the first sample in which something was done to the first in which all was.

    What the first of them had done already is not counted. Where that was all, the sample before it is taken.

    Args:
        samples: in the order of time; the last one has everything done.
        events: how many there were in all.

    Raises:
        TooFewEventsError: there was no sample before the end.
    """
    begun = next(index for index, sample in enumerate(samples) if sample.begun)
    end = next(index for index, sample in enumerate(samples) if sample.done >= events)
    first = min(begun, end - 1)
    if first < 0:
        raise TooFewEventsError(f"all of {events} events were folded before the clock could be read twice")
    return (events - samples[first].done) / (samples[end].at - samples[first].at)


async def watch(rig: Rig, group: str, topics: Sequence[Topic], events: int, workers: Sequence[Child]) -> float:
    """Return the events a second that the workers fold, once all of them have joined and until all is done.

    Args:
        rig: where they run.
        group: their consumer group.
        topics: what they read, the log itself first.
        events: how many the log holds.
        workers: started already.

    Raises:
        ChildEndedError: a worker ended.
        NotDoneError: they did not get through in time.
        TooFewEventsError: they were through before they could be watched.
    """
    deadline = time.monotonic() + TIMEOUT_S
    while await asyncio.to_thread(rig.members, group) < len(workers):
        await _pause(workers, deadline)
    samples: list[Sample] = []
    while not samples or samples[-1].done < events:
        samples.append(await asyncio.to_thread(_sample, rig, group, topics, events))
        await _pause(workers, deadline)
    return events_per_s(samples, events)


def _sample(rig: Rig, group: str, topics: Sequence[Topic], events: int) -> Sample:
    """Ask the broker. Not what is committed is counted, but what still lags: a batch that was cut off in a rebalance
    sends its events on twice, and a topic then holds more than there were."""
    lags = rig.reader.offsets.lag(group, [topic.name for topic in topics])
    waiting = {topic.name: sum(lag.records for at, lag in lags.items() if at.topic == topic.name) for topic in topics}
    return Sample(time.perf_counter(), events - waiting[topics[0].name], events - sum(waiting.values()))


async def _pause(workers: Sequence[Child], deadline: float) -> None:
    for worker in workers:
        worker.check()
    if time.monotonic() > deadline:
        raise NotDoneError(f"the log was not folded within {TIMEOUT_S:g} s")
    await asyncio.sleep(POLL_S)
