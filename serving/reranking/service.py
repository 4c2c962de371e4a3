"""RerankingService: ranked items of a request made a list, by the pipeline's own stages."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.api.recommender.v1 import reranking_pb2 as pb
from serving.bff.asking import basis, check_candidates, optional, request_of
from serving.bff.columns import columns
from serving.bff.given import GivenItems
from serving.bff.lines import RERANKING
from serving.bff.work import Runs, Work
from serving.call import DEADLINE


@dataclass(frozen=True, slots=True)
class RerankingService:
    """Serves `recommender.v1.RerankingService`; errors become statuses in `interceptors/errors.py`."""

    pipeline: Runs
    clock: Callable[[], int]
    """Returns the time in milliseconds since 1970."""

    async def Rerank(self, request: pb.RerankRequest, context: Any) -> pb.RerankResponse:  # noqa: N802
        """Return the list, and what each rule did; raise InvalidFieldError, or what the pipeline raises."""
        check_candidates(request.candidates)
        asked = request_of(
            request,
            self.clock(),
            request.count,
            exclude_seen=optional(request, "exclude_seen"),
            line=RERANKING,
            given=GivenItems(request.candidates),
        )
        work = await self.pipeline.run(asked, DEADLINE.get())
        return pb.RerankResponse(
            candidates=columns(work.candidates, work.query.catalogue, channels=False),
            unknown_item_ids=work.unknown,
            rules=_reports(work, request.candidates.item_ids),
            basis=basis(work),
        )


def _reports(work: Work, given: Sequence[str]) -> Iterator[pb.RuleReport]:
    """Yield what each rule did to the items that were given."""
    named, numbers = work.query.catalogue.named, work.query.catalogue.numbers
    for rule in work.config.filter_chain(work.query.exclude_seen).rules:
        removed = named(work.removed[rule.name]) if rule.name in work.removed else []
        yield pb.RuleReport(rule=rule.name, removed_item_ids=removed)
    asked = np.fromiter((numbers.get(item, -1) for item in given), np.int32, len(given))
    for name, order in work.orders.items():
        yield pb.RuleReport(rule=name, places=_places(order, asked).tolist())


def _places(order: NDArray[np.int32], asked: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return (K,) where in the order, of which no item stands twice, each of the (K,) items is; -1 where it is not."""
    places = np.full(len(asked), -1, np.int32)
    _, at, place = np.intersect1d(asked, order, return_indices=True)
    places[at] = place
    return places
