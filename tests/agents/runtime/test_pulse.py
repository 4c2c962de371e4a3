"""A process that was stopped past its timeout never trusts itself again."""

from unittest.mock import patch

from agents.runtime.pulse import Pulse


def test_a_gap_is_remembered_whoever_sees_it() -> None:
    with patch("agents.runtime.pulse.time.monotonic") as monotonic:
        monotonic.return_value = 100.0
        pulse = Pulse(10.0)
        monotonic.return_value = 109.0
        assert pulse.beats()
        monotonic.return_value = 110.0
        assert not pulse.beats()
        monotonic.return_value = 100.5
        assert not pulse.beats()
