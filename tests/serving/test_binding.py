"""Nobody beyond the machine reaches a server that asks for no key."""

import pytest

from serving.binding import check_loopback
from serving.errors import InvalidConfigError


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_is_listened_on(host: str) -> None:
    check_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.org", "", "127.0.0.1.org"])
def test_whatever_others_may_reach_is_refused(host: str) -> None:
    with pytest.raises(InvalidConfigError, match="host: must be a loopback address"):
        check_loopback(host)
