"""The contract: its generated code is up to date, every field is documented, and it agrees with the records."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorSet

from schemas.records import Action

ROOT = Path(__file__).parents[3]
PROTOS = sorted((ROOT / "serving" / "api").rglob("*.proto"))


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("proto")
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I", "."]
    command += [f"--{kind}_out={out}" for kind in ("python", "pyi", "grpc_python")]
    command += ["--include_source_info", f"--descriptor_set_out={out / 'descriptors'}"]
    subprocess.run([*command, *(str(path.relative_to(ROOT)) for path in PROTOS)], check=True, cwd=ROOT)
    return out


@pytest.mark.parametrize("proto", PROTOS, ids=lambda path: path.stem)
def test_generated_code_is_up_to_date(proto: Path, generated: Path) -> None:
    for suffix in ("_pb2.py", "_pb2.pyi", "_pb2_grpc.py"):
        committed = proto.with_name(proto.stem + suffix)
        fresh = generated / committed.relative_to(ROOT)
        assert committed.read_text() == fresh.read_text(), f"{committed.name} is stale: run `make proto`"


def test_every_field_and_method_is_documented(generated: Path) -> None:
    bare = []
    for file in FileDescriptorSet.FromString((generated / "descriptors").read_bytes()).file:
        documented = {tuple(place.path) for place in file.source_code_info.location if place.leading_comments}
        for i, service in enumerate(file.service):
            methods = enumerate(service.method)
            bare += [f"{service.name}.{m.name}" for j, m in methods if (6, i, 2, j) not in documented]
        for i, message in enumerate(file.message_type):
            bare += [name for name, path in _fields(message, (4, i)) if path not in documented]
    assert bare == []


def _fields(message: DescriptorProto, path: tuple[int, ...]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the name and path of each field: field number 2 of a message, 3 of it for the messages within."""
    for j, field in enumerate(message.field):
        yield f"{message.name}.{field.name}", (*path, 2, j)
    for j, nested in enumerate(message.nested_type):
        if not nested.options.map_entry:
            yield from _fields(nested, (*path, 3, j))


def test_the_contract_names_every_action() -> None:
    text = (ROOT / "serving/api/recommender/v1/behavior.proto").read_text()
    listed = text.split("// One of ")[1].split(". Required.")[0].replace("//", " ")
    known = {action.value for action in Action} - {Action.UNKNOWN.value}
    assert {word.strip() for word in listed.split(",")} == known
