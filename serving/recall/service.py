"""RecallService: candidates of several channels, by the pipeline's own first stages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from schemas.errors import InvalidFieldError
from serving.api.recommender.v1 import recall_pb2 as pb
from serving.bff.asking import MAX_CANDIDATES, basis, optional, request_of
from serving.bff.columns import columns
from serving.bff.lines import RECALL
from serving.bff.work import Runs, Work
from serving.call import DEADLINE
from serving.config import CHANNELS, ChannelConfig
from serving.recall.gather import Verdict


@dataclass(frozen=True, slots=True)
class RecallService:
    """Serves `recommender.v1.RecallService`; errors become statuses in `interceptors/errors.py`."""

    pipeline: Runs
    clock: Callable[[], int]
    """Returns the time in milliseconds since 1970."""

    async def MultiRecall(self, request: pb.MultiRecallRequest, context: Any) -> pb.MultiRecallResponse:  # noqa: N802
        """Return what the channels propose; raise InvalidFieldError, or what the pipeline raises."""
        asked = request_of(
            request,
            self.clock(),
            request.count,
            MAX_CANDIDATES,
            exclude_seen=optional(request, "exclude_seen"),
            line=RECALL,
            given=Asking(_channels(request), request.count),
        )
        work = await self.pipeline.run(asked, DEADLINE.get())
        return pb.MultiRecallResponse(
            candidates=columns(work.candidates, work.query.catalogue),
            failed_channels=named(work, Verdict.FAILED),
            late_channels=named(work, Verdict.LATE),
            basis=basis(work),
        )


@dataclass(frozen=True, slots=True)
class Asking:
    """What a request asks of recall; the rest is as configured."""

    channels: Mapping[str, Mapping[str, Any]]
    """By channel, the values of its `ChannelConfig` that the request gives; none: the configured channels."""

    count: int

    def __call__(self, work: Work) -> None:
        """Let the request's configuration be as asked."""
        config = work.config
        own = {name: config.channel(name).model_copy(update=dict(given)) for name, given in self.channels.items()}
        names = tuple(own) or config.channels
        work.config = config.model_copy(update={**own, "channels": names, "candidates": self.count})


def named(work: Work, verdict: Verdict) -> list[str]:
    """Return the channels of which this became, in the order in which they were asked for."""
    return [name for name, outcome in work.outcomes.items() if outcome.verdict is verdict]


def _channels(request: pb.MultiRecallRequest) -> dict[str, Mapping[str, Any]]:
    """Return the channels that are asked for, with what is given of each; raise InvalidFieldError with the path."""
    found: dict[str, Mapping[str, Any]] = {}
    for place, ask in enumerate(request.channels):
        field = f"channels[{place}]"
        if ask.channel not in CHANNELS:
            raise InvalidFieldError(
                field, f"no channel is named {ask.channel[:128]!r}; there are {', '.join(CHANNELS)}"
            )
        if ask.channel in found:
            raise InvalidFieldError(field, f"names {ask.channel} twice")
        given = {name: getattr(ask, name) for name in ("limit", "weight", "budget_ms") if ask.HasField(name)}
        try:
            ChannelConfig.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            raise InvalidFieldError(f"{field}.{first['loc'][0]}", first["msg"]) from error
        found[ask.channel] = given
    return found
