"""The catalogue as columns: what availability, tags and diversity are read from, for hundreds of items at once."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from schemas.packing import STAMPS
from schemas.records import Item, Status
from serving.views.column import Column
from serving.views.fence import Fence
from serving.views.postings import Postings
from serving.views.revisions import Revisions
from serving.views.words import Words, WordSets
from training.features.facts import ItemFacts, taken

_NONE: Final = -1
_BLANK: Final = Item()


class Catalogue:
    """One tenant's items; an item's number is its position, given at first sight and kept while the process lives.

    One thread writes (`number`, `put`, `commit`); any thread reads without a lock. An array taken from a property
    is as long as the catalogue was then; an item's columns are written before its `active`.
    """

    def __init__(self) -> None:
        self.ids: Final[list[str]] = []
        """Item id by number. To be read only, as all that is public here."""

        self.numbers: Final[dict[str, int]] = {}
        """Number by item id."""

        self.titles: Final[list[str]] = []
        """Title by number; empty where only behaviour on the item is known."""

        self.version = 0
        """Grows whenever what may be shown, or its tags or times, changed."""

        self._ids: Column[np.object_] = Column(np.object_, "")
        """The ids once more: of hundreds of items at once, in a fifth of the time."""

        self._active: Column[np.bool_] = Column(np.bool_, False)
        self._publish_time: Column[np.int64] = Column(np.int64, _NONE)
        self._changed_at: Column[np.int64] = Column(np.int64, _NONE)
        self._author: Column[np.int32] = Column(np.int32, _NONE)
        self._category: Column[np.int32] = Column(np.int32, _NONE)
        self._tag_count: Column[np.int32] = Column(np.int32, 0)
        self._tag_set: Column[np.int32] = Column(np.int32, WordSets.EMPTY)
        self.revisions: Final = Revisions()
        """Of the rows by item number, for who writes them and who reads several columns as one."""

        self.fence: Final = Fence()
        """Of the same rows."""

        self._columns = (
            self.revisions,
            self.fence,
            self._ids,
            self._active,
            self._publish_time,
            self._changed_at,
            self._author,
            self._category,
            self._tag_count,
            self._tag_set,
        )
        self._tags: list[tuple[str, ...]] = []
        self._by_tag = Postings()
        self._words = Words()
        self._tag_sets = WordSets(self._words)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def active(self) -> NDArray[np.bool_]:
        """(I,) whether the item may be shown. Hidden, deleted and merely mentioned items may not."""
        return self._active.head(len(self.ids))

    @property
    def publish_time(self) -> NDArray[np.int64]:
        """(I,) milliseconds; -1 where it is not known."""
        return self._publish_time.head(len(self.ids))

    @property
    def changed_at(self) -> NDArray[np.int64]:
        """(I,) event time of the item's latest change in milliseconds; -1 where there was none."""
        return self._changed_at.head(len(self.ids))

    @property
    def author(self) -> NDArray[np.int32]:
        """(I,) number of the author; -1 where there is none."""
        return self._author.head(len(self.ids))

    @property
    def category(self) -> NDArray[np.int32]:
        """(I,) number of the first category; -1 where there is none."""
        return self._category.head(len(self.ids))

    @property
    def tag_count(self) -> NDArray[np.int32]:
        """(I,) how many categories and tags the item has."""
        return self._tag_count.head(len(self.ids))

    def named(self, items: NDArray[np.integer[Any]]) -> list[str]:
        """Return the ids of these items."""
        names: list[str] = self._ids.take(items).tolist()
        return names

    def tags_of(self, item: int) -> Sequence[str]:
        """Categories and tags of the item, each once."""
        return self._tags[item]

    def word(self, word: str) -> int:
        """Return the number of an author, a category or a tag; -1 for one that no item ever had."""
        return self._words.get(word)

    def facts(self, items: NDArray[np.int32]) -> ItemFacts:
        """Return what features read of these items."""
        category = self._category.take(items)
        # Of the sets' numbers a copy is taken first: the words of a set are written before its number is.
        starts, counts, words = self._tag_sets.columns(self._tag_set.take(items))
        ends, tags = taken(starts, counts, words)
        return ItemFacts(
            publish_time=self._publish_time.take(items),
            author=self._author.take(items),
            category=category,
            category_hash=self._words.hashes(category),
            tag_starts=ends,
            tags=tags,
        )

    def items_with(self, tag: str) -> NDArray[np.int32]:
        """Numbers of the active items with this category or tag, sorted; not to be written to."""
        return self._by_tag[tag]

    def number(self, item_id: str) -> int:
        """Return the item's number, giving it one if it has none: it is then merely mentioned."""
        known = self.numbers.get(item_id)
        if known is not None:
            return known
        number = len(self.ids)
        for column in self._columns:
            column.reserve(number + 1)
        self.titles.append("")
        self._tags.append(())
        self._ids[number] = item_id
        self.ids.append(item_id)
        self.numbers[item_id] = number
        return number

    def put(self, number: int, row: Item | None) -> None:
        """Let the item be as the row says, or merely mentioned without one; its tags count from `commit` on."""
        item = row or _BLANK
        active = item.status == Status.ACTIVE
        old, tag_set = self._tags[number], self._tag_sets.number((*item.categories, *item.tags))
        new = self._tag_sets.words(tag_set)
        was_active = bool(self._active[number])
        if not active:
            self._active[number] = False
        if was_active and (not active or old != new):
            self._by_tag.change(number, old, present=False)
        if active and (not was_active or old != new):
            self._by_tag.change(number, new, present=True)
        self._tags[number] = new
        self._tag_count[number] = len(new)
        self._tag_set[number] = tag_set
        self.titles[number] = item.title
        self._publish_time[number] = item.publish_time
        self._changed_at[number] = max(STAMPS.column(item.stamps, "time"), default=_NONE)
        self._author[number] = self._words.number(item.author)
        self._category[number] = self._words.number(item.categories[0]) if item.categories else _NONE
        self._active[number] = active

    def commit(self) -> None:
        """Make the tags of what was put so far visible."""
        self._by_tag.commit()
        self.version += 1


class Catalogues:
    """The catalogues of all tenants of which an item was ever folded, acted on or liked."""

    def __init__(self) -> None:
        self._by_tenant: defaultdict[str, Catalogue] = defaultdict(Catalogue)

    def get(self, tenant: str) -> Catalogue | None:
        """Return the tenant's catalogue, or None."""
        return self._by_tenant.get(tenant)

    def of(self, tenant: str) -> Catalogue:
        """Return the tenant's catalogue, making it if there is none; for the follower's thread."""
        return self._by_tenant[tenant]

    def all(self) -> list[tuple[str, Catalogue]]:
        """Return (tenant, catalogue) of every tenant."""
        return list(self._by_tenant.items())
