"""Every method of every service of the roster, from the descriptors: a new one is in every test over them at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from serving.roster import SERVICES


class Method(NamedTuple):
    """One method."""

    service: str
    """Its service's name in the roster."""

    descriptor: MethodDescriptor

    def __str__(self) -> str:
        return f"{self.service}.{self.descriptor.name}"

    @property
    def path(self) -> str:
        return f"/{self.descriptor.containing_service.full_name}/{self.descriptor.name}"

    @property
    def names_a_tenant(self) -> bool:
        return "tenant_id" in self.descriptor.input_type.fields_by_name

    def request(self, tenant: str) -> Message:
        """Return a request that says whose it is, and nothing else."""
        made = GetMessageClass(self.descriptor.input_type)
        return made(tenant_id=tenant) if self.names_a_tenant else made()

    def response(self) -> Message:
        return GetMessageClass(self.descriptor.output_type)()

    def call(self, channel: grpc.aio.Channel, request: Message, metadata: Any = ()) -> grpc.aio.UnaryUnaryCall:
        answer = GetMessageClass(self.descriptor.output_type)
        stub = channel.unary_unary(
            self.path, request_serializer=type(request).SerializeToString, response_deserializer=answer.FromString
        )
        return stub(request, metadata=tuple(metadata), timeout=10)


METHODS: Final = [
    Method(name, descriptor)
    for name, service in SERVICES.items()
    for descriptor in Default().FindServiceByName(service.full_name).methods
    if descriptor.name != "HealthCheck"
]


@dataclass
class Recorder:
    """Answers every method of one service, and takes down the requests that reached it."""

    service: str
    reached: list[tuple[str, Message]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        method = next(each for each in METHODS if (each.service, each.descriptor.name) == (self.service, name))

        async def answer(request: Message, context: Any) -> Message:
            self.reached.append((name, request))
            return method.response()

        return answer
