"""A peer is believed only when its last line says that it processed every event."""

import pytest

from deploy.bench.errors import PeerError
from deploy.bench.peers.peer import events_per_s


def test_the_last_line_is_the_result() -> None:
    assert events_per_s('starting\n{"n": 7, "eps": 12.5, "rss_kb": 1}\n', 7) == 12.5


@pytest.mark.parametrize("output", ["", "no json", "[]", '{"eps": 1.0}', '{"n": 7, "eps": null}'])
def test_what_is_no_result_is_refused(output: str) -> None:
    with pytest.raises(PeerError, match="not the result"):
        events_per_s(output, 7)


def test_a_peer_that_lost_events_is_refused() -> None:
    with pytest.raises(PeerError, match="processed 6 events, not 7"):
        events_per_s('{"n": 6, "eps": 12.5}', 7)
