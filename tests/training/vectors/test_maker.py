"""A maker turns rows into vectors of its own tenant, and deletes those that have none any more."""

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from schemas.model_records import ModelRelease, Vector
from schemas.packing import RECENT, unpack_floats
from schemas.records import ACTION_INDEX, Action, Item, Row, UserActivity
from schemas.tenancy import TenantKey
from tests.changes import change
from tests.serving.models.shelves import towers
from topics.changelogs import ITEM, USER_ACTIVITY
from topics.rows import Change
from topics.vectors import vector_key
from training.vectors.maker import Maker, maker_of

ITEMS = ["a", "b"]
MODEL = towers(ITEMS, {"a": ["x"], "b": ["y"]})
RELEASE = ModelRelease("t", "retrieval", "v1", 3, "retrieval", "t/retrieval/v1", "00" * 32, 0)
MAKER = Maker.of(RELEASE, MODEL)


def key(owner: str, tenant: str = "t") -> bytes:
    return vector_key(TenantKey(tenant, owner).encode(), "retrieval")


def items(**rows: Row | None) -> list[Change[Any]]:
    return [change(ITEM, item, row) for item, row in rows.items()]


def activity(*liked: str) -> UserActivity:
    like = ACTION_INDEX[Action.LIKE]
    times = range(len(liked), 0, -1)
    return UserActivity(recent=RECENT.pack([(time, time, 0, like) for time in times]), recent_items=list(liked))


def test_items_have_vectors_of_the_release() -> None:
    made = dict(MAKER.items(items(a=Item(tags=["x"], status="active"), new=Item(categories=["y"], status="hidden"))))
    assert set(made) == {key("a"), key("new")}
    record = made[key("a")]
    assert record == Vector("t", "a", "retrieval", "v1", 3, record.values if record else b"")
    assert record is not None
    np.testing.assert_allclose(unpack_floats(record.values), MODEL.tensors["vectors"][0], rtol=1e-5)


def test_what_is_deleted_or_unknown_has_none() -> None:
    made = dict(MAKER.items(items(a=None, b=Item(status="deleted"), new=Item(status="active", tags=["unheard of"]))))
    assert made == {key("a"): None, key("b"): None, key("new"): None}


def test_users_have_vectors_as_long_as_they_like_something() -> None:
    rows = {"u1": activity("a"), "u2": activity("unknown"), "u3": None, "u4": activity("a", "b")}
    changes: list[Change[Any]] = [change(USER_ACTIVITY, user, row) for user, row in rows.items()]
    made = dict(MAKER.users(changes, lambda owner: 9 if owner.id == "u4" else -1))
    assert [user for user in rows if made[key(user)] is not None] == ["u1"]
    assert dict(MAKER.forget(TenantKey("t", "u1"))) == {key("u1"): None}


def test_rows_of_another_tenant_are_passed_over() -> None:
    other = [change(ITEM, "a", Item(status="active", tags=["x"]), tenant="other")]
    assert list(MAKER.items(other)) == []
    users: list[Change[Any]] = [change(USER_ACTIVITY, "u", activity("a"), tenant="other")]
    assert list(MAKER.users(users, lambda owner: -1)) == []
    assert list(MAKER.forget(TenantKey("other", "u"))) == []


@pytest.mark.parametrize(("kind", "makers"), [("retrieval", 1), ("ease", 0), ("deepfm", 0)])
def test_only_models_with_vectors_have_makers(kind: str, makers: int) -> None:
    maker = maker_of(replace(RELEASE, kind=kind), lambda release: MODEL)
    assert (maker is not None) == bool(makers)
