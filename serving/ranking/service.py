"""RankingService: items of a request, scored by the pipeline's own stages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from schemas.errors import InvalidFieldError
from serving.api.recommender.v1 import ranking_pb2 as pb
from serving.bff.asking import MAX_CANDIDATES, basis, check_candidates, request_of
from serving.bff.columns import columns
from serving.bff.given import GivenItems
from serving.bff.lines import RANKING
from serving.bff.work import Runs
from serving.call import DEADLINE
from serving.ranking.rankers import RANKERS


@dataclass(frozen=True, slots=True)
class RankingService:
    """Serves `recommender.v1.RankingService`; errors become statuses in `interceptors/errors.py`."""

    pipeline: Runs
    clock: Callable[[], int]
    """Returns the time in milliseconds since 1970."""

    async def Rank(self, request: pb.RankRequest, context: Any) -> pb.RankResponse:  # noqa: N802
        """Return the items by their score; raise InvalidFieldError, or what the pipeline raises."""
        check_candidates(request.candidates)
        if request.ranker and request.ranker not in RANKERS:
            why = f"no ranker is named {request.ranker[:128]!r}; there are {', '.join(RANKERS)}"
            raise InvalidFieldError("ranker", why)
        asked = request_of(
            request,
            self.clock(),
            len(request.candidates.item_ids),
            MAX_CANDIDATES,
            line=RANKING,
            given=GivenItems(request.candidates, request.ranker),
        )
        work = await self.pipeline.run(asked, DEADLINE.get())
        return pb.RankResponse(
            candidates=columns(work.candidates, work.query.catalogue, channels=False),
            unknown_item_ids=work.unknown,
            ranker=work.config.ranker,
            model_version=work.model_version,
            basis=basis(work),
        )
