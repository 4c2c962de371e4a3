"""No field of any request is without a limit: a text, list or map that is too large is refused by its name.

The cases are made from the descriptors, so a field that is added without a limit fails here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from serving.api.recommender.v1.admin_pb2 import CreateTenantRequest
from tests.serving.admin.administered import administered
from tests.serving.examples import EXAMPLES
from tests.serving.fakes import TENANT, FixedWorld, catalogue_of
from tests.serving.offline import offline
from tests.serving.roster_methods import METHODS, Method
from tests.serving.serving import MemoryProducer, refusal_of, served
from tests.serving.tenant_log import TenantLog

TOO_LONG: Final = 100_000
"""Characters: more than any field takes, and less than a message may have in all."""
TOO_MANY: Final = 20_000
_TEXTS: Final = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)


@dataclass
class Answering:
    """A server with the method's service, and what tells how much its calls have written."""

    channel: grpc.aio.Channel
    written: Callable[[], int]


@asynccontextmanager
async def answering(method: Method, folder: Path) -> AsyncIterator[Answering]:
    """Serve what answers the method: each service stands in the server that its own tests use."""
    if method.service in ("model", "feature", "vector"):
        async with offline(folder) as training:
            yield Answering(training.channel, lambda: len(training.log.events) + len(training.log.released))
    elif "Config" in method.descriptor.name:
        async with administered() as running:
            yield Answering(running.channel, lambda: len(running.written))
    else:
        producer, tenants = MemoryProducer(), TenantLog()
        await tenants.admin().CreateTenant(CreateTenantRequest(tenant_id=TENANT), None)
        created = len(tenants.written)
        async with served(FixedWorld(catalogue_of([True])), producer=producer, tenants=tenants) as serving:
            kept: tuple[list[Any], ...] = (producer.sent, producer.changes, producer.items, tenants.written)
            yield Answering(serving.channel, lambda: sum(map(len, kept)) - created)


def oversized(example: Message) -> Iterator[tuple[str, Message]]:
    """Yield copies of the request, each with one part that is too large, with the name of its field."""
    for path in paths(example.DESCRIPTOR):
        for made in enlarged(example, path):
            yield ".".join(field.name for field in path), made


def paths(kind: Any, above: tuple[FieldDescriptor, ...] = ()) -> Iterator[tuple[FieldDescriptor, ...]]:
    """Yield the way to each field that has a size: texts, lists and maps, in the messages within, too."""
    for field in kind.fields:
        if field.is_repeated or field.type in _TEXTS:
            yield (*above, field)
        if field.type == FieldDescriptor.TYPE_MESSAGE and not is_map(field):
            yield from paths(field.message_type, (*above, field))


def is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def enlarged(example: Message, path: tuple[FieldDescriptor, ...]) -> Iterator[Message]:
    field = path[-1]
    if is_map(field):
        for entries in ({f"k{n}": "v" for n in range(TOO_MANY)}, {"k" * TOO_LONG: "v"}, {"k": "v" * TOO_LONG}):
            made, at = copied(example, path)
            getattr(at, field.name).update(entries)
            yield made
        return
    if not field.is_repeated:
        made, at = copied(example, path)
        setattr(at, field.name, "x" * TOO_LONG)
        yield made
        return
    made, at = copied(example, path)
    elements: Any = getattr(at, field.name)
    is_number = field.type in (FieldDescriptor.TYPE_FLOAT, FieldDescriptor.TYPE_INT32)
    assert len(elements) or is_number, f"the example has nothing in {field.full_name}"
    elements.extend([elements[0] if len(elements) else 1] * TOO_MANY)
    yield made
    if field.type in _TEXTS:
        made, at = copied(example, path)
        getattr(at, field.name)[0] = "x" * TOO_LONG
        yield made


def copied(example: Message, path: tuple[FieldDescriptor, ...]) -> tuple[Message, Any]:
    """Return a copy of the request, and the message in it that holds the last field of the path."""
    made = type(example)()
    made.CopyFrom(example)
    at: Any = made
    for field in path[:-1]:
        at = getattr(at, field.name)
        at = at[0] if field.is_repeated else at
    return made, at


def test_every_method_has_an_example() -> None:
    assert sorted(map(str, METHODS)) == sorted(EXAMPLES), "tests/serving/examples.py needs a line for each method"


@pytest.mark.parametrize("method", METHODS, ids=str)
async def test_what_is_too_large_is_refused_by_its_name_and_nothing_is_written(method: Method, tmp_path: Path) -> None:
    async with answering(method, tmp_path) as running:
        for name, request in oversized(EXAMPLES[str(method)]):
            refusal = await refusal_of(method.call(running.channel, request))
            assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT, f"{name}: {refusal.text}"
            named = [part for part in name.split(".") if any(part in field for field in refusal.fields)]
            assert named, f"{name}: {refusal.fields}"
            assert len(refusal.text) < 1_000, "what is refused for its size is not sent back"
        assert running.written() == 0
        asked = method.call(running.channel, EXAMPLES[str(method)])
        # What it names may not be there, but its fields are those of a request.
        assert await asked.code() is not grpc.StatusCode.INVALID_ARGUMENT, await asked.details()
