"""Work: one request on its way through the stages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from schemas.list_records import RefreshedList
from serving.candidate import NO_CANDIDATES, Candidates
from serving.config import ScenarioConfig
from serving.features.moment import Read
from serving.query import Query
from serving.ranking.protocol import Scorer
from serving.recall.gather import Outcome
from serving.reranking.chain import Chain
from serving.reranking.rules.earlier_pages import EarlierPages

RECOMMEND: Final = "recommend"
"""The line of all stages (`serving.bff.lines`)."""

Given: TypeAlias = Callable[["Work"], None]
"""Brings what a request gives besides to its work, once the gate is passed: items to rank, channels to ask."""


@dataclass(frozen=True, slots=True)
class LogPosition:
    """Where an event stands in the log."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, checked."""

    tenant: str
    user: str
    scenario: str
    count: int
    """1 to 500; of candidates that are recalled or ranked to 5000."""

    as_of_ms: int
    exclude_seen: bool | None = None
    """Whether to leave out what the user acted on; None: as configured."""

    context: Mapping[str, str] = field(default_factory=dict)
    line: str = RECOMMEND
    """Which stages it goes through; see `serving.bff.lines`."""

    given: Given | None = None
    earlier: tuple[str, ...] = ()
    """The items of earlier pages, which are not shown again."""

    ahead: bool = False
    """Whether the list is made for later: anew, whatever was made ahead before, and shown to nobody now."""

    plain: bool = False
    """Whether nothing is asked that a list made ahead does not hold: a moment, a context, a page, what was seen."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """The list made ahead that answers."""

    row: RefreshedList
    reasons: Sequence[str]
    """Of each candidate of the work."""

    whole: bool
    """Whether no item of it was taken out: the candidates are then its first ones."""


@dataclass(frozen=True, slots=True)
class StageReport:
    """What one stage did."""

    name: str
    micros: int
    candidates: int
    failed: bool


@dataclass(slots=True)
class Work:
    """One request, and what the stages have made of it so far; each stage sets what it is there for."""

    request: Request

    query: Query = field(init=False)
    """Set by the gate, like the three below it."""

    config: ScenarioConfig = field(init=False)
    positions: Mapping[str, Mapping[int, int]] = field(init=False)
    staleness_ms: int = field(init=False)

    ahead: Ahead | None = None
    """Set by refreshed, together with the candidates, if a list made ahead answers: then nothing is made after it."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    """What became of each channel that was asked, in configured order; set by recall."""

    candidates: Candidates = NO_CANDIDATES
    """Set by merge, then changed by each stage after it."""

    arms: Mapping[str, str] = field(default_factory=dict)
    """By experiment, the arm that the user is in; set by the gate, like the one below it."""

    versions: str = ""
    """Of the configuration; see `serving.configuration.choice`."""

    considered: Candidates | None = None
    """The candidates as ranking found them, in the order and with the scores of recall; set by rank."""

    read: Read | None = None
    """Set by features, if the configured ranker reads any: the candidates as it found them, and what features read."""

    scorer: Scorer | None = None
    """Set by features, like `read`: what is to score them, of which ranking then uses the very same."""

    features: NDArray[np.float32] | None = None
    """(N, F) set by features, like `read`: what the ranker reads of each candidate, in the order of its moment."""

    removed: dict[str, NDArray[np.int32]] = field(default_factory=dict)
    """By filter, the items that it took out; set by filter."""

    orders: dict[str, NDArray[np.int32]] = field(default_factory=dict)
    """By rule, all items in the order that it left; set by rerank."""

    model_version: str = ""
    """Of the model that ranked the candidates; empty where none did. Set by rank."""

    unknown: list[str] = field(default_factory=list)
    """Items that the request gave and the catalogue does not know."""

    filled: int = 0
    """How many candidates were filled in, last in the list of candidates when they were."""

    reports: list[StageReport] = field(default_factory=list)
    """The stages that are done, in order."""

    @property
    def filters(self) -> Chain:
        """The rules that take out what may not be shown in this answer."""
        rules = self.config.filter_chain(self.query.exclude_seen).rules
        return Chain.of((*rules, EarlierPages()) if self.query.offset else rules)

    @property
    def stale(self) -> bool:
        """Whether the state is older than the scenario allows."""
        return self.staleness_ms > self.config.stale_after_s * 1000

    @property
    def degraded(self) -> bool:
        """Whether a channel or a stage is missing from the answer, or its state is stale."""
        missing = any(outcome.missing for outcome in self.outcomes.values())
        return missing or self.stale or any(report.failed for report in self.reports)


class Runs(Protocol):
    """What takes a request through its stages: a pipeline, or whatever chooses one for it."""

    async def run(self, request: Request, deadline: float) -> Work:
        """Return what the stages made of the request; see `Pipeline.run`."""
        ...
