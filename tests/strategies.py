"""Hypothesis strategies for valid records: what `schemas.validation` accepts and what a fold may find in a table.

Every parameter of an event's strategy is itself a strategy, so that a test narrows what it cares about:
`behavior_events(users=few("u", 3), items=few("i", 3))` collides often, `times=times(around=NOW)` stays close.
"""

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from schemas.packing import ACTS, CELLS, EVENT_IDS, OFFSETS, RECENT, STAMPS, TAG_CELLS, USERS, Packing
from schemas.records import (
    Action,
    BehaviorEvent,
    Change,
    DeadLetter,
    Header,
    Item,
    ItemAudience,
    ItemChange,
    ItemNeighbors,
    ItemStats,
    Record,
    Status,
    UserActivity,
    UserChange,
    UserChangeKind,
    UserHistory,
    UserProfile,
)
from schemas.tenancy import TenantKey

_PRINTABLE: Final = st.characters(exclude_categories=("C", "Z"), include_characters=" ")
_ANY_TEXT: Final = st.characters(exclude_categories=("Cs", "Cc"))
_INT64: Final = st.integers(-(2**63), 2**63 - 1)
_HASHES: Final = st.integers(0, 2**64 - 1)
_COUNTS: Final = st.integers(1, 2**31 - 1)
_LAST_TIME: Final = 4_102_444_800_000  # 2100-01-01


def few(prefix: str, count: int) -> SearchStrategy[str]:
    """Return one of `prefix0` to `prefix<count - 1>`: ids that collide."""
    return st.sampled_from([f"{prefix}{number}" for number in range(count)])


def tenants() -> SearchStrategy[str]:
    """Return a valid tenant."""
    return st.from_regex(r"[a-z0-9][a-z0-9._-]{0,62}", fullmatch=True)


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
        return st.integers(0, _LAST_TIME)
    return st.integers(max(0, around - within), around + within)


def actions() -> SearchStrategy[str]:
    """Return a known action."""
    return st.sampled_from([action.value for action in Action if action is not Action.UNKNOWN])


def values() -> SearchStrategy[float]:
    """Return the value of an event."""
    return st.floats(-1e12, 1e12)


def tags(most: int = 16) -> SearchStrategy[list[str]]:
    """Return a list of tags, or of other words, of at most `most` entries, each once."""
    return st.lists(st.text(_PRINTABLE, min_size=1, max_size=20), max_size=most, unique=True)


def attributes(most: int = 16) -> SearchStrategy[dict[str, str]]:
    """Return attributes, or a context, of at most `most` entries."""
    return st.dictionaries(
        st.text(_PRINTABLE, min_size=1, max_size=20), st.text(_ANY_TEXT, max_size=20), max_size=most
    )


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
    )


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
        change=_known(Change),
        event_time=times,
        title=st.none() | _texts(),
        categories=st.none() | tags(4),
        tags=st.none() | tags(4),
        author=st.none() | _texts(),
        publish_time=st.none() | times,
        status=st.none() | _known(Status),
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
    """Return a change of a user; `ids` are its event ids, `names` its attributes' names."""
    return st.builds(
        UserChange,
        event_id=ids,
        tenant_id=tenants,
        user_id=users,
        change=_known(UserChangeKind),
        event_time=times,
        attributes=st.dictionaries(names, _texts(), max_size=4),
        removed=st.lists(names, max_size=4, unique=True),
    )


def dead_letters() -> SearchStrategy[DeadLetter]:
    """Return a dead letter."""
    headers = st.builds(Header, name=_texts(), value=st.none() | st.binary(max_size=20))
    return st.builds(
        DeadLetter,
        reason=few("reason", 4),
        detail=_texts(),
        topic=few("topic", 4),
        partition=st.integers(0, 2**31 - 1),
        offset=st.integers(0, 2**63 - 1),
        timestamp=times(),
        key=st.none() | st.binary(max_size=40),
        value=st.none() | st.binary(max_size=100),
        headers=st.lists(headers, max_size=3),
    )


def applied() -> SearchStrategy[dict[str, int]]:
    """Return the positions of a row: the last offset by source partition."""
    return st.dictionaries(st.integers(0, 15).map(str), st.integers(0, 2**40), max_size=3)


def user_activities() -> SearchStrategy[UserActivity]:
    """Return a row of `user_activity`."""
    return _row(
        UserActivity,
        st.fixed_dictionaries({"buckets": _cells(), "totals": _totals()}),
        _columns(TAG_CELLS, "tag_cells", "tags", st.tuples(st.integers(0, 50_000), _INT64)),
        _columns(
            RECENT,
            "recent",
            "recent_items",
            st.tuples(times(), _HASHES, _INT64, st.integers(1, len(Action) - 1)),
            latest_first=True,
        ),
    )


def user_histories() -> SearchStrategy[UserHistory]:
    """Return a row of `user_history`."""
    events = st.dictionaries(_HASHES, st.integers(0, 2**40), max_size=8).map(
        lambda offsets: {
            "event_ids": EVENT_IDS.pack((event_id,) for event_id in sorted(offsets)),
            "offsets": OFFSETS.pack((offsets[event_id],) for event_id in sorted(offsets)),
        }
    )
    acts = st.dictionaries(ids(), st.tuples(times(), st.integers(2, 2 ** len(Action) - 1)), max_size=8).map(
        lambda by_item: {"items": sorted(by_item), "acts": ACTS.pack(by_item[item] for item in sorted(by_item))}
    )
    return _row(UserHistory, events, acts)


def user_profiles() -> SearchStrategy[UserProfile]:
    """Return a row of `user_profile`."""
    entries = st.dictionaries(few("attribute", 8), st.tuples(st.none() | _texts(), times(), _HASHES), max_size=8)
    columns = entries.map(
        lambda by_name: {
            "names": sorted(by_name),
            "values": [by_name[name][0] for name in sorted(by_name)],
            "stamps": STAMPS.pack(by_name[name][1:] for name in sorted(by_name)),
        }
    )
    return _row(UserProfile, columns, st.fixed_dictionaries({"erased_at": st.just(-1) | times()}))


def item_rows() -> SearchStrategy[Item]:
    """Return a row of `item`."""
    stamps = st.lists(st.tuples(st.just(-1) | times(), _HASHES), min_size=7, max_size=7)
    return _row(
        Item,
        st.fixed_dictionaries(
            {
                "title": _texts(),
                "categories": tags(4),
                "tags": tags(4),
                "author": _texts(),
                "publish_time": st.just(-1) | times(),
                "status": _known(Status),
                "attributes": attributes(4),
                "stamps": stamps.map(STAMPS.pack),
            }
        ),
    )


def item_stats() -> SearchStrategy[ItemStats]:
    """Return a row of `item_stats`."""
    return _row(
        ItemStats,
        st.fixed_dictionaries({"hours": _cells(), "days": _cells(), "totals": _totals(), "rating_sum": _INT64}),
    )


def item_neighbors() -> SearchStrategy[ItemNeighbors]:
    """Return a row of `item_neighbors`."""
    users = st.sets(_HASHES, max_size=256).map(lambda hashes: USERS.pack((user,) for user in sorted(hashes)))
    return _row(ItemNeighbors, st.fixed_dictionaries({"users": users}))


def item_audiences() -> SearchStrategy[ItemAudience]:
    """Return a row of `item_audience`."""
    return _row(ItemAudience, _columns(STAMPS, "visits", "users", st.tuples(times(), _HASHES), latest_first=True))


def rows() -> SearchStrategy[Record]:
    """Return a row of any table."""
    return st.one_of([strategy for record, strategy in RECORDS.items() if "applied" in record.__struct_fields__])


def records() -> SearchStrategy[Record]:
    """Return any record."""
    return st.one_of(list(RECORDS.values()))


def _texts() -> SearchStrategy[str]:
    return st.text(_ANY_TEXT, max_size=40)


def _known(vocabulary: Any) -> SearchStrategy[str]:
    return st.sampled_from([word.value for word in vocabulary if word.value != "unknown"])


def _totals() -> SearchStrategy[dict[str, int]]:
    return st.dictionaries(actions(), _COUNTS, max_size=6)


def _cells() -> SearchStrategy[bytes]:
    """Return packed counts, sorted, each (bucket, action) once."""
    actions = st.integers(1, len(Action) - 1)
    buckets = st.dictionaries(
        st.integers(0, _LAST_TIME // 300_000), st.dictionaries(actions, _COUNTS, min_size=1, max_size=3), max_size=4
    )
    return buckets.map(
        lambda cells: CELLS.pack(
            (bucket, action, count)
            for bucket, counts in sorted(cells.items())
            for action, count in sorted(counts.items())
        )
    )


def _columns(
    packing: Packing,
    packed: str,
    names: str,
    entries: SearchStrategy[tuple[int, ...]],
    latest_first: bool = False,
) -> SearchStrategy[Mapping[str, Any]]:
    """Return two fields that belong together: packed entries, sorted, and the name of each."""
    return st.lists(st.tuples(entries, ids()), max_size=8, unique_by=lambda pair: pair[1]).map(
        lambda pairs: {
            packed: packing.pack(entry for entry, _ in sorted(pairs, reverse=latest_first)),
            names: [name for _, name in sorted(pairs, reverse=latest_first)],
        }
    )


def _row(record: type[Any], *parts: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """Return the record made of the fields that each of the parts gives, and its positions."""
    return st.builds(
        lambda applied, *fields: record(applied=applied, **{name: v for part in fields for name, v in part.items()}),
        applied(),
        *parts,
    )


RECORDS: Final[dict[type[Record], SearchStrategy[Any]]] = {
    BehaviorEvent: behavior_events(),
    ItemChange: item_changes(),
    UserChange: user_changes(),
    DeadLetter: dead_letters(),
    UserActivity: user_activities(),
    UserHistory: user_histories(),
    UserProfile: user_profiles(),
    Item: item_rows(),
    ItemStats: item_stats(),
    ItemNeighbors: item_neighbors(),
    ItemAudience: item_audiences(),
}
"""The strategy of every record."""
