"""Compatibility: what a change of the contract breaks, for clients and servers that were built with the released one.

A field may be removed if its number and its name are reserved: neither may ever mean anything else. All else that was
released stays: services, methods and their types, messages, fields, enums and their values.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
    ServiceDescriptorProto,
)


class Named(Protocol):
    """What has a name."""

    name: str


N = TypeVar("N", bound=Named)


class _Contract(NamedTuple):
    """Everything in a set of files by its full name."""

    messages: Mapping[str, DescriptorProto]
    enums: Mapping[str, EnumDescriptorProto]
    services: Mapping[str, ServiceDescriptorProto]

    @classmethod
    def of(cls, files: FileDescriptorSet) -> "_Contract":
        messages: dict[str, DescriptorProto] = {}
        enums: dict[str, EnumDescriptorProto] = {}
        services: dict[str, ServiceDescriptorProto] = {}

        def add(message: DescriptorProto, scope: str) -> None:
            name = f"{scope}.{message.name}"
            messages[name] = message
            enums.update({f"{name}.{enum.name}": enum for enum in message.enum_type})
            for nested in message.nested_type:
                add(nested, name)

        for file in files.file:
            for message in file.message_type:
                add(message, file.package)
            enums.update({f"{file.package}.{enum.name}": enum for enum in file.enum_type})
            services.update({f"{file.package}.{service.name}": service for service in file.service})
        return cls(messages, enums, services)


_Breaks: TypeAlias = Iterator[str]


def breaks(old: FileDescriptorSet, new: FileDescriptorSet) -> list[str]:
    """Return what of the old contract the new one breaks, a line each, in order; nothing if it keeps all of it."""
    before, after = _Contract.of(old), _Contract.of(new)
    found = [
        *_kept("message", before.messages, after.messages, _of_message),
        *_kept("enum", before.enums, after.enums, _of_enum),
        *_kept("service", before.services, after.services, _of_service),
    ]
    return sorted(found)


def _kept(kind: str, old: Mapping[str, N], new: Mapping[str, N], check: Callable[[str, N, N], _Breaks]) -> _Breaks:
    for name, was in old.items():
        if name in new:
            yield from check(name, was, new[name])
        else:
            yield f"{kind} {name} is removed"


def _of_message(path: str, old: DescriptorProto, new: DescriptorProto) -> _Breaks:
    reserved = [(each.start, each.end) for each in new.reserved_range]
    by_number = {field.number: field for field in new.field}
    for field in old.field:
        now = by_number.get(field.number)
        if now is None:
            yield from _removed(f"field {path}.{field.name}", field.number, field.name, reserved, new.reserved_name)
        else:
            yield from _of_field(path, _oneof(old, field), field, _oneof(new, now), now)
    was_reserved = [(each.start, each.end) for each in old.reserved_range]
    yield from _reserved(path, was_reserved, old.reserved_name, reserved, new.reserved_name, "field")
    yield from _reused(path, was_reserved, old.reserved_name, ((field.number, field.name) for field in new.field))


def _of_field(
    path: str, old_oneof: str, old: FieldDescriptorProto, new_oneof: str, new: FieldDescriptorProto
) -> _Breaks:
    field = f"field {path}.{old.name} = {old.number}"
    if new.name != old.name:
        yield f"{field} is renamed to {new.name}"
    if (new.type, new.type_name) != (old.type, old.type_name):
        yield f"{field} changes its type from {_type(old)} to {_type(new)}"
    if new.label != old.label:
        yield f"{field} is {'' if new.label == FieldDescriptorProto.LABEL_REPEATED else 'not '}repeated now"
    if new.proto3_optional != old.proto3_optional:
        yield f"{field} is {'' if new.proto3_optional else 'not '}optional now"
    if new_oneof != old_oneof:
        yield f"{field} moves from {old_oneof or 'no oneof'} to {new_oneof or 'no oneof'}"
    if new.json_name != old.json_name and new.name == old.name:
        yield f"{field} is called {new.json_name} in JSON now, not {old.json_name}"


def _of_enum(path: str, old: EnumDescriptorProto, new: EnumDescriptorProto) -> _Breaks:
    # Ranges of enums include their end.
    reserved = [(each.start, each.end + 1) for each in new.reserved_range]
    by_number: dict[int, set[str]] = {}
    for value in new.value:
        by_number.setdefault(value.number, set()).add(value.name)
    for value in old.value:
        names = by_number.get(value.number)
        if names is None:
            yield from _removed(f"value {path}.{value.name}", value.number, value.name, reserved, new.reserved_name)
        elif value.name not in names:
            yield f"value {path}.{value.name} = {value.number} is renamed to {', '.join(sorted(names))}"
    was_reserved = [(each.start, each.end + 1) for each in old.reserved_range]
    yield from _reserved(path, was_reserved, old.reserved_name, reserved, new.reserved_name, "value")
    yield from _reused(path, was_reserved, old.reserved_name, ((value.number, value.name) for value in new.value))


def _of_service(path: str, old: ServiceDescriptorProto, new: ServiceDescriptorProto) -> _Breaks:
    methods = {method.name: method for method in new.method}
    for method in old.method:
        now = methods.get(method.name)
        if now is None:
            yield f"method {path}.{method.name} is removed"
        else:
            yield from _of_method(f"method {path}.{method.name}", method, now)


def _of_method(method: str, old: MethodDescriptorProto, new: MethodDescriptorProto) -> _Breaks:
    if new.input_type != old.input_type:
        yield f"{method} takes {new.input_type[1:]} now, not {old.input_type[1:]}"
    if new.output_type != old.output_type:
        yield f"{method} returns {new.output_type[1:]} now, not {old.output_type[1:]}"
    if new.client_streaming != old.client_streaming:
        yield f"{method} {'streams' if new.client_streaming else 'does not stream'} requests now"
    if new.server_streaming != old.server_streaming:
        yield f"{method} {'streams' if new.server_streaming else 'does not stream'} responses now"


def _removed(what: str, number: int, name: str, ranges: Iterable[tuple[int, int]], names: Collection[str]) -> _Breaks:
    if not _within(number, ranges):
        yield f"{what} = {number} is removed and its number is not reserved"
    if name not in names:
        yield f"{what} = {number} is removed and its name is not reserved"


def _reserved(
    path: str,
    old_ranges: Iterable[tuple[int, int]],
    old_names: Iterable[str],
    ranges: list[tuple[int, int]],
    names: Collection[str],
    kind: str,
) -> _Breaks:
    """Yield what is not reserved any more."""
    for start, end in old_ranges:
        if not any(first <= start and end <= last for first, last in ranges):
            yield f"{kind} numbers {start} to {end - 1} of {path} are not reserved any more"
    for name in old_names:
        if name not in names:
            yield f"{kind} name {name} of {path} is not reserved any more"


def _reused(
    path: str, ranges: list[tuple[int, int]], names: Collection[str], now: Iterable[tuple[int, str]]
) -> _Breaks:
    """Yield what means something again."""
    for number, name in now:
        if _within(number, ranges):
            yield f"{path}.{name} = {number} uses a number again that was reserved"
        if name in names:
            yield f"{path}.{name} = {number} uses a name again that was reserved"


def _within(number: int, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(start <= number < end for start, end in ranges)


def _oneof(message: DescriptorProto, field: FieldDescriptorProto) -> str:
    """Return the name of the oneof that the field stands in; an optional field's own does not count."""
    if field.proto3_optional or not field.HasField("oneof_index"):
        return ""
    return str(message.oneof_decl[field.oneof_index].name)


def _type(field: FieldDescriptorProto) -> str:
    kind: str = FieldDescriptorProto.Type.Name(field.type)
    return field.type_name[1:] or kind.removeprefix("TYPE_").lower()
