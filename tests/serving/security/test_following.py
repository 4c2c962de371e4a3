"""A keyring follows the log: from its start, on through what is added, and through times without brokers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest.mock import create_autospec

import pytest

from schemas.tenant_records import TenantChange
from serving.errors import NotReadyError
from serving.security.following import TenantFollowing
from serving.security.keyring import Keyring
from tests.serving.security.test_keyring import change
from tests.serving.tenant_log import CODECS
from tests.topics.logbook import message, reader_of
from topics.catalog import TENANT_CHANGES
from topics.errors import BrokerUnavailableError
from topics.offsets import LogOffsets, Partition
from topics.reader import Batch, LogReader
from topics.tenants import Tenants

AT = Partition(TENANT_CHANGES.name, 0)


class Brokers:
    """A topic of one partition that can be written to, and be away."""

    def __init__(self) -> None:
        self._parcels = Tenants(reader_of({}), CODECS)
        self.values: list[bytes] = []
        self.away = False
        offsets = create_autospec(LogOffsets, instance=True)
        offsets.partitions.side_effect = lambda topic: [AT]
        offsets.start.side_effect = lambda asked: {AT: 0}
        offsets.end.side_effect = self.end
        self.reader = create_autospec(LogReader, instance=True, offsets=offsets)
        self.reader.read.side_effect = self.read

    def write(self, given: TenantChange) -> None:
        self.values.append(self._parcels.parcel(given).value)

    def end(self, asked: object) -> dict[Partition, int]:
        self.check()
        return {AT: len(self.values)}

    def check(self) -> None:
        if self.away:
            raise BrokerUnavailableError("away")

    def read(
        self,
        start: Mapping[Partition, int],
        until: Mapping[Partition, int] | None = None,
        *,
        stop: threading.Event | None = None,
        **_: Any,
    ) -> Iterator[Batch]:
        position = start[AT]
        while True:
            self.check()
            end = len(self.values) if until is None else until[AT]
            records = [message(AT, n, b"", self.values[n]) for n in range(position, end)]
            position = end
            yield Batch(AT, records, end)
            if until is not None or (stop is not None and stop.wait(0.001)):
                return


def following(brokers: Brokers, keyring: Keyring) -> TenantFollowing:
    return TenantFollowing(keyring, brokers.reader, Tenants(brokers.reader, CODECS), 0.001)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.001)


def test_what_stands_in_the_log_and_what_comes_is_known() -> None:
    brokers, keyring = Brokers(), Keyring()
    brokers.write(change("first", "a"))
    with following(brokers, keyring) as followed:
        assert followed.settled(5)
        assert keyring.tenant("first", 0) == "a"
        brokers.write(change("second", "a", ended=["id of first"], until=0))
        until(lambda: keyring.tenant("second", 0) == "a" and keyring.tenant("first", 0) is None)


def test_while_the_brokers_are_away_the_keys_stay_and_then_it_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    brokers, keyring = Brokers(), Keyring()
    brokers.write(change("first", "a"))
    with following(brokers, keyring) as followed:
        assert followed.settled(5)
        brokers.away = True
        until(lambda: "cannot be told anew" in caplog.text)
        assert keyring.tenant("first", 0) == "a"
        brokers.write(change("second", "a"))
        brokers.away = False
        until(lambda: keyring.tenant("second", 0) == "a")


def test_without_brokers_at_the_start_nobody_is_turned_away_as_unknown() -> None:
    brokers, keyring = Brokers(), Keyring()
    brokers.away = True
    with following(brokers, keyring) as followed:
        assert not followed.settled(0.02)
        with pytest.raises(NotReadyError):
            keyring.tenant("first", 0)
        brokers.write(change("first", "a"))
        brokers.away = False
        assert followed.settled(5)
        assert keyring.tenant("first", 0) == "a"


def test_a_change_that_cannot_be_read_leaves_the_keys_as_they_were(caplog: pytest.LogCaptureFixture) -> None:
    brokers, keyring = Brokers(), Keyring()
    brokers.write(change("first", "a"))
    with following(brokers, keyring) as followed:
        assert followed.settled(5)
        brokers.values.append(b"no record")
        brokers.write(change("second", "a"))
        until(lambda: "cannot be read" in caplog.text)
        assert keyring.tenant("first", 0) == "a"
