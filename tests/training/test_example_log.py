"""Examples in the log are those of the lists and the acts, and of each list the latest counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.decision_records import Decision
from schemas.loading import local_codecs
from schemas.model_records import TrainingExample
from schemas.records import Action, BehaviorEvent
from schemas.tenancy import TenantKey, chunk_key
from tests.model_strategies import training_examples
from tests.strategies import few
from tests.topics.logbook import Log, reader_of
from tests.training.test_served import ITEMS, NOW, act
from topics.catalog import EXAMPLES
from topics.offsets import Partition
from training.errors import ExamplesError
from training.example_log import SUBJECTS, ExampleLog, example_of, parts_of
from training.examples import joined
from training.served import ATTRIBUTION_MS, Outcomes, Served, served_examples

CODECS = local_codecs(SUBJECTS)
FEATURES = ["place", "list"]


def decision(number: int = 0, user: str = "u", features: list[str] = FEATURES) -> Decision:
    values = np.array([[place, number] for place in range(len(ITEMS))], "<f4")
    return Decision(
        f"r{number}", "t", user, "feed", NOW, NOW, list(ITEMS), b"", features=features, values=values.tobytes()
    )


def test_an_example_goes_down_to_what_was_acted_on_last() -> None:
    outcomes = Outcomes([act("a", Action.VIEW), act("b", Action.LIKE)])
    example = example_of(decision(), outcomes, ATTRIBUTION_MS)
    assert example is not None
    (part,) = parts_of([example])
    assert example.items == ["a", "b"]
    assert part.values.tolist() == [[0, 0], [1, 0]]
    np.testing.assert_array_equal(part.labels, [[0, np.nan], [1, 1]])
    assert (part.features, part.heads) == (tuple(FEATURES), ("click", "like"))


def test_what_was_not_acted_on_or_has_no_features_is_no_example() -> None:
    outcomes = Outcomes([act("a", Action.CLICK), act("b", Action.IMPRESSION, number=1)])
    assert example_of(decision(1), outcomes, ATTRIBUTION_MS) is None
    assert example_of(decision(features=[]), outcomes, ATTRIBUTION_MS) is None
    assert example_of(decision(user="other"), outcomes, ATTRIBUTION_MS) is None, "another user's act says nothing"


ACTIONS = [Action.VIEW, Action.CLICK, Action.LIKE]
acts = st.lists(
    st.builds(act, st.sampled_from(ITEMS), st.sampled_from(ACTIONS), st.integers(0, 2)),
    max_size=8,
)


@given(acts)
def test_they_are_the_examples_of_what_was_served(events: list[BehaviorEvent]) -> None:
    decisions = [decision(number) for number in range(3)]
    expected = served_examples(map(Served.of, decisions), events, FEATURES)
    outcomes = Outcomes(events)
    made = [example_of(each, outcomes, ATTRIBUTION_MS) for each in decisions]
    parts = list(parts_of(example for example in made if example is not None))
    assert sum(map(len, parts)) == len(expected)
    if parts:
        found = joined(parts)
        for column in ("values", "labels", "group", "time", "weight"):
            np.testing.assert_array_equal(getattr(found, column), getattr(expected, column))


def test_a_list_is_closed_when_its_window_has_passed() -> None:
    late = act("a", Action.CLICK, after_ms=ATTRIBUTION_MS)
    assert Outcomes([late]).closed(NOW)
    assert not Outcomes([act("a", Action.CLICK, after_ms=ATTRIBUTION_MS - 1)]).closed(NOW)
    assert not Outcomes([]).closed(NOW)


@given(st.lists(training_examples(), max_size=6), few("t", 2))
def test_of_each_request_of_the_tenant_the_latest_is_read(given: list[TrainingExample], tenant: str) -> None:
    examples = [
        replace(each, tenant_id=f"t{number % 2}", user_id="u", request_id=f"r{number % 3}")
        for number, each in enumerate(given)
    ]
    at, codec = Partition(EXAMPLES.name, 0), CODECS.of(EXAMPLES)
    keys = [chunk_key(TenantKey(each.tenant_id, "u").encode(), each.request_id) for each in examples]
    records: Log = {at: [(key, codec.encode(each)) for key, each in zip(keys, examples, strict=True)]}
    records[at] += [(b"t0/u\0r9", b"no example"), (b"t0/u\0r8", records[at][1][1])] if len(examples) > 1 else []
    latest = {(each.tenant_id, each.request_id): each for each in examples}
    found = list(ExampleLog(reader_of(records), CODECS).read(tenant))
    assert sorted(each.request_id for each in found) == sorted(name for owner, name in latest if owner == tenant)
    assert all(latest[each.tenant_id, each.request_id] == each for each in found)


def test_bytes_that_do_not_fit_are_no_example() -> None:
    broken = TrainingExample("r", "t", "u", "feed", NOW, 1, ["a"], ["f", "g"], b"\0\0\0\0", ["click"], b"\0\0\0\0")
    with pytest.raises(ExamplesError, match="request r of tenant t"):
        list(parts_of([broken]))
