"""Routes of the catalogue, and of what was done with its items."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request
from google.protobuf.message import Message

from serving.api.recommender.v1 import behavior_pb2, item_pb2
from serving.http.item_bodies import BatchItems, CreateItem, UpdateItem
from serving.http.messages import Positions, message_of, parsed, positions_of

Answer = Callable[[Request, Any, Message], Awaitable[dict[str, Any]]]
"""(HTTP request, method of a stub, its message) -> the response's fields."""


def item_routes(app: FastAPI, answer: Answer) -> None:
    """Add the routes to the app, whose state holds the stubs of the services."""

    @app.post("/api/v1/items", tags=["items"])
    async def create(body: CreateItem, request: Request) -> dict[str, Any]:
        """Create an item; the answer says where the change is in the log."""
        return await answer(request, app.state.item.CreateItem, message_of(body, item_pb2.CreateItemRequest()))

    @app.post("/api/v1/items/batch", tags=["items"])
    async def batch(body: BatchItems, request: Request) -> dict[str, Any]:
        """Return up to 200 items, and which of them there are not."""
        return await answer(request, app.state.item.BatchGetItems, message_of(body, item_pb2.BatchGetItemsRequest()))

    @app.get("/api/v1/items/{item_id}", tags=["items"])
    async def item(item_id: str, tenant_id: str, request: Request, at_least: Positions = ()) -> dict[str, Any]:
        """Return an item, whether it may be shown or not."""
        message = item_pb2.GetItemRequest(tenant_id=tenant_id, item_id=item_id, at_least=positions_of(at_least))
        return await answer(request, app.state.item.GetItem, message)

    @app.patch("/api/v1/items/{item_id}", tags=["items"])
    async def update(item_id: str, body: UpdateItem, request: Request) -> dict[str, Any]:
        """Replace the fields of an item that are given, an empty one with nothing."""
        item = item_pb2.Item(item_id=item_id)
        message = item_pb2.UpdateItemRequest(item=parsed(body.item.model_dump(exclude_none=True), item))
        message.update_mask.paths.extend(sorted(body.item.model_fields_set))
        others = body.model_dump(exclude_none=True, exclude={"item"})
        return await answer(request, app.state.item.UpdateItem, parsed(others, message))

    @app.delete("/api/v1/items/{item_id}", tags=["items"])
    async def delete(
        item_id: str,
        tenant_id: str,
        request: Request,
        event_id: str = "",
        event_time_ms: int | None = None,
        expected_version: int | None = None,
    ) -> dict[str, Any]:
        """Delete an item: it is shown to nobody and unknown from then on."""
        message = item_pb2.DeleteItemRequest(tenant_id=tenant_id, item_id=item_id, event_id=event_id)
        times = {"event_time_ms": event_time_ms, "expected_version": expected_version}
        given = {name: value for name, value in times.items() if value is not None}
        return await answer(request, app.state.item.DeleteItem, parsed(given, message))

    @app.get("/api/v1/items/{item_id}/stats", tags=["items"])
    async def stats(
        item_id: str,
        tenant_id: str,
        request: Request,
        scenario_id: str = "",
        as_of_ms: int | None = None,
        at_least: Positions = (),
    ) -> dict[str, Any]:
        """Return how often what was done with an item, in the last hour, the last day and ever."""
        message = behavior_pb2.GetStatsRequest(
            tenant_id=tenant_id, item_id=item_id, scenario_id=scenario_id, at_least=positions_of(at_least)
        )
        given = {} if as_of_ms is None else {"as_of_ms": as_of_ms}
        return await answer(request, app.state.behavior.GetStats, parsed(given, message))
