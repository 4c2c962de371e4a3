"""Asking: the checks that every request of the pipeline's services goes through, and what every answer says."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import numpy as np

from schemas.errors import InvalidFieldError
from schemas.tenancy import MAX_ID_BYTES, check_id
from schemas.text import check_name, check_text
from schemas.validation import MAX_CONTEXT, MAX_SCENARIO, MAX_VALUE_TEXT, MAX_WORD
from serving.api.recommender.v1 import candidates_pb2 as pb
from serving.api.recommender.v1.common_pb2 import TablePosition
from serving.bff.work import RECOMMEND, Given, Request, Work
from serving.call import REQUEST_ID
from serving.clock import check_as_of

MAX_COUNT: Final = 500
MAX_CANDIDATES: Final = 5000
DEFAULT_SCENARIO: Final = "default"


class Asked(Protocol):
    """The fields that all of these requests have."""

    tenant_id: str
    user_id: str
    scenario_id: str
    as_of_ms: int

    @property
    def context(self) -> Mapping[str, str]:
        """Device, network and the like."""

    def HasField(self, field_name: Any) -> bool:  # noqa: N802
        """Return whether the optional field was given."""


def request_of(
    asked: Asked,
    now_ms: int,
    count: int,
    most: int = MAX_COUNT,
    exclude_seen: bool | None = None,
    line: str = RECOMMEND,
    given: Given | None = None,
    plain: bool = False,
) -> Request:
    """Return the request if every field is within its range; raise InvalidFieldError, which names the field.

    Args:
        asked: the message.
        now_ms: the server's time.
        count: the message's `count`, or what stands for it.
        most: greatest `count`.
        exclude_seen: the message's, if it was given.
        line: which stages it is to go through (`serving.bff.lines`).
        given: what it brings to them.
        plain: whether a list made ahead would do.
    """
    check_id(asked.user_id, "user_id")
    scenario = asked.scenario_id or DEFAULT_SCENARIO
    check_name(scenario, "scenario_id", MAX_SCENARIO)
    if not 1 <= count <= most:
        raise InvalidFieldError("count", f"must be 1 to {most}, not {count}")
    as_of_ms = check_as_of(asked.as_of_ms if asked.HasField("as_of_ms") else now_ms, now_ms)
    context = dict(asked.context)
    if len(context) > MAX_CONTEXT:
        raise InvalidFieldError("context", f"must be at most {MAX_CONTEXT} entries, not {len(context)}")
    for name, value in context.items():
        check_name(name, "context", MAX_WORD)
        check_text(value, f"context[{name}]", MAX_VALUE_TEXT)
    return Request(
        tenant=asked.tenant_id,
        user=asked.user_id,
        scenario=scenario,
        count=count,
        as_of_ms=as_of_ms,
        exclude_seen=exclude_seen,
        context=context,
        line=line,
        given=given,
        plain=plain,
    )


def check_candidates(candidates: pb.Candidates, field: str = "candidates") -> None:
    """Raise InvalidFieldError, which names the field, unless the columns fit together and hold what they may."""
    ids = list(candidates.item_ids)
    if not 1 <= len(ids) <= MAX_CANDIDATES:
        raise InvalidFieldError(f"{field}.item_ids", f"must be 1 to {MAX_CANDIDATES}, not {len(ids)}")
    _check_ids(ids, f"{field}.item_ids")
    if candidates.scores:
        _check_scores(candidates.scores, len(ids), f"{field}.scores")
    names = set[str]()
    for column, channel in enumerate(candidates.channels):
        _check_channel(channel, len(ids), names, f"{field}.channels[{column}]")
        names.add(channel.channel)


def _check_ids(ids: Sequence[str], field: str) -> None:
    # One look at all of them takes a tenth of the time of a look at each: what is refused may take its time.
    joined, sizes = "".join(ids), [len(item) for item in ids]
    plain = joined.isascii() and joined.isprintable() and min(sizes) > 0 and max(sizes) <= MAX_ID_BYTES
    if plain and len(set(ids)) == len(ids):
        return
    met: dict[str, int] = {}
    for place, item in enumerate(ids):
        check_id(item, f"{field}[{place}]")
        if (first := met.setdefault(item, place)) != place:
            raise InvalidFieldError(f"{field}[{place}]", f"is the same item as number {first}")


def _check_channel(channel: pb.ChannelColumn, size: int, names: set[str], field: str) -> None:
    check_name(channel.channel, f"{field}.channel", MAX_WORD)
    if channel.channel in names:
        raise InvalidFieldError(f"{field}.channel", f"names {channel.channel} twice")
    places = np.fromiter(channel.places, np.int64, len(channel.places))
    if len(places) and not (places[0] >= 0 and places[-1] < size and (np.diff(places) > 0).all()):
        raise InvalidFieldError(f"{field}.places", f"must be places from 0 to {size - 1}, rising")
    _check_scores(channel.scores, len(places), f"{field}.scores")


def _check_scores(scores: Sequence[float], size: int, field: str) -> None:
    if len(scores) != size:
        raise InvalidFieldError(field, f"must be {size}, one for each item, not {len(scores)}")
    if not np.isfinite(np.fromiter(scores, np.float32, size)).all():
        raise InvalidFieldError(field, "must be finite")


def optional(message: Any, field: str) -> Any:
    """Return the value of the optional field; None where it was not given."""
    return getattr(message, field) if message.HasField(field) else None


def basis(work: Work) -> pb.Basis:
    """Return from what the answer was made, and what is missing from it."""
    return pb.Basis(
        request_id=REQUEST_ID.get(),
        as_of_ms=work.request.as_of_ms,
        state=table_positions(work.positions),
        staleness_ms=work.staleness_ms,
        degraded=work.degraded,
        failed_stages=[report.name for report in work.reports if report.failed],
    )


def table_positions(positions: Mapping[str, Mapping[int, int]]) -> list[TablePosition]:
    """Return how far each table was read, in the contract's terms."""
    return [TablePosition(topic=topic, offsets=offsets) for topic, offsets in sorted(positions.items())]
