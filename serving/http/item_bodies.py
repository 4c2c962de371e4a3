"""Bodies of requests on items; ranges are checked by the service itself, in one place."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from serving.http.bodies import Position

_STRICT: Final = ConfigDict(extra="forbid", frozen=True)
_EVENT_ID: Final = "Your own id makes a retry harmless; the server makes one if empty."


class Content(BaseModel):
    """What an item is."""

    model_config = _STRICT

    title: str = Field("", description="At most 512 characters.")
    categories: list[str] = Field([], description="From broad to narrow, at most 32.")
    tags: list[str] = Field([], description="At most 64.")
    author: str = Field("", description="At most 256 characters.")
    publish_time_ms: int | None = Field(None, description="Milliseconds since 1970; unknown if absent.")
    status: str = Field("", description="active or hidden; active if empty in a creation.")
    attributes: dict[str, str] = Field({}, description="At most 64 entries.")


class NewItem(Content):
    """An item that is to be."""

    item_id: str = Field(description="1 to 256 bytes.")


class CreateItem(BaseModel):
    """Creates an item."""

    model_config = _STRICT

    tenant_id: str = Field(description="Whose item.")
    item: NewItem
    event_id: str = Field("", description=_EVENT_ID)
    event_time_ms: int | None = Field(None, description="When, in milliseconds since 1970; now if absent.")


class UpdateItem(BaseModel):
    """Replaces the fields of an item that are given; null is an unknown publish time."""

    model_config = _STRICT

    tenant_id: str = Field(description="Whose item.")
    item: Content
    event_id: str = Field("", description=_EVENT_ID)
    event_time_ms: int | None = Field(None, description="When, in milliseconds since 1970; now if absent.")
    expected_version: int | None = Field(None, description="Refuse unless the item has this version.")


class BatchItems(BaseModel):
    """Asks for items."""

    model_config = _STRICT

    tenant_id: str = Field(description="Whose items.")
    item_ids: list[str] = Field(description="1 to 200.")
    at_least: list[Position] = Field([], description="Answer from a state that holds these writes; at most 64.")
