"""Bodies and parameters of HTTP requests as the messages of the services."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query
from fastapi.exceptions import RequestValidationError
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message
from pydantic import BaseModel

from serving.api.recommender.v1.common_pb2 import LogPosition
from topics.errors import InvalidOriginError
from topics.headers import Origin

M = TypeVar("M", bound=Message)

Positions = Annotated[
    Sequence[str],
    Query(description="Answer from a state that holds these writes, each as topic/partition/offset; at most 64."),
]
"""A parameter that may be given several times."""


def message_of(body: BaseModel, empty: M) -> M:
    """Return the body as the request's message; raise RequestValidationError for a number that does not fit."""
    return parsed(body.model_dump(exclude_none=True), empty)


def parsed(fields: dict[str, Any], empty: M) -> M:
    """Return the message with these fields as well; raise RequestValidationError for a number that does not fit."""
    try:
        return ParseDict(fields, empty)
    except ParseError as error:
        raise RequestValidationError([{"loc": ("body",), "msg": str(error), "type": "value_error"}]) from error


def positions_of(texts: Sequence[str]) -> list[LogPosition]:
    """Return the places of the log; raise RequestValidationError, which names the one that is none."""
    found = []
    for index, text in enumerate(texts):
        try:
            origin = Origin.decode(text.encode())
            found.append(LogPosition(topic=origin.topic, partition=origin.partition, offset=origin.offset))
        except (InvalidOriginError, ValueError) as error:  # ValueError: a number of more than 32 or 64 bits
            told = {"loc": ("query", "at_least", index), "msg": str(error), "type": "value_error"}
            raise RequestValidationError([told]) from error
    return found
