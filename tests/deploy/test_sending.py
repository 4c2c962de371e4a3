from unittest.mock import create_autospec

from hypothesis import given
from hypothesis import strategies as st

from deploy.load.sending import send_all
from schemas.records import BehaviorEvent
from topics.events import EventProducer

EVENTS = [BehaviorEvent(f"e{number}", "demo", "u", "i", "view", number) for number in range(2500)]


@given(count=st.integers(0, len(EVENTS)), rate=st.none() | st.floats(1e6, 1e9))
def test_all_are_sent_in_order_and_confirmed(count: int, rate: float | None) -> None:
    producer = create_autospec(EventProducer, instance=True)
    told: list[int] = []
    send_all(producer, iter(EVENTS[:count]), rate=rate, advance=told.append)

    assert [call.args[0] for call in producer.post.call_args_list] == EVENTS[:count]
    assert sum(told) == count
    assert producer.mock_calls[-1] == ("flush", (), {})
