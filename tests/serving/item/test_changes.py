"""Items through the fold and back: what is told is what was said, whatever stood there before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from agents.folds.item import fold
from agents.folds.sourced import Sourced
from schemas.errors import InvalidFieldError
from schemas.hashing import id_hash
from schemas.loading import local_codecs
from schemas.records import Item, ItemChange
from serving.api.recommender.v1 import item_pb2 as pb
from serving.item.changes import created, deleted, packed, updated
from serving.item.rows import is_there, told
from tests.serving.fakes import NOW, TENANT
from topics.routes import SUBJECTS

CODECS = local_codecs(SUBJECTS)
FIELDS = ("title", "categories", "tags", "author", "publish_time_ms", "status", "attributes")
words = st.text("abcäß ", min_size=1, max_size=8)


def items(statuses: SearchStrategy[str] = st.sampled_from(["active", "hidden"])) -> SearchStrategy[pb.Item]:  # noqa: B008
    """Return an item named i; an unknown publish time is absent."""
    return st.builds(
        pb.Item,
        item_id=st.just("i"),
        title=words | st.just(""),
        categories=st.lists(words, max_size=3),
        tags=st.lists(words, max_size=3),
        author=words | st.just(""),
        publish_time_ms=st.none() | st.integers(0, NOW) | st.integers(-(10**12), -2),
        status=statuses,
        attributes=st.dictionaries(words, words, max_size=3),
    )


def folded(*changes: ItemChange, row: Item | None = None) -> Item:
    for offset, change in enumerate(changes, start=1 + max((row or Item()).applied.values(), default=-1)):
        packed(change, CODECS)
        row = fold(row or Item(), [Sourced(change, 0, offset, id_hash(change.event_id))])
    assert row is not None
    return row


def create(item: pb.Item, at: int = NOW) -> ItemChange:
    return created(pb.CreateItemRequest(tenant_id=TENANT, item=item, event_time_ms=at), NOW)


def update(item: pb.Item, mask: list[str], at: int = NOW) -> ItemChange:
    request = pb.UpdateItemRequest(tenant_id=TENANT, item=item, event_time_ms=at)
    request.update_mask.paths.extend(mask)
    return updated(request, NOW)


def without_version(item: pb.Item) -> pb.Item:
    copy = pb.Item()
    copy.CopyFrom(item)
    copy.ClearField("version")
    return copy


@given(items(), items())
def test_a_creation_is_told_as_it_was_said_and_nothing_of_a_deleted_item_comes_back(
    item: pb.Item, before: pb.Item
) -> None:
    delete = deleted(pb.DeleteItemRequest(tenant_id=TENANT, item_id="i", event_time_ms=NOW - 1), NOW)
    earlier = folded(create(before, NOW - 2), delete)
    assert not is_there(earlier)
    row = folded(create(item), row=earlier)
    assert is_there(row)
    assert without_version(told("i", row)) == item
    assert told("i", row).version > 1


@given(items(), items(), st.sets(st.sampled_from(FIELDS), min_size=1))
def test_an_update_replaces_what_its_mask_names_and_nothing_else(
    before: pb.Item, after: pb.Item, mask: set[str]
) -> None:
    for field in set(FIELDS) - mask:
        after.ClearField(field)
    first = folded(create(before, NOW - 1))
    row = folded(update(after, sorted(mask)), row=first)
    found = told("i", row)
    for field in FIELDS:
        expected = after if field in mask else before
        assert getattr(found, field) == getattr(expected, field), field
        if field == "publish_time_ms":
            assert found.HasField("publish_time_ms") == expected.HasField("publish_time_ms")
    assert found.version >= told("i", first).version


@given(items())
def test_a_creation_without_a_status_is_active(item: pb.Item) -> None:
    item.ClearField("status")
    assert told("i", folded(create(item))).status == "active"


@given(items(), items())
def test_a_change_of_before_alters_neither_item_nor_version(item: pb.Item, late: pb.Item) -> None:
    row = folded(create(item))
    assert told("i", folded(update(late, list(FIELDS), NOW - 5), row=row)) == told("i", row)


@given(items(), st.sampled_from([field for field in FIELDS if field != "status"]))
def test_what_is_given_and_not_named_is_refused(item: pb.Item, field: str) -> None:
    if field not in {given.name for given, _ in item.ListFields()}:
        return
    with pytest.raises(InvalidFieldError) as refused:
        update(item, [name for name in FIELDS if name != field])
    assert refused.value.field == f"item.{field}"
