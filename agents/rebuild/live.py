"""The live generation, whose rows are copied: from where its copy goes on, and when it may be taken."""

import time
from collections.abc import Callable, Mapping
from threading import Event
from typing import Final

from agents.errors import RebuildError
from topics.catalog import ACCEPTED
from topics.generation import Generation
from topics.offsets import LogOffsets, Partition

PATIENCE_S: Final = 60.0
"""How long the workers of the live generation may do nothing before a copy of their rows is given up."""

_LOOK_S: Final = 0.25


def wait_for_workers(
    offsets: LogOffsets,
    live: Generation,
    group: str,
    tell: Callable[[int, int], None],
    stop: Event,
    patience_s: float = PATIENCE_S,
) -> bool:
    """Return when all that the live behaviour agent has passed on is folded into the items' rows, or on `stop`.

    Whoever copies rows first notes the offsets that the live group has committed of the events, then calls this, then
    reads the changelogs. So the rows hold every event before the noted offsets: a user's row since its batch was
    committed after it was written, and an item's row since the event was passed on before that commit, so it lies
    before the end that is asked for here. Copied without this, items' rows would lack events that their users' rows
    have and that nobody would ever pass on again. What the rows hold beyond the noted offsets does not matter: it is
    folded again, into rows that know by `applied` that they have it.

    Args:
        offsets: of the cluster.
        live: the generation that is copied.
        group: of its workers.
        tell: told how many of how many records are done.
        stop: ends the waiting.
        patience_s: how long to wait without any progress.

    Returns:
        Whether it is so; False on `stop`.

    Raises:
        RebuildError: the workers did nothing for `patience_s`.
    """
    ends = offsets.end(offsets.partitions(live.name(ACCEPTED)))
    first = left = _left(ends, offsets.committed(group))
    heard = time.monotonic()
    while left:
        tell(first - left, first)
        if stop.wait(_LOOK_S):
            return False
        before, left = left, _left(ends, offsets.committed(group))
        if left < before:
            heard = time.monotonic()
        elif time.monotonic() - heard > patience_s:
            raise RebuildError(
                f"{left} records of {live.name(ACCEPTED)} wait to be folded into the live tables, and the workers of "
                f"group {group} have done none for {patience_s:g} s: start `tideline worker`, or build the generation "
                "from the events, without --from-changelog"
            )
    return True


def _left(ends: Mapping[Partition, int], committed: Mapping[Partition, int]) -> int:
    return sum(max(0, end - committed.get(at, 0)) for at, end in ends.items())
