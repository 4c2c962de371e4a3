"""Lines: the stages that each service takes its requests through. One that stands alone has a part of the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from serving.bff.pipeline import Pipeline
from serving.bff.stages import Policy, Stage, Step
from serving.bff.steps import take_given
from serving.bff.work import RECOMMEND, Request, Work
from serving.metrics import Metrics

RECALL: Final = "recall"
RANKING: Final = "ranking"
RERANKING: Final = "reranking"


class Part(NamedTuple):
    """What a service of its own does of the whole."""

    stages: tuple[str, ...]
    """What it runs, behind the gate and what the request brings."""

    stands_for: tuple[str, ...]
    """Neighbouring stages that a call of it does the work of."""

    name: str
    """What that call is named as a stage: in reports, metrics and responses."""


PARTS: Final[Mapping[str, Part]] = {
    RECALL: Part(("recall", "merge"), ("recall", "merge"), "recall"),
    RANKING: Part(("features", "rank"), ("features", "rank"), "rank"),
    RERANKING: Part(("filter", "rerank"), ("rerank",), "rerank"),
}
"""By the service's name in the roster. Reranking filters again: whoever asks it may have candidates of his own."""

_GIVEN: Final = Stage("given", 10, Policy.CLOSED, take_given)


@dataclass(frozen=True, slots=True)
class Lines:
    """Takes each request through the line that it asks for."""

    lines: Mapping[str, Pipeline]

    @classmethod
    def of(cls, whole: Sequence[Stage], metrics: Metrics, elsewhere: Mapping[str, Step] | None = None) -> Self:
        """Return the lines of these stages; `elsewhere` has, by part, what calls the process that does it."""
        lines = {name: _line(whole, part) for name, part in PARTS.items()}
        lines[RECOMMEND] = called(whole, elsewhere or {})
        return cls({name: Pipeline(stages, metrics) for name, stages in lines.items()})

    async def run(self, request: Request, deadline: float) -> Work:
        """Return what the request's line makes of it; see `Pipeline.run`."""
        return await self.lines[request.line].run(request, deadline)


def called(whole: Sequence[Stage], elsewhere: Mapping[str, Step]) -> tuple[Stage, ...]:
    """Return the stages with a call in place of those that another process does.

    A call has the time of all stages that the other process runs, and fails open, as each of those does.
    """
    stages = list(whole)
    for name, step in elsewhere.items():
        part = PARTS[name]
        budget_ms = sum(stage.budget_ms for stage in _line(whole, part))
        call = Stage(part.name, budget_ms, Policy.OPEN, step)
        at = next(place for place, stage in enumerate(stages) if stage.name == part.stands_for[0])
        stages[at : at + len(part.stands_for)] = [call]
    return tuple(stages)


def _line(whole: Sequence[Stage], part: Part) -> tuple[Stage, ...]:
    by_name = {stage.name: stage for stage in whole}
    return (by_name["gate"], _GIVEN, *(by_name[name] for name in part.stages))
