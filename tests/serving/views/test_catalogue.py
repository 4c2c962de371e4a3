import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Item
from serving.views.catalogue import Catalogue
from tests.row_strategies import item_rows

puts = st.lists(st.tuples(st.sampled_from("abcd"), st.none() | item_rows()), max_size=12)


@given(puts)
def test_tags_list_the_active_items_that_have_them(log: list[tuple[str, Item | None]]) -> None:
    catalogue = Catalogue()
    rows: dict[str, Item | None] = {}
    for item, row in log:
        catalogue.put(catalogue.number(item), row)
        rows[item] = row
    catalogue.commit()
    tags = {tag for _, row in log if row for tag in (*row.categories, *row.tags)}
    for tag in tags:
        having = {item for item, row in rows.items() if row and tag in (*row.categories, *row.tags)}
        active = {item for item in having if rows[item].status == "active"}  # type: ignore[union-attr]
        found = catalogue.items_with(tag)
        assert [catalogue.ids[number] for number in found] == sorted(active, key=catalogue.numbers.__getitem__)
        assert (np.diff(found) > 0).all()


def test_an_item_that_is_merely_mentioned_has_a_number_and_may_not_be_shown() -> None:
    catalogue = Catalogue()
    number = catalogue.number("mentioned")
    assert catalogue.number("mentioned") == number
    assert not catalogue.active[number]
    assert (catalogue.titles[number], catalogue.author[number], catalogue.category[number]) == ("", -1, -1)


def test_items_share_the_numbers_of_authors_and_of_first_categories() -> None:
    catalogue = Catalogue()
    for item, author, categories in (
        ("a", "ann", ["x", "y"]),
        ("b", "bob", ["y"]),
        ("c", "ann", ["x"]),
        ("d", "", []),
    ):
        catalogue.put(catalogue.number(item), Item(author=author, categories=categories, status="active"))
    author, category = catalogue.author.tolist(), catalogue.category.tolist()
    assert author[0] == author[2] != author[1]
    assert category[0] == category[2] != category[1]
    assert (author[3], category[3]) == (-1, -1)
    assert min(author[:3]) >= 0
    assert min(category[:3]) >= 0


def test_numbers_stay_while_the_catalogue_grows() -> None:
    catalogue = Catalogue()
    for number in range(3_000):
        assert catalogue.number(f"i{number}") == number
        catalogue.put(number, Item(status="active", publish_time=number))
    assert (catalogue.publish_time == np.arange(3_000)).all()
    assert catalogue.active.all()
    assert len(catalogue) == 3_000
