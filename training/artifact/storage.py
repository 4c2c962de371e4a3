"""Models on disk: a folder with `manifest.json` and `weights.safetensors`."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from training.artifact.manifest import Manifest, TensorInfo
from training.artifact.model import Model
from training.errors import ArtifactError, ArtifactMismatchError, CorruptArtifactError

_MANIFEST: Final = "manifest.json"
_WEIGHTS: Final = "weights.safetensors"
_WORDS: Final = "words/"


def seal(model: Model) -> tuple[Manifest, bytes]:
    """Return the model's manifest with digest and tensors, and its weights' file; equal for equal models."""
    tensors: dict[str, NDArray[Any]] = {name: np.ascontiguousarray(each) for name, each in model.tensors.items()}
    infos = {name: TensorInfo(str(each.dtype), each.shape) for name, each in tensors.items()}
    for name, words in model.words.items():
        tensors[_WORDS + name] = np.frombuffer("\0".join(words).encode(), np.uint8)
    weights = safetensors.numpy.save(tensors)
    manifest = msgspec.structs.replace(
        model.manifest,
        tensors=infos,
        words={name: len(words) for name, words in model.words.items()},
        digest=hashlib.sha256(weights).hexdigest(),
    )
    return manifest, weights


def save(folder: Path, model: Model) -> Manifest:
    """Write the model, replacing what stands there, and return its manifest with digest and tensors.

    Raises ArtifactError if it cannot be written (a full disk); what stood there stands.
    """
    manifest, weights = seal(model)
    folder = folder.absolute()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as held:
            fresh, old = Path(held, "new"), Path(held, "old")
            fresh.mkdir()
            _write(fresh / _WEIGHTS, weights)
            _write(fresh / _MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
            if folder.exists():
                folder.rename(old)
            fresh.rename(folder)
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise ArtifactError(
            f"{folder}: the model cannot be written ({error.strerror}); make room and save it again"
        ) from error
    return manifest


def load(folder: Path, digest: str | None = None) -> Model:
    """Return the model in the folder.

    Raises CorruptArtifactError if a file is missing or damaged, a tensor is not as the manifest says or holds NaN, and
    ArtifactMismatchError if it has another digest.
    """
    manifest = read_manifest(folder)
    try:
        weights = (folder / _WEIGHTS).read_bytes()
        if hashlib.sha256(weights).hexdigest() != manifest.digest:
            raise CorruptArtifactError(f"{folder / _WEIGHTS}: it does not have the manifest's digest; copy it again")
        tensors = safetensors.numpy.load(weights)
    except (OSError, SafetensorError) as error:
        raise CorruptArtifactError(f"{folder}: {error}; copy the model again") from error
    _check(folder, manifest, tensors)
    if digest is not None and digest != manifest.digest:
        raise ArtifactMismatchError(f"{folder}: digest {manifest.digest}, not {digest}")
    words = {
        name: tensors.pop(_WORDS + name).tobytes().decode().split("\0") if count else []
        for name, count in manifest.words.items()
    }
    return Model(manifest, tensors, words)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the model in the folder; raise CorruptArtifactError if it is missing or damaged."""
    try:
        return msgspec.json.decode((folder / _MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise CorruptArtifactError(f"{folder}: {error}; copy the model again") from error


def _check(folder: Path, manifest: Manifest, tensors: Mapping[str, NDArray[Any]]) -> None:
    """Raise CorruptArtifactError unless the tensors are those of the manifest, and numbers."""
    found = {name: TensorInfo(str(each.dtype), each.shape) for name, each in tensors.items()}
    for name in manifest.words:
        found.pop(_WORDS + name, None)
    if found != manifest.tensors:
        other = sorted(name for name in {*found, *manifest.tensors} if found.get(name) != manifest.tensors.get(name))
        raise CorruptArtifactError(
            f"{folder}: tensors {', '.join(other)} have other shapes or types than the manifest says; copy it again"
        )
    for name, tensor in tensors.items():
        if tensor.dtype.kind == "f" and np.isnan(tensor).any():  # infinite ends edges
            raise CorruptArtifactError(f"{folder}: tensor {name} holds NaN; train the model again")


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
