"""ItemService: items read from the tables and changed by events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from schemas.loading import Codecs
from schemas.records import Item, ItemChange
from schemas.tenancy import check_id
from serving.api.recommender.v1 import item_pb2 as pb
from serving.at_least.holds import of_items
from serving.at_least.waiting import AtLeast
from serving.behavior.service import Producer, log_position
from serving.errors import AlreadyExistsError, UnknownItemError
from serving.ids import check_ids
from serving.item.changes import created, deleted, packed, updated
from serving.item.rows import is_there, told
from serving.versions import check_version
from topics.routes import Parcel

MAX_ITEMS: Final = 200


class ItemWorld(Protocol):
    """What the service reads of the world; `serving.views.world.World` is one."""

    def knows(self, tenant: str) -> bool:
        """Return whether anything of the tenant was ever folded."""
        ...

    def item_row(self, tenant: str, item: str) -> Item | None:
        """Return the item's row, None if there is none; raise UnknownTenantError where `knows` says no."""
        ...


class Worlds(Protocol):
    """What gives the world that serves; `serving.generations.switch.Switch` is one."""

    @property
    def world(self) -> ItemWorld:
        """The world; raises NotReadyError while there is none."""
        ...


@dataclass(frozen=True, slots=True)
class ItemService:
    """Serves `recommender.v1.ItemService`; errors become statuses in `interceptors/errors.py`."""

    worlds: Worlds
    at_least: AtLeast
    producer: Producer
    codecs: Codecs
    clock: Callable[[], int]
    """Returns the time in milliseconds since 1970."""

    async def CreateItem(self, request: pb.CreateItemRequest, context: Any) -> pb.ItemWritten:  # noqa: N802
        """Write the creation; raise InvalidFieldError, AlreadyExistsError, or what the producer raises."""
        change = created(request, self.clock())
        parcel = packed(change, self.codecs)
        world = self.worlds.world
        # A tenant begins with its first item.
        if world.knows(request.tenant_id) and is_there(world.item_row(request.tenant_id, change.item_id)):
            raise AlreadyExistsError(f"item {change.item_id} exists; update it, or choose another id")
        return await self._written(change, parcel)

    async def GetItem(self, request: pb.GetItemRequest, context: Any) -> pb.Item:  # noqa: N802
        """Return the item; raise InvalidFieldError, UnknownItemError, UnknownTenantError or what waiting raises."""
        item = check_id(request.item_id, "item_id")
        await self.at_least.reach(request.at_least, of_items(request.tenant_id, [item]))
        return told(item, self._row(request.tenant_id, item))

    async def BatchGetItems(  # noqa: N802
        self, request: pb.BatchGetItemsRequest, context: Any
    ) -> pb.BatchGetItemsResponse:
        """Return the items that there are; raise as GetItem does, but for unknown items."""
        items: Sequence[str] = request.item_ids
        check_ids(items, "item_ids", MAX_ITEMS)
        await self.at_least.reach(request.at_least, of_items(request.tenant_id, items))
        world = self.worlds.world
        rows = [(item, world.item_row(request.tenant_id, item)) for item in items]
        return pb.BatchGetItemsResponse(
            items=[told(item, row) for item, row in rows if is_there(row)],
            unknown_item_ids=[item for item, row in rows if not is_there(row)],
        )

    async def UpdateItem(self, request: pb.UpdateItemRequest, context: Any) -> pb.ItemWritten:  # noqa: N802
        """Write the change.

        Raises InvalidFieldError, UnknownItemError, UnknownTenantError, VersionConflictError, or what the producer
        raises.
        """
        return await self._change(request, updated(request, self.clock()))

    async def DeleteItem(self, request: pb.DeleteItemRequest, context: Any) -> pb.ItemWritten:  # noqa: N802
        """Write the deletion; raise as UpdateItem does."""
        return await self._change(request, deleted(request, self.clock()))

    async def _change(
        self, request: pb.UpdateItemRequest | pb.DeleteItemRequest, change: ItemChange
    ) -> pb.ItemWritten:
        parcel = packed(change, self.codecs)
        row = self._row(request.tenant_id, change.item_id)
        if request.HasField("expected_version"):
            check_version(row, request.expected_version, f"item {change.item_id}")
        return await self._written(change, parcel)

    def _row(self, tenant: str, item: str) -> Item:
        row = self.worlds.world.item_row(tenant, item)
        if not is_there(row):
            raise UnknownItemError(f"there is no item {item}")
        return row

    async def _written(self, change: ItemChange, parcel: Parcel) -> pb.ItemWritten:
        origin = await self.producer.deliver(parcel)
        return pb.ItemWritten(event_id=change.event_id, position=log_position(origin))
