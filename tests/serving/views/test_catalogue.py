import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.hashing import id_hash
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


@given(puts, st.data())
def test_facts_are_what_the_rows_say(log: list[tuple[str, Item | None]], data: st.DataObject) -> None:
    catalogue = Catalogue()
    rows: dict[str, Item | None] = {}
    for item, row in log:
        catalogue.put(catalogue.number(item), row)
        rows[item] = row
    asked = data.draw(st.lists(st.sampled_from(list(rows)), max_size=6)) if rows else []
    facts = catalogue.facts(np.array([catalogue.numbers[item] for item in asked], np.int32))
    assert len(facts) == len(asked)
    for at, item in enumerate(asked):
        row = rows[item] or Item()
        tags = facts.tags[facts.tag_starts[at] : facts.tag_starts[at + 1]].tolist()
        assert tags == [catalogue.word(tag) for tag in dict.fromkeys((*row.categories, *row.tags))]
        first = row.categories[0] if row.categories else ""
        assert facts.category[at] == catalogue.word(first)
        assert facts.category_hash[at] == (id_hash(first) if first else 0)
        assert facts.author[at] == catalogue.word(row.author)
        assert facts.publish_time[at] == row.publish_time


def test_facts_that_were_read_do_not_change_with_the_catalogue() -> None:
    catalogue = Catalogue()
    number = catalogue.number("a")
    catalogue.put(number, Item(tags=["x", "y"], publish_time=5))
    facts = catalogue.facts(np.array([number], np.int32))
    catalogue.put(number, Item(tags=["z"], publish_time=6))
    assert (facts.tags.tolist(), facts.publish_time.tolist()) == ([0, 1], [5])
    assert catalogue.word("unheard of") == -1
