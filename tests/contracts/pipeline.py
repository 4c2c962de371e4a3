"""What holds for every way to answer a request: all stages in one process, or parts of them in others."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict
from prometheus_client import CollectorRegistry

from serving.bff.decision import decision
from serving.bff.lines import Lines
from serving.bff.stages import Step, stages
from serving.bff.work import Request, Runs, Work
from serving.config import CHANNELS, ChannelConfig, ScenarioConfig
from serving.config_file import ServingConfig
from serving.metrics import Metrics
from serving.models.shelf import Shelf
from serving.ranking.rankers import make_rankers
from tests.contracts.profile import CONTRACT
from tests.serving.fakes import (
    NOW,
    TENANT,
    FailingChannel,
    FakeChannel,
    FixedChannel,
    FixedWorld,
    LateChannel,
    as_channel,
    catalogues,
    state_of,
)
from tests.serving.models.shelves import ranking_model, shelf_of

REQUEST = Request(TENANT, "u", "default", 10, NOW)
CONFIG = ScenarioConfig(**{name: ChannelConfig(budget_ms=5) for name in CHANNELS})
DEEPFM = ranking_model("deepfm", TENANT)

Make = Callable[[str, list[int]], FakeChannel]
MAKES: tuple[Make, ...] = (
    FixedChannel,
    FixedChannel,
    lambda name, _: FailingChannel(name),
    lambda name, _: LateChannel(name),
)


@dataclass(frozen=True)
class Case:
    """A world, channels of any conduct that may propose anything in it, a request, and how it is to be answered."""

    world: FixedWorld
    channels: Mapping[str, FakeChannel]
    request: Request
    config: ScenarioConfig
    shelf: Shelf

    def lines(self, elsewhere: Mapping[str, Step] | None = None) -> Lines:
        """Return the pipeline over it."""
        metrics = Metrics(CollectorRegistry())
        every = {name: as_channel(fake) for name, fake in self.channels.items()}
        made = stages(self.world, ServingConfig(self.config), every, make_rankers(self.shelf), metrics)
        # What is to be seen here is what they make, not how fast this machine is at it.
        return Lines.of([replace(stage, budget_ms=60_000) for stage in made], metrics, elsewhere)

    @property
    def may_be_shown(self) -> set[int]:
        """Items that the answer may hold."""
        active, user = self.world.tenant_catalogue.active, self.world.states["u"]
        seen = set() if self.request.exclude_seen is False else set(user.seen.tolist())
        return {number for number in range(len(active)) if active[number]} - seen


@st.composite
def cases(draw: st.DrawFn) -> Case:
    catalogue = draw(catalogues())
    numbers = range(len(catalogue))
    seen = draw(st.sets(st.sampled_from(numbers))) if numbers else set()
    channels = {
        name: draw(st.sampled_from(MAKES))(name, draw(st.permutations(numbers))[: draw(st.integers(0, 30))])
        for name in CHANNELS
    }
    request = replace(REQUEST, count=draw(st.integers(1, 40)), exclude_seen=draw(st.sampled_from([None, True, False])))
    config = CONFIG.model_copy(
        update={
            "ranker": draw(st.sampled_from(["score", "random", "deepfm", "lambdamart"])),
            "candidates": draw(st.sampled_from([3, 500])),
        }
    )
    return Case(FixedWorld(catalogue, {"u": state_of(list(seen))}), channels, request, config, shelf_of(DEEPFM))


def listed(work: Work) -> list[int]:
    return [int(item) for item in work.candidates.items[: work.request.count]]


def answered(case: Case, *ways: Runs) -> list[Work]:
    """Return what each of the ways makes of the case's request, in one event loop: a late channel belongs to one."""

    async def run() -> list[Work]:
        return [await way.run(case.request, asyncio.get_running_loop().time() + 60.0) for way in ways]

    return asyncio.run(run())


def recorded(work: Work) -> dict[str, object]:
    """Return the record of the decision without what is known only where the model is asked."""
    record = asdict(decision(work, "r-1", NOW))
    apart = {"features", "values", "read", "read_items", "read_rows", "model_version"}
    if not listed(work):
        apart |= {"order_by", "order"}  # nobody is asked to put nothing in order
    return {name: value for name, value in record.items() if name not in apart}


class PipelineContract(ABC):
    """Subclass it as Test<Way> and say how to make one."""

    @abstractmethod
    def make(self, case: Case) -> Runs: ...

    @CONTRACT
    @given(cases())
    def test_a_list_keeps_its_promises(self, case: Case) -> None:
        (work,) = answered(case, self.make(case))
        items = listed(work)
        assert len(items) == len(set(items)), "an item twice"
        assert set(items) <= case.may_be_shown, "an item that may not be shown"
        assert len(items) == min(case.request.count, len(case.may_be_shown)), "shorter than it need be"

    @CONTRACT
    @given(cases())
    def test_what_is_missing_is_named(self, case: Case) -> None:
        (work,) = answered(case, self.make(case))
        missing = {name for name, channel in case.channels.items() if not isinstance(channel, FixedChannel)}
        assert {name for name, outcome in work.outcomes.items() if outcome.missing} == missing
        assert work.degraded == bool(missing)

    @CONTRACT
    @given(cases())
    def test_it_is_the_list_of_all_stages_in_one_process(self, case: Case) -> None:
        work, alone = answered(case, self.make(case), case.lines())
        assert listed(work) == listed(alone)
        assert list(work.candidates.scores) == list(alone.candidates.scores)
        assert work.candidates.channels == alone.candidates.channels
        assert work.candidates.proposed.tobytes() == alone.candidates.proposed.tobytes()
        assert [(name, each.verdict) for name, each in work.outcomes.items()] == [
            (name, each.verdict) for name, each in alone.outcomes.items()
        ]
        assert work.filled == alone.filled
        assert recorded(work) == recorded(alone)
        if not listed(alone):
            return  # nobody is asked to rank nothing
        assert work.model_version == alone.model_version
        assert {name: list(order) for name, order in work.orders.items()} == {
            name: list(order) for name, order in alone.orders.items()
        }
