"""Hypothesis strategies for valid events and what they are made of; those for rows stand in `tests.row_strategies`.

Every parameter of an event's strategy is itself a strategy, so that a test narrows what it cares about:
`behavior_events(users=few("u", 3), items=few("i", 3))` collides often, `times=times(around=NOW)` stays close.
"""

from enum import StrEnum
from string import ascii_lowercase, digits
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec.structs import replace

from schemas.records import (
    Action,
    BehaviorEvent,
    Change,
    DeadLetter,
    DeadLetterResolution,
    GenerationChange,
    GenerationStatus,
    Header,
    ItemChange,
    Outcome,
    RebuildMethod,
    Status,
    UserChange,
    UserChangeKind,
)
from schemas.tenancy import TenantKey

_PRINTABLE: Final = st.characters(exclude_categories=("C", "Z"), include_characters=" ")
_ANY_TEXT: Final = st.characters(exclude_categories=("Cs", "Cc"))
LAST_TIME: Final = 4_102_444_800_000  # 2100-01-01


def few(prefix: str, count: int) -> SearchStrategy[str]:
    """Return one of `prefix0` to `prefix<count - 1>`: ids that collide."""
    return st.sampled_from([f"{prefix}{number}" for number in range(count)])


def tenants() -> SearchStrategy[str]:
    """Return a valid tenant."""
    rest = st.text(ascii_lowercase + digits + "._-", max_size=62)
    return st.builds(str.__add__, st.sampled_from(ascii_lowercase + digits), rest)


def ids() -> SearchStrategy[str]:
    """Return a valid user or item id: 1 to 256 bytes, printable."""
    return st.text(_PRINTABLE, min_size=1, max_size=64)


def tenant_keys() -> SearchStrategy[TenantKey]:
    """Return a valid key."""
    return st.builds(TenantKey, tenants(), ids())


def event_ids() -> SearchStrategy[str]:
    """Return an event id, almost always another one: a UUID, or any 1 to 64 printable characters."""
    return st.uuids().map(str) | st.text(_PRINTABLE, min_size=1, max_size=64)


def times(around: int | None = None, within: int = 86_400_000) -> SearchStrategy[int]:
    """Return a time in milliseconds: from 1970 to 2100, or at most `within` before or after `around`."""
    if around is None:
        return st.integers(0, LAST_TIME)
    return st.integers(max(0, around - within), around + within)


def actions() -> SearchStrategy[str]:
    """Return a known action."""
    return st.sampled_from([action.value for action in Action if action is not Action.UNKNOWN])


def values() -> SearchStrategy[float]:
    """Return the value of an event."""
    return st.floats(-1e12, 1e12)


def tags(most: int = 16) -> SearchStrategy[list[str]]:
    """Return a list of tags, or of other labels, of at most `most` entries; one may stand in it twice."""
    return st.lists(st.text(_PRINTABLE, min_size=1, max_size=20), max_size=most)


def attributes(most: int = 16) -> SearchStrategy[dict[str, str]]:
    """Return attributes, or a context, of at most `most` entries."""
    return st.dictionaries(
        st.text(_PRINTABLE, min_size=1, max_size=20), st.text(_ANY_TEXT, max_size=20), max_size=most
    )


def texts() -> SearchStrategy[str]:
    """Return free text: a title, a value."""
    return st.text(_ANY_TEXT, max_size=40)


def known(vocabulary: type[StrEnum]) -> SearchStrategy[str]:
    """Return a word of the vocabulary, but not its `unknown`."""
    return st.sampled_from([word.value for word in vocabulary if word.value != "unknown"])


def behavior_events(
    *,
    tenants: SearchStrategy[str] = tenants(),  # noqa: B008 (strategies are immutable)
    users: SearchStrategy[str] = ids(),  # noqa: B008
    items: SearchStrategy[str] = ids(),  # noqa: B008
    ids: SearchStrategy[str] = event_ids(),  # noqa: B008
    actions: SearchStrategy[str] = actions(),  # noqa: B008
    times: SearchStrategy[int] = times(),  # noqa: B008
    scenarios: SearchStrategy[str] = few("scenario", 3),  # noqa: B008
    tags: SearchStrategy[list[str]] = tags(4),  # noqa: B008
) -> SearchStrategy[BehaviorEvent]:
    """Return a behaviour event; `ids` are its event ids."""
    return st.builds(
        BehaviorEvent,
        event_id=ids,
        tenant_id=tenants,
        user_id=users,
        item_id=items,
        action=actions,
        event_time=times,
        scenario=scenarios,
        value=st.none() | values(),
        tags=tags,
        request_id=st.none() | event_ids(),
        position=st.none() | st.integers(0, 2**31 - 1),
        context=attributes(4),
    ).map(_within_stars)


def _within_stars(event: BehaviorEvent) -> BehaviorEvent:
    """Return the event with the value that its action may have: of a rate, 0 to 5."""
    if event.action != Action.RATE or event.value is None:
        return event
    return replace(event, value=min(5.0, abs(event.value)))


def item_changes(
    *,
    tenants: SearchStrategy[str] = tenants(),  # noqa: B008
    items: SearchStrategy[str] = ids(),  # noqa: B008
    ids: SearchStrategy[str] = event_ids(),  # noqa: B008
    times: SearchStrategy[int] = times(),  # noqa: B008
) -> SearchStrategy[ItemChange]:
    """Return a change of an item; `ids` are its event ids."""
    return st.builds(
        ItemChange,
        event_id=ids,
        tenant_id=tenants,
        item_id=items,
        change=known(Change),
        event_time=times,
        title=st.none() | texts(),
        categories=st.none() | tags(4),
        tags=st.none() | tags(4),
        author=st.none() | texts(),
        publish_time=st.none() | times,
        status=st.none() | known(Status),
        attributes=st.none() | attributes(4),
    )


def user_changes(
    *,
    tenants: SearchStrategy[str] = tenants(),  # noqa: B008
    users: SearchStrategy[str] = ids(),  # noqa: B008
    ids: SearchStrategy[str] = event_ids(),  # noqa: B008
    times: SearchStrategy[int] = times(),  # noqa: B008
    names: SearchStrategy[str] = few("attribute", 4),  # noqa: B008
) -> SearchStrategy[UserChange]:
    """Return a change of a user; `ids` are its event ids, `names` its attributes' names. An erasure only erases."""
    common = {"event_id": ids, "tenant_id": tenants, "user_id": users, "event_time": times}
    # Each name is set (to a text) or removed (None): a change may not do both.
    attributes = st.dictionaries(names, st.none() | texts(), max_size=4)
    updates = st.builds(
        lambda attributes, **fields: UserChange(
            change=UserChangeKind.UPDATE.value,
            attributes={name: value for name, value in attributes.items() if value is not None},
            removed=[name for name, value in attributes.items() if value is None],
            **fields,
        ),
        attributes=attributes,
        **common,
    )
    return updates | st.builds(UserChange, change=st.just(UserChangeKind.ERASE.value), **common)


def dead_letters() -> SearchStrategy[DeadLetter]:
    """Return a dead letter."""
    headers = st.builds(Header, name=texts(), value=st.none() | st.binary(max_size=20))
    return st.builds(
        DeadLetter,
        reason=few("reason", 4),
        detail=texts(),
        topic=few("topic", 4),
        partition=st.integers(0, 2**31 - 1),
        offset=st.integers(0, 2**63 - 1),
        timestamp=times(),
        key=st.none() | st.binary(max_size=40),
        value=st.none() | st.binary(max_size=100),
        headers=st.lists(headers, max_size=3),
    )


def dead_letter_resolutions() -> SearchStrategy[DeadLetterResolution]:
    """Return what became of a dead letter."""
    return st.builds(
        DeadLetterResolution,
        topic=few("topic", 4),
        partition=st.integers(0, 2**31 - 1),
        offset=st.integers(0, 2**63 - 1),
        outcome=known(Outcome),
        resolved_at=times(),
        copy=st.none() | few("topic/0/", 4),
    )


def generation_changes(
    numbers: SearchStrategy[int] = st.integers(0, 2**31 - 1),  # noqa: B008
) -> SearchStrategy[GenerationChange]:
    """Return what became of a generation."""
    return st.builds(
        GenerationChange,
        generation=numbers,
        status=known(GenerationStatus),
        changed_at=times(),
        method=known(RebuildMethod),
        until=st.dictionaries(few("topic/", 4), st.integers(0, 2**63 - 1), max_size=4),
        previous=st.none() | numbers,
    )
