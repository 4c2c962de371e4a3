"""How long after the broker's acknowledgement of an event the list that it changes is another one."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from deploy.demo.errors import NeverChangedError
from deploy.demo.stage import Stage
from schemas.records import BehaviorEvent
from serving.api.recommender.v1.recommendation_pb2 import RecommendResponse

POLL_S: Final = 0.002
TIMEOUT_S: Final = 20.0


async def milliseconds_until(
    stage: Stage,
    event: BehaviorEvent,
    changed: Callable[[RecommendResponse], bool],
    count: int,
    as_of_ms: int,
) -> float:
    """Send the event; return the time from its acknowledgement to the first whole answer for which `changed` holds.

    Args:
        stage: where to.
        event: what the user does.
        changed: whether the event shows in an answer. It should ask for what no other event can have caused.
        count: length of the list.
        as_of_ms: the moment that every list is asked for, so that no decay changes it.

    Raises:
        NeverChangedError: it did not hold for TIMEOUT_S.
    """
    await stage.track([event])
    acknowledged = time.perf_counter()
    while True:
        answer = await stage.client.recommend(event.user_id, count, as_of_ms)
        waited = time.perf_counter() - acknowledged
        if not answer.degraded and changed(answer):  # a degraded answer differs for a reason of its own
            return waited * 1000
        if waited > TIMEOUT_S:
            raise NeverChangedError(
                f"the list of {event.user_id} does not show the {event.action} of {event.item_id}, acknowledged "
                f"{waited:.0f} s ago; event id {event.event_id}"
            )
        await asyncio.sleep(POLL_S)
