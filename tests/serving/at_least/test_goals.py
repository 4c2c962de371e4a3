import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InvalidFieldError
from serving.api.recommender.v1.common_pb2 import LogPosition
from serving.at_least.goals import MAX_POSITIONS, goals_of
from topics.catalog import ACCEPTED, EVENTS
from topics.offsets import Partition

PARTITIONS = 4
places = st.tuples(
    st.sampled_from([topic.name for topic in EVENTS]), st.integers(0, PARTITIONS - 1), st.integers(0, 2**63 - 1)
)


@given(st.lists(places, max_size=MAX_POSITIONS))
def test_of_each_partition_the_last_place_is_the_goal(asked: list[tuple[str, int, int]]) -> None:
    goals = goals_of([LogPosition(topic=t, partition=p, offset=o) for t, p, o in asked], PARTITIONS)
    latest: dict[tuple[str, int], int] = {}
    for topic, partition, offset in asked:
        latest[topic, partition] = max(offset, latest.get((topic, partition), 0))
    assert {tuple(goal.at): goal.offset for goal in goals} == latest
    assert len(goals) == len(latest)
    for goal in goals:
        index = int(goal.field.removeprefix("at_least[").removesuffix("]"))
        assert asked[index] == (*goal.at, goal.offset)


GOOD = {"topic": "item.change.v1", "partition": 0, "offset": 0}


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        ({"topic": ""}, "topic"),
        ({"topic": "item.table.v1"}, "topic"),
        ({"topic": ACCEPTED.name}, "topic"),
        ({"topic": "x" * 10_000}, "topic"),
        ({"partition": -1}, "partition"),
        ({"partition": PARTITIONS}, "partition"),
        ({"offset": -1}, "offset"),
    ],
)
def test_what_no_event_can_have_is_refused_by_its_field(wrong: dict[str, object], part: str) -> None:
    asked = [LogPosition(**GOOD), LogPosition(**(GOOD | wrong))]  # type: ignore[arg-type]
    with pytest.raises(InvalidFieldError) as refused:
        goals_of(asked, PARTITIONS)
    assert refused.value.field == f"at_least[1].{part}"
    assert len(str(refused.value)) < 300


def test_there_are_at_most_64() -> None:
    with pytest.raises(InvalidFieldError) as refused:
        goals_of([LogPosition(**GOOD)] * (MAX_POSITIONS + 1), PARTITIONS)  # type: ignore[arg-type]
    assert refused.value.field == "at_least"


def test_a_goal_tells_where_it_is() -> None:
    (goal,) = goals_of([LogPosition(topic="item.change.v1", partition=2, offset=17)], PARTITIONS)
    assert goal.at == Partition("item.change.v1", 2)
    assert str(goal) == "at_least[0] (item.change.v1/2/17)"
