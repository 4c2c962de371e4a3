"""Checkpoints of the training loop: everything that it needs to go on as if it had not stopped."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import safetensors
import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from training.errors import RunError, WriteError


class Epoch(msgspec.Struct, frozen=True):
    """What became of one pass over the examples."""

    loss: float
    """Mean over its steps."""

    metrics: dict[str, float]
    """Of the validation examples."""


class Position(msgspec.Struct):
    """Where the loop stands."""

    epoch: int = 0
    batch: int = 0
    """Batches of the epoch that are done."""

    loss: float = 0.0
    """Sum over them."""

    best_epoch: int = -1
    curve: list[Epoch] = []
    finished: bool = False


def write(path: Path, position: Position, tensors: Mapping[str, Tensor]) -> None:
    """Write a checkpoint in place of the one before; one file, so that both are of one moment.

    Raises WriteError if it cannot be written; the one before stands.
    """
    state = msgspec.json.encode(position).decode()
    content = safetensors.torch.save({name: each.contiguous() for name, each in tensors.items()}, {"position": state})
    write_file(path, content)


def read(path: Path) -> tuple[Position, dict[str, Tensor]] | None:
    """Return the checkpoint, None if there is none. Raises RunError if it is damaged."""
    if not path.exists():
        return None
    try:
        with safetensors.safe_open(path, "pt") as opened:
            position = msgspec.json.decode((opened.metadata() or {})["position"], type=Position)
            return position, {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 (no mapping)
    except (OSError, KeyError, SafetensorError, msgspec.DecodeError) as error:
        raise RunError(f"{path}: the checkpoint is damaged ({error}); delete it to start this member anew") from error


def write_file(path: Path, content: bytes) -> None:
    """Write the file whole or not at all. Raises WriteError if it cannot be written; what stood there stands."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise WriteError(f"{path}: {error.strerror}; make room, and go on with --resume") from error


def prefixed(prefix: str, tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tensors under `prefix/name`."""
    return {f"{prefix}/{name}": tensor for name, tensor in tensors.items()}


def under(prefix: str, tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the tensors that stand under `prefix/`, by their plain names."""
    return {name[len(prefix) + 1 :]: tensor for name, tensor in tensors.items() if name.startswith(f"{prefix}/")}
