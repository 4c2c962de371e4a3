"""The stages of a request, as data: name, budget, policy, and what runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from serving.bff.features import Features
from serving.bff.fill import Fill
from serving.bff.gate import Gate
from serving.bff.read_model import ReadModel
from serving.bff.record import Record
from serving.bff.recorder import Recorder
from serving.bff.refreshed import Refreshed
from serving.bff.steps import Rank, Recall, filter_out, merge_proposals, rerank
from serving.bff.work import Work
from serving.configuration.choice import Configured
from serving.metrics import Metrics
from serving.ranking.protocol import Ranker
from serving.recall.protocol import Channel


class Policy(StrEnum):
    """What the failure of a stage means."""

    OPEN = "open"
    """The request goes on with what there was before the stage, and the answer says so."""

    CLOSED = "closed"
    """The request fails: an answer without this stage would be wrong."""


class Step(Protocol):
    """What a stage runs."""

    async def __call__(self, work: Work, until: float) -> None:
        """Do the stage's work; what waits must stop waiting at `until`, on the event loop's clock."""
        ...


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the pipeline."""

    name: str
    """The one name: in logs, metrics and responses."""

    budget_ms: int
    """What waits within the stage is cut off there; what computes cannot be, and is counted when it takes longer."""

    policy: Policy
    run: Step
    always: bool = False
    """Whether it runs where a list made ahead answers, too."""


def stages(
    world: ReadModel,
    config: Configured,
    channels: Mapping[str, Channel],
    rankers: Mapping[str, Ranker],
    metrics: Metrics,
    recording: Sequence[Stage] = (),
) -> tuple[Stage, ...]:
    """Return the stages of every request, in order, over every channel and ranker that may be configured.

    `recording` comes last, where there is a log to record to: see `record_stage`.
    """
    return (
        Stage("gate", 20, Policy.CLOSED, Gate(world, config)),
        Stage("refreshed", 5, Policy.OPEN, Refreshed(world, metrics)),
        Stage("recall", 100, Policy.OPEN, Recall(channels, metrics)),
        Stage("merge", 10, Policy.OPEN, merge_proposals),
        Stage("filter", 10, Policy.CLOSED, filter_out),
        Stage("fill", 30, Policy.OPEN, Fill(channels["hot"], metrics)),
        Stage("features", 20, Policy.OPEN, Features(world, rankers)),
        Stage("rank", 30, Policy.OPEN, Rank(rankers)),
        Stage("rerank", 10, Policy.OPEN, rerank),
        *recording,
    )


def record_stage(recorder: Recorder, clock: Callable[[], int]) -> Stage:
    """Return the stage that records what was decided."""
    return Stage("record", 5, Policy.OPEN, Record(recorder, clock), always=True)
