"""Cache: what was made of stored rows stays as long as the rows do."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class VersionedCache(Generic[T]):
    """Holds the values that were used last, each for as long as its version stands. Threads may share it."""

    def __init__(self, most: int) -> None:
        """Make a cache of at most so many values; of none it makes each anew."""
        self._most = most
        self._held: OrderedDict[bytes, tuple[Hashable, T]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._held)

    def of(
        self, key: bytes, version: Hashable, make: Callable[[], T], valid: Callable[[T], bool] = lambda value: True
    ) -> T:
        """Return the value of the key: the one held, if it was made of this version, or else what `make` returns.

        The version is to be taken before, so that a value is at least as new as its version says. What is held counts
        only where it is still `valid`.
        """
        with self._lock:
            if (held := self._current(key, version, valid)) is not None:
                return held[1]
        value = make()
        with self._lock:
            self._keep(key, version, value)
        return value

    def of_all(
        self,
        asked: Sequence[tuple[bytes, Hashable]],
        make: Callable[[bytes], T],
        valid: Callable[[T], bool] = lambda value: True,
    ) -> list[T]:
        """Return the value of each key as of its version, as `of` does; of many, in half the time."""
        with self._lock:
            found = [self._current(key, version, valid) for key, version in asked]
        return [
            self.of(key, version, partial(make, key), valid) if held is None else held[1]
            for held, (key, version) in zip(found, asked, strict=True)
        ]

    def _current(self, key: bytes, version: Hashable, valid: Callable[[T], bool]) -> tuple[Hashable, T] | None:
        held = self._held.get(key)
        if held is None or held[0] != version or not valid(held[1]):
            return None
        if 2 * len(self._held) > self._most:  # before, nothing has to go soon: not worth noting what was used last
            self._held.move_to_end(key)
        return held

    def _keep(self, key: bytes, version: Hashable, value: T) -> None:
        self._held[key] = version, value
        self._held.move_to_end(key)
        if len(self._held) > self._most:
            self._held.popitem(last=False)
