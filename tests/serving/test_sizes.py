"""No field of any request is without a limit: a text, list or map that is too large is refused by its name.

The cases are made from the descriptors, so a field that is added without a limit fails here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from serving.admin.tenants import TenantAdmin
from serving.api.recommender.v1.admin_pb2 import CreateTenantRequest
from serving.api.recommender.v1.admin_pb2_grpc import AdminServiceServicer
from tests.serving.examples import EXAMPLES
from tests.serving.fakes import TENANT, FixedWorld, catalogue_of
from tests.serving.roster_methods import METHODS, Method
from tests.serving.serving import MemoryProducer, refusal_of, served
from tests.serving.tenant_log import TenantLog

TOO_LONG: Final = 100_000
"""Characters: more than any field takes, and less than a message may have in all."""
TOO_MANY: Final = 20_000
_TEXTS: Final = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)


def implemented(method: Method) -> bool:
    """Tell whether the service that is tested answers the method, or leaves it to another part of it."""
    name = method.descriptor.name
    return method.service != "admin" or getattr(TenantAdmin, name) is not getattr(AdminServiceServicer, name)


HERE: Final = [method for method in METHODS if implemented(method)]


def oversized(example: Message) -> Iterator[tuple[str, Message]]:
    """Yield copies of the request, each with one part that is too large, with the name of its field."""
    for path in paths(example.DESCRIPTOR):
        for made in enlarged(example, path):
            yield path[-1].name, made


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
    assert len(elements), f"the example has nothing in {field.full_name}"
    elements.extend([elements[0]] * TOO_MANY)
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
    assert sorted(map(str, HERE)) == sorted(EXAMPLES), "tests/serving/examples.py needs a line for each method"


@pytest.mark.parametrize("method", HERE, ids=str)
async def test_what_is_too_large_is_refused_by_its_name_and_nothing_is_written(method: Method) -> None:
    producer, tenants = MemoryProducer(), TenantLog()
    async with served(FixedWorld(catalogue_of([True])), producer=producer, tenants=tenants) as running:
        admin = tenants.admin()
        await admin.CreateTenant(CreateTenantRequest(tenant_id=TENANT), None)
        for name, request in oversized(EXAMPLES[str(method)]):
            refusal = await refusal_of(method.call(running.channel, request))
            assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT, f"{name}: {refusal.text}"
            assert any(name in field for field in refusal.fields), f"{name}: {refusal.fields}"
            assert len(refusal.text) < 1_000, "what is refused for its size is not sent back"
        assert (producer.sent, producer.changes, len(tenants.written)) == ([], [], 1)
        await method.call(running.channel, EXAMPLES[str(method)])
