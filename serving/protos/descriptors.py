"""Descriptors: the contract as it is, from the generated code, and as it was released, from a file."""

import importlib
import pkgutil
from pathlib import Path
from typing import Final

from google.protobuf import text_format
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

import serving.api

RELEASED: Final = Path(__file__).parents[1] / "api" / "released" / "contract.textproto"
"""As text, so that a review sees what is released."""

_HEAD: Final = """\
# proto-file: google/protobuf/descriptor.proto
# proto-message: google.protobuf.FileDescriptorSet
#
# The contract as it was released. `tideline protos release` writes it; `tideline protos check` and a test hold what is
# to come to it.
"""


def present() -> FileDescriptorSet:
    """Return the contract as it is: each file of the generated code, by name."""
    found = FileDescriptorSet()
    for module in pkgutil.walk_packages(serving.api.__path__, f"{serving.api.__name__}."):
        if module.name.endswith("_pb2"):
            file = FileDescriptorProto()
            importlib.import_module(module.name).DESCRIPTOR.CopyToProto(file)
            found.file.append(file)
    found.file.sort(key=lambda file: str(file.name))
    return found


def released(path: Path = RELEASED) -> FileDescriptorSet:
    """Return the contract as it was released last; an empty one where there is none."""
    if not path.exists():
        return FileDescriptorSet()
    return text_format.Parse(path.read_text(), FileDescriptorSet())


def release(files: FileDescriptorSet, path: Path = RELEASED) -> None:
    """Let the contract be the released one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_HEAD + text_format.MessageToString(files))
