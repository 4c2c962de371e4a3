"""Bodies of requests, for validation and the OpenAPI page; ranges are checked by the service itself, in one place."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

_STRICT: Final = ConfigDict(extra="forbid", frozen=True)


class Position(BaseModel):
    """Where a write stands in the log, as its answer says."""

    model_config = _STRICT

    topic: str = Field(description="item.change.v1, user.change.v1 or behavior.event.v1.")
    partition: int = Field(description="Partition of the topic, from 0.")
    offset: int = Field(description="Offset within the partition, from 0.")


class Recommend(BaseModel):
    """Asks for the best items for a user."""

    model_config = _STRICT

    tenant_id: str = Field(description="Whose catalogue and users.")
    user_id: str = Field(description="For whom; 1 to 256 bytes.")
    scenario_id: str = Field("default", description="Where in the product the list is shown.")
    count: int = Field(20, description="Length of the list, 1 to 500.")
    context: dict[str, str] = Field({}, description="Device, network and the like; at most 16 entries.")
    as_of_ms: int | None = Field(None, description="Answer as of this moment, milliseconds since 1970; now if absent.")
    exclude_seen: bool | None = Field(None, description="Leave out what the user acted on; as configured if absent.")
    debug: bool = Field(False, description="Return each stage's time and size.")
    at_least: list[Position] = Field([], description="Answer from a state that holds these writes; at most 64.")
    page_token: str = Field("", description="`next_page_token` of the page before; empty for the first page.")


class Behavior(BaseModel):
    """What a user did with an item."""

    model_config = _STRICT

    event_id: str = Field("", description="Your own id makes a retry harmless; the server makes one if empty.")
    user_id: str = Field(description="Who acted.")
    item_id: str = Field(description="On what.")
    action: str = Field(description="view, click, play, complete, like, favorite, share, comment, ... or rate.")
    event_time_ms: int | None = Field(None, description="When, in milliseconds since 1970; now if absent.")
    scenario_id: str = Field("default", description="Where in the product.")
    value: float | None = Field(None, description="Stars of a rate, seconds of a play, price of a purchase.")
    tags: list[str] = Field([], description="The item's tags as the client knows them, at most 16.")
    request_id: str = Field("", description="Of the answer that showed the item.")
    position: int | None = Field(None, description="The item's position in that list, from 0.")
    context: dict[str, str] = Field({}, description="At most 16 entries.")


class TrackEvent(BaseModel):
    """Takes down one event."""

    model_config = _STRICT

    tenant_id: str = Field(description="Whose event it is.")
    event: Behavior


class TrackBatch(BaseModel):
    """Takes down up to 1,000 events: all of them, or none if one is not valid."""

    model_config = _STRICT

    tenant_id: str = Field(description="Whose events they are.")
    events: list[Behavior] = Field(description="1 to 1,000.")


class ProfileChange(BaseModel):
    """Changes a user's profile."""

    model_config = _STRICT

    tenant_id: str = Field(description="Whose user.")
    event_id: str = Field("", description="Your own id makes a retry harmless; the server makes one if empty.")
    attributes: dict[str, str] = Field({}, description="To set, at most 64.")
    removed: list[str] = Field([], description="To remove, at most 64.")
    erase: bool = Field(False, description="Erase the user instead: the profile, and all that was done until now.")
    event_time_ms: int | None = Field(None, description="When, in milliseconds since 1970; now if absent.")
    expected_version: int | None = Field(None, description="Refuse unless the profile has this version.")


class Problem(BaseModel):
    """Why a request was refused."""

    status: str = Field(description="The gRPC status: INVALID_ARGUMENT, NOT_FOUND, ...")
    message: str = Field(description="What happened and what to do.")
    fields: list[str] = Field(description="Paths of the fields that are to blame.")


class Refusal(BaseModel):
    """The body of every answer that is not 200."""

    error: Problem
