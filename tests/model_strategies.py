"""Hypothesis strategies for records about models, and for lists as they were served."""

from struct import pack

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from schemas.decision_records import Decision, RowRead, RowsRead
from schemas.list_records import RefreshedList
from schemas.model_records import JobEvent, JobStatus, ModelRelease, TrainingExample, Vector, VectorSet, VectorSubject
from tests.strategies import event_ids, few, ids, known, tenants, texts, times


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
        request_id=st.just("") | event_ids(),
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
    rows = st.builds(RowsRead, table=few("table", 3), chunk=few("chunk", 2), offsets=columns)
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
        considered=st.lists(ids(), max_size=3),
        read_items=st.lists(ids(), max_size=3),
        read_rows=st.lists(rows, max_size=2),
        missing=st.lists(few("stage", 2), max_size=2),
        ranked=columns,
        removed=st.lists(ids(), max_size=2),
        removed_by=st.lists(few("rule", 2), max_size=2),
        order_by=st.lists(few("rule", 2), max_size=2),
        order=st.binary(max_size=16),
        arms=st.dictionaries(few("experiment", 2), few("arm", 2), max_size=2),
        config=few("config", 2),
        source=st.sampled_from(["", "refreshed"]),
    )


def refreshed_lists() -> SearchStrategy[RefreshedList]:
    """Return a list made ahead; its columns are any bytes."""
    positions = st.dictionaries(few("", 4), st.integers(0, 2**63 - 1), max_size=3)
    columns = st.binary(max_size=16)
    return st.builds(
        RefreshedList,
        applied=positions,
        history=positions,
        profile=positions,
        request_id=event_ids(),
        as_of=times(),
        items=st.lists(ids(), max_size=3),
        scores=columns,
        channels=st.lists(few("channel", 3), max_size=3),
        proposed=columns,
        reasons=st.lists(texts(), max_size=3),
        ranker=few("ranker", 2),
        model_version=few("v", 2),
        config_digest=few("digest", 2),
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


def training_examples() -> SearchStrategy[TrainingExample]:
    """Return a list with what came of it; its columns are any bytes."""
    return st.builds(
        TrainingExample,
        request_id=event_ids(),
        tenant_id=tenants(),
        user_id=ids(),
        scenario=few("scenario", 2),
        as_of=times(),
        window_ms=st.integers(1, 2**40),
        items=st.lists(ids(), max_size=3),
        features=st.lists(few("feature", 4), max_size=3),
        values=st.binary(max_size=16),
        heads=st.lists(few("head", 2), max_size=2),
        labels=st.binary(max_size=16),
    )
