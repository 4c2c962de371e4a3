"""The audit: what was read is found again whatever came later, and what was not read is told."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import pytest
from msgspec.structs import replace

from agents.folds.sourced import Sourced
from deploy.audit.auditor import Auditor, Events, owners
from deploy.replay.pipeline import answers, replay_pipeline
from deploy.replay.tables import FoldedTables
from deploy.replay.world import replay_world
from schemas.decision_records import Decision
from schemas.hashing import id_hash
from schemas.packing import pack_floats, unpack_floats, unpack_rows
from schemas.records import Action, BehaviorEvent, Change, ItemChange, UserChange
from schemas.tenancy import TenantKey
from schemas.validation import Event
from serving.bff.decision import decision
from serving.bff.explain import Fate, explain
from serving.bff.work import Request
from serving.config import ScenarioConfig
from tests.serving.models.shelves import ranking_model, shelf_of
from training.features.catalog import FEATURES

HOUR = 3_600_000
NOW = 1_700_000_000_000
ITEMS = [f"i{number}" for number in range(9)]
MODEL = ranking_model("deepfm", features=list(FEATURES))
CONFIG = ScenarioConfig(ranker="deepfm")


def past() -> list[Event]:
    """Return a small world's events in the order of its log: items that change, users who act, one who is erased."""
    random = np.random.default_rng(3)
    events: list[Event] = [
        ItemChange(
            f"c{n}", "t", item, Change.CREATE, NOW - 900 * HOUR, item, ["a", "b", "c"][n % 3 : n % 3 + 1], ["x"]
        )
        for n, item in enumerate(ITEMS)
    ]
    for number in range(120):
        user, item = f"u{random.integers(4)}", ITEMS[int(random.integers(9))]
        action = [Action.VIEW, Action.CLICK, Action.LIKE, Action.RATE][int(random.integers(4))]
        at = NOW - int(random.integers(1, 60 * 24)) * HOUR // 2
        value = float(random.integers(1, 11)) / 2 if action is Action.RATE else None
        scenario = ["feed", "home"][number % 2]
        events.append(BehaviorEvent(f"b{number}", "t", user, item, action, at, scenario, value, ["a", "rare"]))
        if number % 17 == 0:
            change = ItemChange(f"n{number}", "t", item, Change.UPDATE, at, tags=[f"tag{number}"])
            events.append(change)
    events.append(UserChange("e", "t", "u3", "erase", NOW - 20 * HOUR))
    return events


@dataclass
class History:
    """A log that is served from while it grows."""

    tables: FoldedTables = field(default_factory=FoldedTables)
    log: list[Event] = field(default_factory=list)
    served: list[Decision] = field(default_factory=list)

    def go_on(self, events: list[Event]) -> None:
        for event in events:  # one by one: the offset of each is its place
            self.tables.fold([event])
        self.log += events

    def serve(self, at_ms: int) -> None:
        """Serve every user from the tables as they are."""
        with replay_world(self.tables) as world:
            pipeline = replay_pipeline(world, shelf_of(MODEL), CONFIG)
            requests = [Request("t", f"u{number}", "feed", 5, at_ms, exclude_seen=False) for number in range(5)]
            for work in answers(pipeline, requests):
                name = f"r{len(self.served)}"
                self.served.append(decision(work, name, at_ms))

    def events(self) -> Events:
        """Return each owner's events of the whole log, by table."""
        found: dict[str, dict[bytes, list[Sourced[Event]]]] = {name: defaultdict(list) for name in owners([])}
        for offset, event in enumerate(self.log):
            sourced = Sourced(event, 0, offset, id_hash(event.event_id))
            match event:
                case BehaviorEvent():
                    user, item = TenantKey("t", event.user_id).encode(), TenantKey("t", event.item_id).encode()
                    for table, owner in (("user_activity", user), ("user_history", user), ("item_stats", item)):
                        found[table][owner].append(sourced)
                case ItemChange():
                    found["item"][TenantKey("t", event.item_id).encode()].append(sourced)
                case UserChange():
                    found["user_profile"][TenantKey("t", event.user_id).encode()].append(sourced)
        return found


@pytest.fixture(scope="module")
def history() -> History:
    made, events = History(), past()
    for begin in range(0, len(events), 40):
        made.go_on(events[begin : begin + 40])
        made.serve(NOW - 3 * HOUR + begin)
    return made


def test_every_candidate_is_explained_as_the_list_has_it(history: History) -> None:
    for made in history.served:
        ranks = sorted(explain(made, item).rank or 0 for item in made.shortlist)
        assert ranks == list(range(1, len(made.shortlist) + 1))
        for position, item in enumerate(made.items, 1):
            found = explain(made, item)
            assert (found.fate, found.position) == (Fate.SHOWN, position)
            assert found.score == unpack_floats(made.scores)[position - 1]
            assert found.channels, "somebody proposed it"
        shown = {item for item in made.shortlist if explain(made, item).fate is Fate.SHOWN}
        assert shown == set(made.items)


def wrong(history: History, decisions: list[Decision]) -> list[tuple[str, str, str]]:
    with replay_world(FoldedTables()) as world:
        auditor = Auditor(world, history.events())
        found = [mismatch for each in decisions for mismatch in auditor.mismatches(each)]
    return [(each.request_id, each.item, each.feature) for each in found]


def test_what_was_read_is_found_again_whatever_came_later(history: History) -> None:
    assert sum(bool(each.items) and bool(each.features) for each in history.served) >= 15
    assert wrong(history, history.served) == []


def test_in_any_order(history: History) -> None:
    assert wrong(history, history.served[::-1]) == []


def test_a_value_that_was_not_read_is_named(history: History) -> None:
    genuine = history.served[-1]
    values = unpack_rows(genuine.values, len(genuine.features)).copy()
    column = genuine.features.index("item_popularity")
    values[1, column] += 0.5
    forged = replace(genuine, values=pack_floats(values))
    assert wrong(history, [forged]) == [(genuine.request_id, genuine.items[1], "item_popularity")]


def test_a_position_that_was_not_read_is_noticed(history: History) -> None:
    genuine = history.served[-5]  # u0, after all events
    read = [
        replace(each, applied={"0": len(ITEMS) + 5}) if each.table == "user_activity" else each
        for each in genuine.read
    ]
    assert {item for _, item, _ in wrong(history, [replace(genuine, read=read)])} == set(genuine.items)


def test_only_what_was_read_is_asked_for(history: History) -> None:
    found = owners(history.served[:1])
    assert found["user_activity"] <= {b"t/u0"}
    assert found["item_stats"] <= {f"t/{item}".encode() for item in ITEMS}
