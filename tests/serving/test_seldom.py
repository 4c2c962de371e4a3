from hypothesis import given
from hypothesis import strategies as st

from serving.seldom import Seldom


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 4))))
def test_each_name_is_told_once_in_a_while_and_at_first(asked: list[tuple[str, float]]) -> None:
    seldom, now = Seldom(10), 0.0
    told: dict[str, float] = {}
    for name, after in asked:
        now += after
        assert seldom.due(name, now) == (name not in told or now - told[name] >= 10)
        if name not in told or now - told[name] >= 10:
            told[name] = now
