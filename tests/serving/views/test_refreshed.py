"""The view of lists made ahead: each scenario's own, in the catalogue's numbers, and never one that knows less."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from schemas.list_records import RefreshedList
from schemas.loading import local_codecs
from schemas.packing import pack_floats
from schemas.tenancy import TenantKey, chunk_key
from serving.views.refreshed import RefreshedView
from tests.contracts.view import OWNERS, ViewContract
from tests.model_strategies import refreshed_lists
from tests.serving.fakes import catalogue_of
from topics.budget import StoreBudget
from topics.catalog import REFRESHED
from topics.offsets import Partition
from topics.rows import Change, RowDecoder

CODECS = local_codecs({REFRESHED.subject: REFRESHED.record})
BUDGET = StoreBudget()
TENANT = "t"


def view_in(folder: Path) -> RefreshedView:
    decoder = RowDecoder(CODECS.of(REFRESHED), CODECS.fetch)
    return RefreshedView(folder, BUDGET, decoder, lambda replica, partition, accept: None, cached=2)


def entry(user: str, scenario: str, row: RefreshedList | None, tenant: str = TENANT) -> Change[Any]:
    at = TenantKey(tenant, user)
    raw = None if row is None else CODECS.of(REFRESHED).encode(row)
    return Change(chunk_key(at.encode(), scenario), at, scenario, row, raw)


def row_of(items: list[str], offset: int = 0) -> RefreshedList:
    column = pack_floats(np.arange(len(items), 0, -1).astype(np.float32))
    return RefreshedList(
        applied={"0": offset},
        request_id=f"r{offset}",
        items=items,
        scores=column,
        channels=["als"],
        proposed=column,
        reasons=[f"why {item}" for item in items],
    )


@pytest.fixture
def view(tmp_path: Path) -> Any:
    made = view_in(tmp_path)
    made.begin(Partition(REFRESHED.name, 0))
    yield made
    made.close()


class TestRefreshedView(ViewContract):
    topic = REFRESHED
    rows = refreshed_lists()
    chunks = ("home", "feed")

    def make(self, folder: Path) -> Any:
        return view_in(folder)

    def content(self, view: RefreshedView) -> Any:
        return {owner: view.chunks(TenantKey(TENANT, owner).encode()) for owner in OWNERS}


def test_a_list_is_that_of_its_tenant_user_and_scenario(view: RefreshedView) -> None:
    catalogue = catalogue_of([True] * 3)
    view.apply(0, [entry("u", "home", row_of(["item-2", "item-0"]))], 1)
    held = view.held(catalogue, TENANT, "u", "home")
    assert held is not None
    assert held.candidates.items.tolist() == [2, 0]
    assert held.reasons == ("why item-2", "why item-0")
    assert view.held(catalogue, TENANT, "u", "feed") is None
    assert view.held(catalogue, TENANT, "v", "home") is None
    assert view.held(catalogue, "other", "u", "home") is None


def test_a_newer_list_and_a_deleted_one_are_seen_at_once(view: RefreshedView) -> None:
    catalogue = catalogue_of([True] * 3)
    for offset, items in enumerate((["item-0"], ["item-1"])):
        view.apply(0, [entry("u", "home", row_of(items, offset))], offset + 1)
        held = view.held(catalogue, TENANT, "u", "home")
        assert held is not None
        assert held.row.items == items
    view.apply(0, [entry("u", "home", None)], 3)
    assert view.held(catalogue, TENANT, "u", "home") is None


def test_an_item_that_the_catalogue_lacks_is_left_out_until_it_comes(view: RefreshedView) -> None:
    catalogue = catalogue_of([True])
    view.apply(0, [entry("u", "home", row_of(["item-0", "item-1"]))], 1)
    before = view.held(catalogue, TENANT, "u", "home")
    catalogue.number("item-1")
    after = view.held(catalogue, TENANT, "u", "home")
    assert before is not None
    assert after is not None
    assert (before.candidates.items.tolist(), before.reasons) == ([0], ("why item-0",))
    assert after.candidates.items.tolist() == [0, 1]


def test_a_list_whose_columns_do_not_fit_is_no_list(view: RefreshedView) -> None:
    view.apply(0, [entry("u", "home", replace(row_of(["item-0"]), reasons=[]))], 1)
    with pytest.raises(ValueError, match="longer"):
        view.held(catalogue_of([True]), TENANT, "u", "home")
