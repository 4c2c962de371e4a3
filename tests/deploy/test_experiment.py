"""The experiment on its own: what is published, who is shown what, and how it is counted."""

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from deploy.demo.experiment import ClickRate, Experiment, Plan
from deploy.demo.policies import Observed, Offer, PopularPolicy, RandomPolicy
from schemas.records import Action, BehaviorEvent, ItemChange

PLAN = Plan(end_ms=1_700_000_000_000, users=30, items=60, rounds=3, history_lists=2)


class Log:
    def __init__(self) -> None:
        self.changes: list[ItemChange] = []
        self.events: list[BehaviorEvent] = []

    async def publish(self, changes: Sequence[ItemChange], events: Sequence[BehaviorEvent]) -> None:
        self.changes += changes
        self.events += events


class FirstItems:
    """Offers the oldest items, whatever the user did."""

    name: ClassVar[str] = "first"

    def __init__(self, log: Log) -> None:
        self._log = log
        self.asked: list[str] = []

    async def offer(self, user: str, count: int, as_of_ms: int) -> Offer:
        self.asked.append(user)
        return Offer([change.item_id for change in self._log.changes[:count]], f"request-{len(self.asked)}")


async def run() -> tuple[Log, FirstItems, list[dict[str, ClickRate]]]:
    log = Log()
    policy = FirstItems(log)
    experiment = Experiment(PLAN, "demo", policy, log.publish)
    await experiment.history()
    return log, policy, [await experiment.round(number) for number in range(PLAN.rounds)]


async def test_a_run_is_repeated_by_its_seed() -> None:
    (one, _, rates), (other, _, same_rates) = await run(), await run()

    assert one.events == other.events
    assert one.changes == other.changes
    assert rates == same_rates


async def test_each_user_stays_in_one_arm_of_equal_size() -> None:
    _, policy, rates = await run()

    assert set(Counter(policy.asked).values()) == {PLAN.rounds}
    assert len(set(policy.asked)) == PLAN.users // 3
    assert [set(by_policy) for by_policy in rates] == [{"random", "popular", "first"}] * PLAN.rounds


async def test_rates_count_what_the_log_says() -> None:
    log, _, rates = await run()
    in_rounds = [event for event in log.events if event.event_time >= PLAN.rounds_ms]
    total = sum((rate for by_policy in rates for rate in by_policy.values()), ClickRate(0, 0))

    assert total.shown == sum(event.action == Action.IMPRESSION for event in in_rounds)
    assert total.clicked == sum(event.action == Action.CLICK for event in in_rounds)
    assert {None} < {event.request_id for event in in_rounds}


async def test_nothing_is_shown_before_it_is_published_or_after_the_end() -> None:
    log, _, _ = await run()
    published = {change.item_id: change.event_time for change in log.changes}

    assert len(published) == len(log.changes)
    assert all(published[event.item_id] <= event.event_time for event in log.events)
    assert max(event.event_time for event in log.events) < PLAN.end_ms


async def test_the_baselines_never_offer_what_the_user_acted_on() -> None:
    observed = Observed()
    observed.add_items(ItemChange(f"c{n}", "demo", f"i{n}", "create", 0) for n in range(4))
    observed.add_events(
        [
            BehaviorEvent("1", "demo", "u", "i0", "click", 0),
            BehaviorEvent("2", "demo", "v", "i2", "click", 0),
            BehaviorEvent("3", "demo", "u", "i3", "impression", 0),
        ]
    )

    assert (await PopularPolicy(observed).offer("u", 4, 0)).items == ["i2", "i1", "i3"]
    assert (await PopularPolicy(observed).offer("w", 2, 0)).items == ["i0", "i2"]
    assert sorted((await RandomPolicy(observed, 1).offer("u", 4, 0)).items) == ["i1", "i2", "i3"]
