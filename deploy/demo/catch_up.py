"""Wait until what is in the log can be seen: folded by the worker, and read by the server."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

import grpc

from deploy.demo.child import Child
from deploy.demo.client import Client
from deploy.demo.errors import NotCaughtUpError
from topics.catalog import SOURCES
from topics.offsets import LogOffsets

POLL_S: Final = 0.05


class CatchUp:
    """Knows how far the worker's group and the server's views are."""

    def __init__(
        self, offsets: LogOffsets, group: str, client: Client, children: Sequence[Child], timeout_s: float
    ) -> None:
        """Take what to ask.

        Args:
            offsets: of the cluster.
            group: the worker's consumer group.
            client: of the server.
            children: worker and server; waiting ends when one of them does.
            timeout_s: how long `wait` waits at most.
        """
        self._offsets = offsets
        self._group = group
        self._client = client
        self._children = children
        self._timeout_s = timeout_s

    async def wait(self) -> None:
        """Return when the group has committed all of the source topics, and the server read all of the changelogs.

        The worker commits a batch only after the broker acknowledged the rows, so at lag 0 the changelogs are whole.

        Raises:
            ChildEndedError: the worker or the server has ended.
            NotCaughtUpError: they did not get there in time.
        """
        deadline = time.monotonic() + self._timeout_s
        while behind := await asyncio.to_thread(self._unfolded) or await self._unread():
            for child in self._children:
                child.check()
            if time.monotonic() > deadline:
                raise NotCaughtUpError(f"after {self._timeout_s:g} s still behind: {'; '.join(behind)}")
            await asyncio.sleep(POLL_S)

    def _unfolded(self) -> list[str]:
        lags = self._offsets.lag(self._group, [topic.name for topic in SOURCES])
        return [f"worker, {at.topic}/{at.number}: {lag.records} records" for at, lag in lags.items() if lag.records]

    async def _unread(self) -> list[str]:
        try:
            positions = await self._client.positions()
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:  # not one row of the tenant has arrived
                return [f"server: {error.details()}"]
            raise
        ends = await asyncio.to_thread(self._offsets.end, positions)
        return [
            f"server, {at.topic}/{at.number}: {ends[at] - position} records"
            for at, position in positions.items()
            if position < ends[at]
        ]
