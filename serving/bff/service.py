"""RecommendService: checks the request, runs the pipeline, says what it did; and explains it later."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.api.recommender.v1.explanation_pb2 import ExplainRequest, ExplainResponse
from serving.at_least.holds import of_user
from serving.at_least.waiting import AtLeast
from serving.bff import explaining
from serving.bff.answer import Answers
from serving.bff.asking import optional, request_of
from serving.bff.paging import List
from serving.bff.recorded import Recorded
from serving.bff.work import Request, Runs
from serving.call import DEADLINE, REQUEST_ID


@dataclass(frozen=True, slots=True)
class RecommendService:
    """Serves `recommender.v1.RecommendService`; errors become statuses in `interceptors/errors.py`."""

    pipeline: Runs
    clock: Callable[[], int]
    """Returns the time in milliseconds since 1970."""

    at_least: AtLeast
    recorded: Recorded
    answers: Answers = field(default_factory=Answers)

    async def Recommend(self, request: pb.RecommendRequest, context: Any) -> pb.RecommendResponse:  # noqa: N802
        """Return the best items for a user; raise InvalidFieldError, or what the pipeline raises."""
        asked = self._asked(request)
        await self.at_least.reach(request.at_least, of_user(asked.tenant, asked.user))
        work = await self.pipeline.run(asked, DEADLINE.get())
        return self.answers.of(work, REQUEST_ID.get(), request.debug)

    async def Explain(self, request: ExplainRequest, context: Any) -> ExplainResponse:  # noqa: N802
        """Return why items were shown in an answer, or why not; see `explaining.answer`."""
        return await explaining.answer(self.recorded, request, DEADLINE.get())

    def _asked(self, request: pb.RecommendRequest) -> Request:
        """Return the request if every field is within its range; raise InvalidFieldError, which names the field."""
        exclude_seen = optional(request, "exclude_seen")
        another = request.ahead or request.page_token
        plain = not (another or request.context or exclude_seen is not None or request.HasField("as_of_ms"))
        asked = request_of(request, self.clock(), request.count, exclude_seen=exclude_seen, plain=plain)
        if not another:
            return asked
        of = List(asked.tenant, asked.user, asked.scenario)
        return replace(asked, ahead=request.ahead, earlier=self.answers.pages.shown(of, request.page_token))
