"""Model: a manifest and the tensors that it describes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from training.artifact.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model, as serving holds it."""

    manifest: Manifest
    tensors: Mapping[str, NDArray[Any]]
    words: Mapping[str, list[str]] = field(default_factory=dict)
    """Lists of words by name: item ids by number, for one."""
