"""The contract keeps what was released: held by CI, and proven by breaking it in every way that there is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorSet,
    ServiceDescriptorProto,
)
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from serving.errors import ContractError
from serving.protos import cli
from serving.protos.compatibility import breaks
from serving.protos.descriptors import present, release, released

CONTRACT = present()
FIELD = FieldDescriptorProto


def copy() -> FileDescriptorSet:
    return FileDescriptorSet.FromString(CONTRACT.SerializeToString())


def messages(files: FileDescriptorSet) -> list[DescriptorProto]:
    """Every message that a person wrote, those within others included."""
    found: list[DescriptorProto] = []

    def add(message: DescriptorProto) -> None:
        if not message.options.map_entry:
            found.append(message)
            for nested in message.nested_type:
                add(nested)

    for file in files.file:
        for message in file.message_type:
            add(message)
    return found


@st.composite
def fields(draw: st.DrawFn) -> tuple[FileDescriptorSet, DescriptorProto, FieldDescriptorProto]:
    """Return a copy of the contract, a message of it and one of its fields, to be changed."""
    files = copy()
    message = draw(st.sampled_from([each for each in messages(files) if each.field]))
    return files, message, draw(st.sampled_from(list(message.field)))


Fields = tuple[FileDescriptorSet, DescriptorProto, FieldDescriptorProto]


def test_the_contract_keeps_what_was_released() -> None:
    assert breaks(released(), present()) == []


def test_what_the_contract_holds_is_released() -> None:
    assert released() == present(), "run `tideline protos release`, and commit what it writes"


def test_the_contract_agrees_with_itself() -> None:
    assert breaks(CONTRACT, copy()) == []


@given(fields())
def test_a_renamed_field_is_found(given: Fields) -> None:
    files, _, field = given
    old = field.name
    field.name = f"{old}_2"
    assert any(f".{old} = {field.number} is renamed to {old}_2" in each for each in breaks(CONTRACT, files))


@given(fields(), st.sampled_from([FIELD.TYPE_BYTES, FIELD.TYPE_FIXED64, FIELD.TYPE_SINT32]))
def test_a_field_of_another_type_is_found(given: Fields, kind: FieldDescriptorProto.Type.ValueType) -> None:
    files, _, field = given
    field.type = kind
    field.ClearField("type_name")
    assert any(f".{field.name} = {field.number} changes its type" in each for each in breaks(CONTRACT, files))


@given(fields())
def test_a_field_of_another_message_type_is_found(given: Fields) -> None:
    files, _, field = given
    field.type, field.type_name = FIELD.TYPE_MESSAGE, ".recommender.v1.Strange"
    assert any(f".{field.name} = {field.number} changes its type" in each for each in breaks(CONTRACT, files))


@given(fields())
def test_a_field_of_another_number_is_found(given: Fields) -> None:
    files, _, field = given
    old = field.number
    field.number = 9999
    assert any(f".{field.name} = {old} is removed and its number" in each for each in breaks(CONTRACT, files))


@given(fields())
def test_a_number_that_is_used_again_is_found(given: Fields) -> None:
    """What was released with the number reserved may not give it to a field."""
    files, message, field = given
    before = copy()
    (there,) = [each for each in messages(before) if each == message][:1]
    number, name = field.number, field.name
    _remove(there, number)
    there.reserved_range.add(start=number, end=number + 1)
    there.reserved_name.append(name)
    found = breaks(before, files)
    assert any("uses a number again" in each for each in found)
    assert any("uses a name again" in each for each in found)
    assert any("not reserved any more" in each for each in found)


def _remove(message: DescriptorProto, number: int) -> None:
    kept = [field for field in message.field if field.number != number]
    del message.field[:]
    message.field.extend(kept)


@given(fields())
def test_a_removed_field_is_found_unless_number_and_name_are_reserved(given: Fields) -> None:
    files, message, field = given
    number, name = field.number, field.name
    _remove(message, number)
    assert len(breaks(CONTRACT, files)) == 2
    message.reserved_range.add(start=number, end=number + 1)
    assert ["name is not reserved" in each for each in breaks(CONTRACT, files)] == [True]
    message.reserved_name.append(name)
    assert breaks(CONTRACT, files) == []


@given(fields())
def test_a_field_that_becomes_a_list_or_stops_being_one_is_found(given: Fields) -> None:
    files, _, field = given
    many = field.label == FIELD.LABEL_REPEATED
    field.label = FIELD.LABEL_OPTIONAL if many else FIELD.LABEL_REPEATED
    assert any("repeated now" in each for each in breaks(CONTRACT, files))


@given(fields())
def test_a_field_that_becomes_optional_or_stops_being_it_is_found(given: Fields) -> None:
    files, _, field = given
    field.proto3_optional = not field.proto3_optional
    assert any("optional now" in each for each in breaks(CONTRACT, files))


@given(fields())
def test_a_field_that_moves_into_a_oneof_is_found(given: Fields) -> None:
    files, message, field = given
    message.oneof_decl.add(name="either")
    field.proto3_optional = False
    field.oneof_index = len(message.oneof_decl) - 1
    assert any("to either" in each for each in breaks(CONTRACT, files))


@given(fields())
def test_another_name_in_json_is_found(given: Fields) -> None:
    files, _, field = given
    field.json_name = "other"
    assert any("in JSON now" in each for each in breaks(CONTRACT, files))


@given(st.data())
def test_a_removed_message_is_found(data: st.DataObject) -> None:
    files = copy()
    file = data.draw(st.sampled_from([file for file in files.file if file.message_type]))
    place = data.draw(st.integers(0, len(file.message_type) - 1))
    name = f"{file.package}.{file.message_type[place].name}"
    del file.message_type[place]
    assert f"message {name} is removed" in breaks(CONTRACT, files)


@given(st.data())
def test_a_removed_service_or_method_is_found(data: st.DataObject) -> None:
    files = copy()
    file = data.draw(st.sampled_from([file for file in files.file if file.service]))
    service = file.service[0]
    name = f"{file.package}.{service.name}"
    method = data.draw(st.integers(0, len(service.method) - 1))
    gone = service.method[method].name
    del service.method[method]
    assert breaks(CONTRACT, files) == [f"method {name}.{gone} is removed"]
    del file.service[:]
    assert breaks(CONTRACT, files) == [f"service {name} is removed"]


def _streaming(files: FileDescriptorSet, side: str) -> str:
    method = _service(files).method[0]
    setattr(method, f"{side}_streaming", True)
    return f"streams {'requests' if side == 'client' else 'responses'} now"


def _other_type(files: FileDescriptorSet, side: str) -> str:
    setattr(_service(files).method[0], f"{side}_type", ".recommender.v1.Strange")
    return f"{'takes' if side == 'input' else 'returns'} recommender.v1.Strange now"


def _enum(files: FileDescriptorSet, change: str) -> str:
    (file,) = [file for file in files.file if file.name.endswith("health.proto")]
    (enum,) = [enum for message in file.message_type for enum in message.enum_type]
    value = enum.value[1]
    match change:
        case "renamed":
            value.name = "STATUS_FINE"
            return "STATUS_SERVING = 1 is renamed to STATUS_FINE"
        case "removed":
            enum.value.remove(value)
            return "STATUS_SERVING = 1 is removed and its number is not reserved"
        case _:
            for message in file.message_type:
                del message.enum_type[:]
            return "enum recommender_common.v1.HealthCheckResponse.Status is removed"


def _service(files: FileDescriptorSet) -> ServiceDescriptorProto:
    return next(file.service[0] for file in files.file if file.service)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (_streaming, "client"),
        (_streaming, "server"),
        (_other_type, "input"),
        (_other_type, "output"),
        (_enum, "renamed"),
        (_enum, "removed"),
        (_enum, "gone"),
    ],
)
def test_a_break_of_a_method_or_an_enum_is_found(change: Callable[[FileDescriptorSet, str], str], what: str) -> None:
    files = copy()
    expected = change(files, what)
    assert any(expected in each for each in breaks(CONTRACT, files))


@given(fields())
def test_what_is_added_breaks_nothing(given: Fields) -> None:
    files, message, _ = given
    message.field.add(name="new", number=9999, label=FIELD.LABEL_OPTIONAL, type=FIELD.TYPE_STRING)
    message.reserved_name.append("never")
    message.reserved_range.add(start=500, end=600)
    for file in files.file:
        file.message_type.add(name="New")
        file.enum_type.add(name="NewEnum")
        for service in file.service:
            service.method.add(name="New", input_type=".x", output_type=".y")
        file.service.add(name="NewService")
    assert breaks(CONTRACT, files) == []


def test_a_release_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "contract.textproto"
    assert released(path) == FileDescriptorSet()
    release(CONTRACT, path)
    assert released(path) == CONTRACT


@pytest.mark.parametrize("command", ["check", "release"])
def test_a_break_is_told_and_not_released(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    more = copy()
    more.file[0].message_type.add(name="Gone")
    monkeypatch.setattr(cli, "released", lambda: more)
    monkeypatch.setattr(cli, "release", lambda _: pytest.fail("it was released"))
    refused = CliRunner().invoke(cli.app, [command])
    assert isinstance(refused.exception, ContractError)
    assert "message recommender.v1.Gone is removed" in str(refused.exception)


def test_a_contract_that_keeps_all_is_checked() -> None:
    told = CliRunner().invoke(cli.app, ["check", "--json"])
    assert (told.exit_code, told.stdout) == (0, '{"breaks":[]}\n')
