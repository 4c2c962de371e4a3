"""RecommendService: checks the request, runs the pipeline, says what it did; and explains it later."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from schemas.errors import InvalidFieldError
from schemas.tenancy import check_id
from schemas.text import check_name, check_text
from schemas.validation import MAX_CONTEXT, MAX_SCENARIO, MAX_VALUE_TEXT, MAX_WORD
from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.api.recommender.v1.common_pb2 import LogPosition as Position
from serving.api.recommender.v1.explanation_pb2 import ExplainRequest, ExplainResponse
from serving.bff import explaining
from serving.bff.answer import Answers
from serving.bff.gate import FOLDED_INTO
from serving.bff.recorded import Recorded
from serving.bff.work import LogPosition, Request, Work
from serving.call import DEADLINE, REQUEST_ID
from serving.clock import check_as_of

MAX_COUNT: Final = 500
DEFAULT_SCENARIO: Final = "default"


class Runs(Protocol):
    """What takes a request through the stages: a pipeline, or whatever chooses one for it."""

    async def run(self, request: Request, deadline: float) -> Work:
        """Return what the stages made of the request; see `Pipeline.run`."""
        ...


@dataclass(frozen=True, slots=True)
class RecommendService:
    """Serves `recommender.v1.RecommendService`; errors become statuses in `interceptors/errors.py`."""

    pipeline: Runs
    clock: Callable[[], int]
    """Returns the time in milliseconds since 1970."""

    recorded: Recorded
    answers: Answers = field(default_factory=Answers)

    async def Recommend(self, request: pb.RecommendRequest, context: Any) -> pb.RecommendResponse:  # noqa: N802
        """Return the best items for a user; raise InvalidFieldError, or what the pipeline raises."""
        work = await self.pipeline.run(_checked(request, self.clock()), DEADLINE.get())
        return self.answers.of(work, REQUEST_ID.get(), request.debug)

    async def Explain(self, request: ExplainRequest, context: Any) -> ExplainResponse:  # noqa: N802
        """Return why items were shown in an answer, or why not; see `explaining.answer`."""
        return await explaining.answer(self.recorded, request, DEADLINE.get())


def _checked(request: pb.RecommendRequest, now_ms: int) -> Request:
    """Return the request if every field is within its range; raise InvalidFieldError, which names the field."""
    check_id(request.user_id, "user_id")
    scenario = request.scenario_id or DEFAULT_SCENARIO
    check_name(scenario, "scenario_id", MAX_SCENARIO)
    if not 1 <= request.count <= MAX_COUNT:
        raise InvalidFieldError("count", f"must be 1 to {MAX_COUNT}, not {request.count}")
    as_of_ms = check_as_of(request.as_of_ms if request.HasField("as_of_ms") else now_ms, now_ms)
    if len(request.context) > MAX_CONTEXT:
        raise InvalidFieldError("context", f"must be at most {MAX_CONTEXT} entries, not {len(request.context)}")
    for name, value in request.context.items():
        check_name(name, "context", MAX_WORD)
        check_text(value, f"context[{name}]", MAX_VALUE_TEXT)
    return Request(
        tenant=request.tenant_id,
        user=request.user_id,
        scenario=scenario,
        count=request.count,
        as_of_ms=as_of_ms,
        exclude_seen=request.exclude_seen if request.HasField("exclude_seen") else None,
        context=dict(request.context),
        ahead=request.ahead,
        plain=not (request.ahead or request.context or any(map(request.HasField, ("as_of_ms", "exclude_seen")))),
        at_least=_position(request.at_least) if request.HasField("at_least") else None,
    )


def _position(position: Position) -> LogPosition:
    """Return where the event stands; raise InvalidFieldError if that is nowhere."""
    if position.topic not in FOLDED_INTO:
        raise InvalidFieldError("at_least.topic", f"must be one of {', '.join(FOLDED_INTO)}")
    for name, number in (("partition", position.partition), ("offset", position.offset)):
        if number < 0:
            raise InvalidFieldError(f"at_least.{name}", f"must be at least 0, not {number}")
    return LogPosition(position.topic, position.partition, position.offset)
