"""Feature: one number that models read of each candidate, declared with all that it takes to read it rightly."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.features.moment import Moment


class Group(StrEnum):
    """What a feature speaks of."""

    USER = "user"
    ITEM = "item"
    CONTEXT = "context"
    CROSS = "cross"
    RECALL = "recall"


class Kind(StrEnum):
    """How a model has to read a feature."""

    DENSE = "dense"
    """A quantity."""

    BUCKET = "bucket"
    """A number from 0 to `buckets` - 1 that a word was hashed to."""

    CATEGORY = "category"
    """The position in `vocabulary`."""

    SEQUENCE = "sequence"
    """No number of a candidate but a list of item numbers; see `Sequence`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A number for each candidate of a moment."""

    dtype: ClassVar[str] = "float32"
    shape: ClassVar[tuple[int, ...]] = ()
    """Of a candidate's value."""

    name: str
    """The one name: in recipes, manifests, decision records and on the command line."""

    group: Group
    doc: str
    """What it says, in which unit."""

    compute: Callable[[Moment], NDArray[Any] | float]
    """Returns (N,), NaN where it is not known; or one number that holds for all candidates."""

    default: float = 0.0
    """Stands where the value is not known; within the range."""

    low: float = 0.0
    high: float = math.inf
    """No value lies outside."""

    kind: Kind = Kind.DENSE
    buckets: int = 0
    vocabulary: tuple[str, ...] = ()
    params: Mapping[str, float | str] = field(default_factory=dict)
    """What the computation depends on beyond the moment: windows, priors."""

    version: int = 1
    """To be raised whenever the computation changes in any other way; a test with stored values asks for it."""

    def values(self, moment: Moment) -> NDArray[np.float32]:
        """Return (N,) the candidates' values, NaN where one is not known."""
        values = np.empty(len(moment), np.float32)
        values[:] = self.compute(moment)
        return values

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that differ where the definition does; a model names those that it was trained on."""
        definition = (
            self.name,
            self.kind,
            self.version,
            sorted(self.params.items()),
            self.buckets,
            self.vocabulary,
            repr((self.default, self.low, self.high)),
        )
        return sha256(msgspec.json.encode(definition)).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """A list of item numbers that sequential models read of a moment; no column of the matrix."""

    dtype: ClassVar[str] = "int32"
    kind: ClassVar[Kind] = Kind.SEQUENCE
    default: ClassVar[int] = -1
    """Fills up what is shorter."""

    name: str
    group: Group
    doc: str
    length: int
    compute: Callable[[Moment], NDArray[np.int32]]
    """Returns item numbers, the latest first, at most `length` of them."""

    version: int = 1

    @property
    def shape(self) -> tuple[int, ...]:
        """(length,)."""
        return (self.length,)

    def values(self, moment: Moment) -> NDArray[np.int32]:
        """Return (length,) item numbers, the latest first, -1 after the last."""
        values = np.full(self.length, self.default, np.int32)
        items = self.compute(moment)
        values[: len(items)] = items
        return values

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that differ where the definition does."""
        return sha256(msgspec.json.encode((self.name, self.kind, self.version, self.length))).hexdigest()[:16]
