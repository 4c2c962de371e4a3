"""Which schema each subject carries: the .avsc files, read once."""

from functools import cache
from importlib.resources import files
from typing import Any, Final

import orjson

from schemas.config_records import ConfigChange
from schemas.decision_records import Decision
from schemas.list_records import RefreshedList
from schemas.model_records import JobEvent, ModelRelease, TrainingExample, Vector, VectorSet
from schemas.records import (
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
    Row,
    UserActivity,
    UserChange,
    UserHistory,
    UserProfile,
)
from schemas.tenant_records import TenantChange

RECORDS: Final[dict[str, type[Record]]] = {
    "behavior_event": BehaviorEvent,
    "item_change": ItemChange,
    "user_change": UserChange,
    "dead_letter": DeadLetter,
    "dead_letter_resolution": DeadLetterResolution,
    "generation_change": GenerationChange,
    "model_release": ModelRelease,
    "config_change": ConfigChange,
    "decision": Decision,
    "job_event": JobEvent,
    "tenant_change": TenantChange,
    "training_example": TrainingExample,
    "vector": Vector,
    "vector_set": VectorSet,
    "user_activity": UserActivity,
    "user_history": UserHistory,
    "user_profile": UserProfile,
    "item": Item,
    "item_stats": ItemStats,
    "item_neighbors": ItemNeighbors,
    "item_audience": ItemAudience,
    "refreshed_list": RefreshedList,
}
"""Every record by the name of its file in avro/."""

_NAME_OF: Final = {record: name for name, record in RECORDS.items()}


@cache
def avro_schema(name: str) -> dict[str, Any]:
    """Return the schema in `avro/<name>.avsc`; raise KeyError if no record has that name."""
    if name not in RECORDS:
        raise KeyError(f"no record is named {name!r}; there are {', '.join(sorted(RECORDS))}")
    loaded: dict[str, Any] = orjson.loads((files("schemas") / "avro" / f"{name}.avsc").read_bytes())
    return loaded


def schema_name(record: type[Record]) -> str:
    """Return the name of the record's file in avro/."""
    return _NAME_OF[record]


def promised_level(record: type[Record]) -> str:
    """Return the compatibility level of the record's subjects.

    FULL_TRANSITIVE for what producers and consumers of any age exchange: the log keeps its first event for ever.
    BACKWARD_TRANSITIVE for rows, which are read by the version that wrote them or a later one, and can be rebuilt.
    """
    return "BACKWARD_TRANSITIVE" if issubclass(record, Row) else "FULL_TRANSITIVE"
