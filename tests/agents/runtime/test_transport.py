"""The transport: what a rebalance in the middle of a fetch does."""

from typing import Any
from unittest.mock import AsyncMock

import pytest
from aiokafka.errors import IllegalStateError

from agents.runtime.transport import BatchConsumer


class Interrupted(BatchConsumer):
    """A consumer whose fetch ends when a rebalance has begun."""

    should_stop = False
    flow_active = False

    def __init__(self, seek: AsyncMock) -> None:
        self.perform_seek = seek

    async def _wait_next_records(self, timeout: float) -> Any:  # noqa: ASYNC109  # Faust's signature
        return {"a partition": ["a record"]}, None


@pytest.mark.parametrize("error", [None, IllegalStateError("No current assignment for partition")])
async def test_what_a_fetch_brings_during_a_rebalance_is_forgotten(error: Exception | None) -> None:
    seek = AsyncMock(side_effect=error)
    assert [message async for message in Interrupted(seek).getmany(1.0)] == []
    seek.assert_awaited_once()
