"""The workload is one and the same at every run, and the peers' as well."""

import numpy as np

from deploy.bench.workload import ACTIONS, EXPONENT, ITEMS, SPAN_MS, USERS, Workload
from schemas.validation import check

NOW = 1_700_000_000_000


def test_the_same_seed_gives_the_same_events() -> None:
    one, two = (list(Workload(2_000, end_ms=NOW).events()) for _ in range(2))
    assert one == two
    assert one != list(Workload(2_000, seed=8, end_ms=NOW).events())


def test_events_are_valid_distinct_and_in_the_order_of_their_times() -> None:
    events = list(Workload(2_000, end_ms=NOW).events())
    for event in events:
        check(event)
    times = [event.event_time for event in events]
    assert times == sorted(times)
    assert times[0] >= NOW - SPAN_MS
    assert times[-1] < NOW
    assert len({event.event_id for event in events}) == len(events)


def test_users_items_and_actions_are_those_that_the_peers_generator_draws() -> None:
    count = 1_000
    rng = np.random.default_rng(7)

    def zipf(size: int) -> list[int]:
        weights = 1 / np.arange(1, size + 1) ** EXPONENT
        return list(rng.choice(size, count, p=weights / weights.sum()))

    users, items = zipf(USERS), zipf(ITEMS)
    actions = [list(ACTIONS)[index] for index in rng.choice(4, count, p=[0.8, 0.14, 0.05, 0.01])]
    events = list(Workload(count, end_ms=NOW).events())
    assert [event.user_id for event in events] == [f"u{user}" for user in users]
    assert [event.item_id for event in events] == [f"i{item}" for item in items]
    assert [event.action for event in events] == actions
