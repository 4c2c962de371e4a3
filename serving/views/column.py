"""Column: a numpy array that grows at its end while others read it."""

from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

S = TypeVar("S", bound=np.generic)
_FIRST_SIZE: Final = 1024


class Column(Generic[S]):
    """Values by row number, written by one thread and read by any without a lock.

    Growing doubles the array, so that a million rows cost twenty copies; a reader that took `head` before goes on
    with the old array, of which no row moves.
    """

    __slots__ = ("_data", "_empty")

    def __init__(self, dtype: DTypeLike, empty: Any, width: int | None = None) -> None:
        """Make a column of `empty` values; of rows of `width` values each where a width is given."""
        shape = _FIRST_SIZE if width is None else (_FIRST_SIZE, width)
        self._empty = empty
        self._data: NDArray[S] = np.full(shape, empty, dtype)

    def reserve(self, rows: int) -> None:
        """Make room for rows 0 to `rows` - 1; to be done before any reader learns of them."""
        if rows > len(self._data):
            shape = (max(rows, 2 * len(self._data)), *self._data.shape[1:])
            grown: NDArray[S] = np.full(shape, self._empty, self._data.dtype)
            grown[: len(self._data)] = self._data
            self._data = grown

    def head(self, rows: int) -> NDArray[S]:
        """Return the first `rows` rows, a view that follows later writes until the column grows."""
        return self._data[:rows]

    def take(self, rows: NDArray[np.integer[Any]]) -> NDArray[S]:
        """Return a copy of these rows, which no later write changes."""
        taken: NDArray[S] = self._data.take(rows, axis=0)
        return taken

    def take_known(self, rows: NDArray[np.integer[Any]]) -> NDArray[S]:
        """Return a copy of these rows; `empty` for one beyond the column's end."""
        data = self._data
        taken: NDArray[S] = data.take(rows, axis=0, mode="clip")
        taken[rows >= len(data)] = self._empty
        return taken

    def __getitem__(self, row: int) -> Any:
        return self._data[row]

    def __setitem__(self, row: int, value: Any) -> None:
        self._data[row] = value
