"""Hypothesis strategies for valid events and what they are made of; those for rows stand in `tests.row_strategies`.

Every parameter of an event's strategy is itself a strategy, so that a test narrows what it cares about:
`behavior_events(users=few("u", 3), items=few("i", 3))` collides often, `times=times(around=NOW)` stays close.
"""

from enum import StrEnum
from string import ascii_lowercase, digits
from struct import pack
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
    Decision,
    GenerationChange,
    GenerationStatus,
    Header,
    ItemChange,
    JobEvent,
    JobStatus,
    ModelRelease,
    Outcome,
    RebuildMethod,
    RowRead,
    Status,
    UserChange,
    UserChangeKind,
    Vector,
    VectorSet,
    VectorSubject,
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


def model_releases(
    *,
    tenants: SearchStrategy[str] = few("t", 2),  # noqa: B008
    models: SearchStrategy[str] = few("model", 2),  # noqa: B008
    versions: SearchStrategy[str] = few("v", 4),  # noqa: B008
    numbers: SearchStrategy[int] = st.integers(1, 2**31),  # noqa: B008
) -> SearchStrategy[ModelRelease]:
    """Return a release of a model."""
    return st.builds(
        ModelRelease,
        tenant_id=tenants,
        model=models,
        version=versions,
        number=numbers,
        kind=few("kind", 2),
        location=few("folder", 4),
        digest=st.text("0123456789abcdef", min_size=64, max_size=64),
        released_at=times(),
        metrics=st.dictionaries(few("metric", 3), st.floats(0, 1), max_size=3),
        offsets=st.dictionaries(few("topic/", 4), st.integers(0, 2**63 - 1), max_size=4),
    )


def job_events(
    *,
    jobs: SearchStrategy[str] = few("job", 2),  # noqa: B008
    statuses: SearchStrategy[str] = known(JobStatus),  # noqa: B008
    workers: SearchStrategy[str] = few("worker", 2),  # noqa: B008
) -> SearchStrategy[JobEvent]:
    """Return what becomes of a job."""
    return st.builds(
        JobEvent,
        event_id=few("event", 20),
        tenant_id=few("t", 2),
        job_id=jobs,
        status=statuses,
        at=times(),
        kind=few("kind", 2),
        arguments=st.dictionaries(few("name", 2), texts(), max_size=2),
        worker=workers,
        progress=st.floats(0, 1),
        message=texts(),
        result=st.dictionaries(few("name", 2), texts(), max_size=2),
    )


def vectors() -> SearchStrategy[Vector]:
    """Return a vector of an item or a user."""
    return st.builds(
        Vector,
        tenant_id=few("t", 2),
        id=ids(),
        model=few("model", 2),
        version=few("v", 3),
        number=st.integers(1, 2**31),
        values=st.lists(st.floats(-9, 9, width=32), min_size=1, max_size=8).map(
            lambda them: pack(f"<{len(them)}f", *them)
        ),
    )


def vector_sets() -> SearchStrategy[VectorSet]:
    """Return that all vectors of a version are there."""
    offsets = st.dictionaries(few("topic/", 4), st.integers(0, 2**63 - 1), max_size=4)
    return st.builds(
        VectorSet,
        tenant_id=few("t", 2),
        subject=known(VectorSubject),
        model=few("model", 2),
        version=few("v", 3),
        number=st.integers(1, 2**31),
        dimension=st.integers(1, 1024),
        written=offsets,
        read=offsets,
        made_at=times(),
    )


def decisions() -> SearchStrategy[Decision]:
    """Return a list as it was served; its columns are any bytes."""
    reads = st.builds(
        RowRead,
        table=few("table", 3),
        id=ids(),
        chunk=few("chunk", 2),
        applied=st.dictionaries(few("", 4), st.integers(0, 2**63 - 1), max_size=3),
    )
    columns = st.binary(max_size=16)
    return st.builds(
        Decision,
        request_id=event_ids(),
        tenant_id=tenants(),
        user_id=ids(),
        scenario=few("scenario", 2),
        as_of=times(),
        served_at=times(),
        items=st.lists(ids(), max_size=3),
        scores=columns,
        ranker=few("ranker", 2),
        model_version=few("v", 2),
        candidates=st.lists(ids(), max_size=3),
        fused=columns,
        channels=st.lists(few("channel", 3), max_size=3),
        proposed=columns,
        features=st.lists(few("feature", 3), max_size=3),
        values=columns,
        read=st.lists(reads, max_size=2),
        missing=st.lists(few("stage", 2), max_size=2),
    )
