"""Following: what is written is in force, what cannot be used is refused loudly, and outages are waited out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from threading import Event

import pytest

from tests.serving.configuration.histories import TENANT, change
from tests.serving.configuration.rig import AT, Rig
from topics.errors import BrokerUnavailableError
from topics.offsets import Partition
from topics.reader import Batch


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_what_is_written_is_in_force_and_others_keep_theirs(rig: Rig) -> None:
    under_way = rig.live.choose(TENANT, "elsewhere", "u")
    rig.write(change("serving", 1, {"candidates": 7}))
    assert rig.candidates() == 7
    assert rig.candidates(tenant="other") == 400
    assert under_way.config.candidates == 400, "a request keeps to what it began with"
    rig.write(change("serving", 2, {}))
    assert rig.candidates() == 400
    assert rig.count("taken") == 2


def test_who_comes_second_with_a_version_changes_nothing(rig: Rig) -> None:
    rig.write(change("serving", 1, {"candidates": 7}), change("serving", 1, {"candidates": 8}))
    assert rig.candidates() == 7
    assert (rig.count("taken"), rig.count("lost")) == (1, 1)


@pytest.mark.parametrize("bad", [{"ranker": "of another version"}, "no JSON", "[]"])
def test_what_cannot_be_used_is_refused_loudly_and_the_one_before_stays(
    rig: Rig, bad: dict[str, str] | str, caplog: pytest.LogCaptureFixture
) -> None:
    rig.write(change("serving", 1, {"candidates": 7}))
    rig.write(change("serving", 2, bad))
    rig.write(change("serving.x", 1, {}))
    assert rig.candidates() == 7
    assert rig.count("refused") == 1, "said once, not at each change"
    (line,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "tenant acme: serving version 2 is refused, version 1 stays: json" in line.getMessage()
    rig.write(change("serving", 3, {"candidates": 9}))
    assert rig.candidates() == 9


def test_a_record_that_is_no_change_is_counted_and_left_out(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    records = [rig.add(b"acme/serving", b"junk"), rig.add(b"acme/serving", None), rig.add(b"junk", b"junk")]
    good = rig.put(change("serving", 1, {"candidates": 7}))
    records += [rig.add(b"other/serving", good.value()), good]
    rig.following.take(Batch(AT, records, 5))
    assert rig.candidates() == 7
    assert rig.candidates(tenant="other") == 400, "a change under another tenant's key is nobody's"
    assert rig.count("refused") == 4
    assert "cannot be read" in caplog.text


def test_it_is_settled_when_what_was_there_at_start_is_in_force(rig: Rig) -> None:
    for number in range(1, 4):
        rig.put(change("serving", number, {"candidates": number}))
    outages: list[Exception] = [BrokerUnavailableError("away"), BrokerUnavailableError("away")]

    def read(start: Mapping[Partition, int], *, stop: Event) -> Iterator[Batch]:
        at = start[AT]
        while not stop.is_set():
            found = rig.records[AT][at : at + 1]
            at += len(found)
            yield Batch(AT, found, at)
            if found and outages:
                raise outages.pop()
            time.sleep(0.001)

    rig.reader.read.side_effect = read  # type: ignore[attr-defined]
    assert not rig.following.settled(0)
    with rig.following as following:
        assert following.settled(5)
        assert rig.candidates() == 3
        rig.put(change("serving", 4, {"candidates": 4}))
        deadline = time.monotonic() + 5
        while not following.reached({AT: 4}) and time.monotonic() < deadline:
            time.sleep(0.001)
        assert rig.candidates() == 4
    assert not outages
    assert rig.count("lost") == 0, "after an outage it reads on where it was"
