"""Hypothesis strategies for table rows as folds leave them (sorted, columns of one length), and for any record."""

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from schemas.config_records import ConfigChange
from schemas.decision_records import Decision
from schemas.list_records import RefreshedList
from schemas.model_records import JobEvent, ModelRelease, TrainingExample, Vector, VectorSet
from schemas.packing import ACTS, CELLS, EVENT_IDS, OFFSETS, RECENT, STAMPS, TAG_CELLS, USERS, Packing
from schemas.records import (
    Action,
    BehaviorEvent,
    DeadLetter,
    DeadLetterResolution,
    GenerationChange,
    Item,
    ItemAudience,
    ItemChange,
    ItemNeighbors,
    ItemStats,
    Record,
    Status,
    UserActivity,
    UserChange,
    UserHistory,
    UserProfile,
)
from schemas.tenant_records import TenantChange
from tests.config_strategies import config_changes
from tests.model_strategies import (
    decisions,
    job_events,
    model_releases,
    refreshed_lists,
    training_examples,
    vector_sets,
    vectors,
)
from tests.strategies import (
    LAST_TIME,
    actions,
    attributes,
    behavior_events,
    dead_letter_resolutions,
    dead_letters,
    few,
    generation_changes,
    ids,
    item_changes,
    known,
    tags,
    texts,
    times,
    user_changes,
)
from tests.tenant_strategies import tenant_changes

_INT64: Final = st.integers(-(2**63), 2**63 - 1)
_HASHES: Final = st.integers(0, 2**64 - 1)
_COUNTS: Final = st.integers(1, 2**31 - 1)


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
    entries = st.dictionaries(few("attribute", 8), st.tuples(st.none() | texts(), times(), _HASHES), max_size=8)
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
                "title": texts(),
                "categories": tags(4),
                "tags": tags(4),
                "author": texts(),
                "publish_time": st.just(-1) | times(),
                "status": known(Status),
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


def _totals() -> SearchStrategy[dict[str, int]]:
    return st.dictionaries(actions(), _COUNTS, max_size=6)


def _cells() -> SearchStrategy[bytes]:
    """Return packed counts, sorted, each (bucket, action) once."""
    actions = st.integers(1, len(Action) - 1)
    buckets = st.dictionaries(
        st.integers(0, LAST_TIME // 300_000), st.dictionaries(actions, _COUNTS, min_size=1, max_size=3), max_size=4
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
    DeadLetterResolution: dead_letter_resolutions(),
    GenerationChange: generation_changes(),
    ConfigChange: config_changes(),
    ModelRelease: model_releases(),
    JobEvent: job_events(),
    TenantChange: tenant_changes(),
    TrainingExample: training_examples(),
    Vector: vectors(),
    VectorSet: vector_sets(),
    RefreshedList: refreshed_lists(),
    Decision: decisions(),
    UserActivity: user_activities(),
    UserHistory: user_histories(),
    UserProfile: user_profiles(),
    Item: item_rows(),
    ItemStats: item_stats(),
    ItemNeighbors: item_neighbors(),
    ItemAudience: item_audiences(),
}
"""The strategy of every record."""
