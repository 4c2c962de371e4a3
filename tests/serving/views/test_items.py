from pathlib import Path
from typing import Any

from schemas.packing import STAMPS
from schemas.records import Item
from serving.views.catalogue import Catalogues
from serving.views.items import ItemsView
from tests.changes import TENANT, change, put
from tests.contracts.view import OWNERS, ViewContract
from tests.row_strategies import item_rows
from topics.changelogs import ITEM


class TestItemsView(ViewContract):
    topic = ITEM
    rows = item_rows()

    def make(self, folder: Path) -> ItemsView:
        self.catalogues = Catalogues()
        return ItemsView(self.catalogues, most=100)

    def content(self, view: ItemsView) -> Any:
        catalogue = self.catalogues.of(TENANT)
        view.refresh()
        by_item = {}
        for owner in OWNERS:
            number = catalogue.numbers.get(owner)
            if number is not None:
                tags = catalogue.tags_of(number)
                listed = [number in catalogue.items_with(tag) for tag in tags]
                columns = (catalogue.active, catalogue.publish_time, catalogue.changed_at, catalogue.tag_count)
                by_item[owner] = (catalogue.titles[number], tags, listed, [int(column[number]) for column in columns])
        newest = view.newest(TENANT)
        return by_item, [catalogue.ids[number] for number in newest.items], newest.times.tolist()


def view_with(*rows: tuple[str, Item | None]) -> tuple[ItemsView, Catalogues]:
    catalogues = Catalogues()
    view = ItemsView(catalogues, most=2)
    put(view, [change(ITEM, owner, row) for owner, row in rows])
    return view, catalogues


def newest_of(view: ItemsView, catalogues: Catalogues) -> list[str]:
    return [catalogues.of(TENANT).ids[number] for number in view.newest(TENANT).items]


def test_the_newest_are_ordered_by_publish_time_or_by_their_latest_change() -> None:
    changed = STAMPS.pack([(30, 1), (20, 2), *[(-1, 0)] * 5])
    view, catalogues = view_with(
        ("old", Item(status="active", publish_time=10)),
        ("changed", Item(status="active", stamps=changed)),
        ("new", Item(status="active", publish_time=40)),
        ("hidden", Item(status="hidden", publish_time=50)),
    )
    assert newest_of(view, catalogues) == ["new", "changed"]


def test_a_hidden_item_leaves_the_newest_with_the_next_refresh() -> None:
    view, catalogues = view_with(("a", Item(status="active", publish_time=1)))
    assert newest_of(view, catalogues) == ["a"]
    put(view, [change(ITEM, "a", Item(status="hidden", publish_time=1))])
    assert newest_of(view, catalogues) == []


def test_an_unknown_tenant_has_nothing_new_and_stays_unknown() -> None:
    view, catalogues = view_with()
    assert not len(view.newest("nobody").items)
    assert catalogues.get("nobody") is None
