"""RowCache: lately used rows of all tables of the process, decoded, within one budget."""

from itertools import count
from threading import Lock
from typing import Any, Final

Place = tuple[int, bytes]
"""A space of the cache, and a key in it."""

_ENTRY_BYTES: Final = 500
"""What a small row takes besides its bytes: its object, dictionaries, its key."""


class RowCache:
    """Keeps what was used since the last but one time that half of the budget was spent; threads may share it.

    Two halves instead of a list in the order of use: using a row costs one or two look-ups and no lock, and what is
    used often is never among those that go.
    """

    def __init__(self, most_bytes: int) -> None:
        """Make the cache; `most_bytes` are of the rows as they are encoded, decoded they take about thrice as much."""
        self._half = most_bytes // 2
        self._spaces = count()
        self._young: dict[Place, tuple[Any, int]] = {}
        self._old: dict[Place, tuple[Any, int]] = {}
        self._spent = 0
        self._turning = Lock()

    def space(self) -> int:
        """Return a number for keys of their own. What is in a space that nobody uses any more goes by itself."""
        return next(self._spaces)

    def get(self, place: Place) -> Any | None:
        """Return the row, None if it is not kept."""
        entry = self._young.get(place)
        if entry is None:
            entry = self._old.get(place)
            if entry is None:
                return None
            self.put(place, *entry)
        return entry[0]

    def put(self, place: Place, row: Any, size: int) -> None:
        """Keep the row, of so many encoded bytes."""
        if size > self._half:
            self._young.pop(place, None)
            self._old.pop(place, None)
            return
        known = self._young.get(place)
        self._young[place] = (row, size)
        # A count that another thread's meets may be lost: the budget is soft.
        self._spent += size + _ENTRY_BYTES if known is None else size - known[1]
        if self._spent > self._half:
            with self._turning:
                if self._spent > self._half:
                    self._young, self._old, self._spent = {}, self._young, 0
