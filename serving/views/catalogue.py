"""The catalogue as columns: what availability, tags and diversity are read from, for hundreds of items at once."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Catalogue(Protocol):
    """One tenant's items; an item's number is its position, given at first sight and kept while the process lives."""

    @property
    def ids(self) -> Sequence[str]:
        """Item id by number."""
        ...

    @property
    def numbers(self) -> Mapping[str, int]:
        """Number by item id."""
        ...

    @property
    def titles(self) -> Sequence[str]:
        """Title by number; empty where only behaviour on the item is known."""
        ...

    @property
    def active(self) -> NDArray[np.bool_]:
        """(I,) whether the item may be shown. Hidden, deleted and merely mentioned items may not."""
        ...

    @property
    def publish_time(self) -> NDArray[np.int64]:
        """(I,) milliseconds; -1 where it is not known."""
        ...

    @property
    def author(self) -> NDArray[np.int32]:
        """(I,) number of the author; -1 where there is none."""
        ...

    @property
    def category(self) -> NDArray[np.int32]:
        """(I,) number of the first category; -1 where there is none."""
        ...

    def tags_of(self, item: int) -> Sequence[str]:
        """Categories and tags of the item."""
        ...

    def items_with(self, tag: str) -> NDArray[np.int32]:
        """Numbers of the active items with this category or tag, sorted."""
        ...
