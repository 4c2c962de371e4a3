"""Items view: the catalogue, and which of its items are the newest."""

from collections.abc import Sequence
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from schemas.records import Item
from serving.views.catalogue import Catalogue, Catalogues
from serving.views.duty import Duty
from serving.views.ordering import best
from topics.changelogs import ITEM
from topics.offsets import Partition
from topics.rows import Change
from topics.topic import Topic
from training.features.facts import ItemFacts


class Newest:
    """A tenant's active items that came last, as of one version of its catalogue."""

    def __init__(self, catalogue: Catalogue, most: int) -> None:
        """Order the active items by publish time, or by their latest change where that is not known."""
        self.version: Final = catalogue.version
        active = catalogue.active
        published, changed = catalogue.publish_time[: len(active)], catalogue.changed_at[: len(active)]
        times = np.where(published >= 0, published, changed)
        # One is added so that 0, the beginning of 1970, is a time, and the -1 of no time is none.
        self.items: Final[NDArray[np.int32]] = best(np.where(active, times + 1, 0), most).astype(np.int32)
        self.times: Final[NDArray[np.int64]] = times[self.items]


_NOTHING: Final = Newest(Catalogue(), 0)


class ItemsView:
    """Keeps the catalogues as the item changelog says."""

    name: ClassVar[str] = "items"
    whole: ClassVar[bool] = True
    topic: ClassVar[Topic] = ITEM

    def __init__(self, catalogues: Catalogues, most: int) -> None:
        """Make a view that writes to `catalogues` and keeps the `most` newest items of each tenant in order."""
        self._catalogues = catalogues
        self._most = most
        self._newest: dict[str, Newest] = {}
        self.duty: Final = Duty()

    def newest(self, tenant: str) -> Newest:
        """Return the tenant's newest items, up to date as of the last refresh."""
        catalogue = self._catalogues.get(tenant)
        if catalogue is None:
            return _NOTHING
        return self._newest.get(tenant) or self._renewed(tenant, catalogue)

    def read(self, tenant: str, items: NDArray[np.int32]) -> tuple[ItemFacts, NDArray[np.int64]]:
        """Return what the catalogue says of K items, and (K, P) how far each row is folded, by source partition."""
        catalogue = self._catalogues.of(tenant)
        return catalogue.revisions.whole(items, lambda _: (catalogue.facts(items), catalogue.fence.take(items)))

    def begin(self, partition: Partition) -> int:
        """Read the changelog from its beginning: the columns are not stored."""
        return 0

    def apply(self, partition: int, changes: Sequence[Change[Item]], position: int) -> int:
        """Take in the changes; see `View.apply`."""
        refused = 0
        touched: dict[str, Catalogue] = {}
        for _, (tenant, item), _, row, _ in changes:
            catalogue = self._catalogues.of(tenant)
            number = catalogue.number(item)
            with catalogue.revisions.writing(number):
                if row is None:
                    catalogue.fence.forget(number)
                elif not catalogue.fence.admits(number, row.applied):
                    refused += 1
                    continue
                catalogue.put(number, row)
            touched[tenant] = catalogue
        for catalogue in touched.values():
            catalogue.commit()
        return refused

    def refresh(self) -> None:
        """Order anew what was asked for and has changed."""
        if self.duty.due:
            with self.duty.spend():
                for tenant, newest in list(self._newest.items()):
                    catalogue = self._catalogues.of(tenant)
                    if newest.version != catalogue.version:
                        self._renewed(tenant, catalogue)

    def close(self) -> None:
        """Nothing is held open."""

    def _renewed(self, tenant: str, catalogue: Catalogue) -> Newest:
        newest = self._newest[tenant] = Newest(catalogue, self._most)
        return newest
