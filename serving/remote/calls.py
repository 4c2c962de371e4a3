"""Calls: the gRPC side of asking another process. Which process, and how its copies share the work, is discovery's."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, TypeAlias

import grpc

from serving.api.recommender.v1 import ranking_pb2_grpc, recall_pb2_grpc, reranking_pb2_grpc
from serving.bff.lines import RANKING, RECALL, RERANKING
from serving.bff.stages import Step
from serving.call import CREDENTIAL, REQUEST_ID
from serving.credentials import AUTHORIZATION, ClientSettings, aio_channel_to
from serving.discovery.addresses import Address
from serving.errors import CallError
from serving.interceptors.telemetry import REQUEST_ID_HEADER
from serving.remote.steps import Ask, RemoteRank, RemoteRecall, RemoteRerank

_METHODS: Final[Mapping[str, Callable[[grpc.aio.Channel], Any]]] = {
    RECALL: lambda channel: recall_pb2_grpc.RecallServiceStub(channel).MultiRecall,
    RANKING: lambda channel: ranking_pb2_grpc.RankingServiceStub(channel).Rank,
    RERANKING: lambda channel: reranking_pb2_grpc.RerankingServiceStub(channel).Rerank,
}
_STEPS: Final[Mapping[str, Callable[[Ask], Step]]] = {
    RECALL: RemoteRecall,
    RANKING: RemoteRank,
    RERANKING: RemoteRerank,
}
_MESSAGE_BYTES: Final = 4 << 20

Method: TypeAlias = Callable[..., Awaitable[Any]]


@asynccontextmanager
async def calls(addresses: Mapping[str, Address], client: ClientSettings) -> AsyncIterator[Mapping[str, Step]]:
    """Yield, by part, the step that calls the process at its address; connections are made when first needed.

    `client` says whether over TLS. Each call carries what the caller authorised itself with, and is judged anew there.
    """
    async with AsyncExitStack() as open_channels:
        steps = {}
        for name, address in addresses.items():
            channel = await open_channels.enter_async_context(channel_to(address, client))
            steps[name] = _STEPS[name](Asking(name, address, _METHODS[name](channel)))
        yield steps


def channel_to(address: Address, client: ClientSettings) -> grpc.aio.Channel:
    """Return a channel to the address; where copies of the process answer there, each call goes to the next one."""
    policy = "round_robin" if address.balanced else "pick_first"
    options = [
        ("grpc.service_config", json.dumps({"loadBalancingConfig": [{policy: {}}]})),
        ("grpc.max_receive_message_length", _MESSAGE_BYTES),
        # By default a process that was gone is looked for again after up to two minutes.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 1000),
        # Where a machine is gone without a word, the connection would be trusted for a quarter of an hour.
        ("grpc.keepalive_time_ms", 10_000),
        ("grpc.keepalive_timeout_ms", 1000),
    ]
    channel: grpc.aio.Channel = aio_channel_to(address.target, client, options)
    return channel


class Asking:
    """Asks one method until a moment, under the request id of the call that is being answered."""

    def __init__(self, name: str, address: Address, method: Method) -> None:
        """Take whom to ask; name and address are for what is told of a failure."""
        self._name = name
        self._address = address
        self._method = method

    async def __call__(self, message: Any, until: float) -> Any:
        """Return the answer; raise CallError if there is none by `until`, on the event loop's clock."""
        left = max(0.0, until - asyncio.get_running_loop().time())
        try:
            return await self._method(message, timeout=left, metadata=_metadata())
        except grpc.aio.AioRpcError as error:
            where = f"{self._name} at {self._address.target}"
            raise CallError(f"{where} answers {error.code().name}: {error.details()}") from error


def _metadata() -> Iterable[tuple[str, str]]:
    sent = CREDENTIAL.get()
    own = ((REQUEST_ID_HEADER, REQUEST_ID.get()),)
    return (*own, (AUTHORIZATION, sent)) if sent else own
