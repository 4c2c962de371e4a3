"""Every topic of Tideline. `tideline topics apply` creates what stands here, and nothing else creates topics."""

from typing import Final

from schemas.config_records import ConfigChange
from schemas.decision_records import Decision
from schemas.list_records import RefreshedList
from schemas.model_records import JobEvent, ModelRelease, TrainingExample, Vector, VectorSet
from schemas.records import BehaviorEvent, DeadLetter, DeadLetterResolution, GenerationChange, ItemChange, UserChange
from schemas.tenant_records import TenantChange
from topics.changelogs import CHANGELOGS
from topics.errors import UnknownTopicError
from topics.topic import MAX_LARGE_BYTES, Cleanup, Topic

BEHAVIOR: Final = Topic(
    "behavior.event.v1",
    BehaviorEvent,
    key="tenant, user",
    doc="What users did.",
    log_append_time=True,
)
ACCEPTED: Final = Topic(
    "behavior.accepted.v1",
    BehaviorEvent,
    key="tenant, item",
    doc="What the behaviour agent accepted, the bytes unchanged, by item, with its origin as a header.",
    derived=True,
)
ITEM_CHANGE: Final = Topic(
    "item.change.v1",
    ItemChange,
    key="tenant, item",
    doc="What changed in the catalogue.",
    log_append_time=True,
)
USER_CHANGE: Final = Topic(
    "user.change.v1",
    UserChange,
    key="tenant, user",
    doc="What changed in users' profiles, and erasure requests.",
    log_append_time=True,
)

EVENTS: Final = (BEHAVIOR, ITEM_CHANGE, USER_CHANGE)
"""Topics that producers write to. Their timestamps are the broker's: whether an event lies in the future is judged
against them, so that a replay judges as the first run did."""

SOURCES: Final = (*EVENTS, ACCEPTED)
"""Topics that agents read."""


def dead_letters(topic: Topic) -> Topic:
    """Return the topic for what of `topic` could not be processed."""
    return Topic(
        f"{topic.name}.dlq",
        DeadLetter,
        key="as the source",
        doc=f"What of {topic.name} could not be processed, with the reason.",
        max_record_bytes=MAX_LARGE_BYTES,
    )


RESOLUTIONS: Final = Topic(
    "dead_letter.resolution.v1",
    DeadLetterResolution,
    key="topic/partition/offset of the letter's source",
    doc="Which dead letters were replayed or dropped.",
)

GENERATIONS: Final = Topic(
    "generation.change.v1",
    GenerationChange,
    key="number of the generation, or serving",
    doc="Which generations of tables there are, and which one serves.",
    cleanup=Cleanup.COMPACT,
)

MODEL_RELEASES: Final = Topic(
    "model.release.v1",
    ModelRelease,
    key="tenant, model@version",
    doc="Which versions of models were released; of each model the one with the greatest number answers.",
    cleanup=Cleanup.COMPACT,
)

CONFIG_CHANGES: Final = Topic(
    "config.change.v1",
    ConfigChange,
    key="tenant, component",
    doc="What operators changed while servers ran: every version of every component, in the order of their writing.",
)

DECISIONS: Final = Topic(
    "recommendation.served.v1",
    Decision,
    key="tenant, user",
    doc="Lists as they were served, with what they were made from.",
)

REFRESHED: Final = Topic(
    "recommendation.refreshed.v1",
    RefreshedList,
    key="tenant, user, scenario",
    doc="Lists made ahead; of each user and scenario the latest. The table `refreshed` is nothing else.",
    cleanup=Cleanup.COMPACT,
)

EXAMPLES: Final = Topic(
    "training.example.v1",
    TrainingExample,
    key="tenant, user, request",
    doc="Lists as they were served, with what came of them.",
    cleanup=Cleanup.COMPACT,
)

JOBS: Final = Topic(
    "job.event.v1",
    JobEvent,
    key="tenant, job",
    doc="Requests, progress and results of jobs.",
    log_append_time=True,
)

TENANT_CHANGES: Final = Topic(
    "tenant.change.v1",
    TenantChange,
    key="tenant",
    doc="Which tenants there are, and the hashes of their keys; kept whole, for it also says who was let in when.",
)

ITEM_VECTORS: Final = Topic(
    "item.vector.v1",
    Vector,
    key="tenant, item, model",
    doc="Vectors of items, with the model release that made them.",
    cleanup=Cleanup.COMPACT,
)
USER_VECTORS: Final = Topic(
    "user.vector.v1",
    Vector,
    key="tenant, user, model",
    doc="Vectors of users, with the model release that made them.",
    cleanup=Cleanup.COMPACT,
)
VECTOR_SETS: Final = Topic(
    "vector.set.v1",
    VectorSet,
    key="tenant, subject/model",
    doc="Of which version of each model all vectors are in the log.",
    cleanup=Cleanup.COMPACT,
)

TOPICS: Final = (
    *SOURCES,
    *(dead_letters(topic) for topic in SOURCES),
    RESOLUTIONS,
    GENERATIONS,
    MODEL_RELEASES,
    CONFIG_CHANGES,
    DECISIONS,
    REFRESHED,
    EXAMPLES,
    JOBS,
    TENANT_CHANGES,
    ITEM_VECTORS,
    USER_VECTORS,
    VECTOR_SETS,
    *CHANGELOGS,
)


DERIVED: Final = tuple(topic for topic in TOPICS if topic.derived)
"""What agents write for themselves and for serving: of these each generation has its own."""


def topic_named(name: str) -> Topic:
    """Return the topic of that name; raise UnknownTopicError if there is none."""
    for topic in TOPICS:
        if topic.name == name:
            return topic
    raise UnknownTopicError(f"no topic is named {name!r}; there are {', '.join(t.name for t in TOPICS)}")
