"""What strangers wrote cannot rule the terminal, and nothing of it is lost in JSON."""

import base64

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from schemas.codec import PREFIX
from schemas.loading import local_codecs
from schemas.records import BehaviorEvent, DeadLetter
from tests.strategies import dead_letters
from topics.catalog import BEHAVIOR
from topics.letter_display import decoded, hexdump, letters_table, printable, shown, summary, whole
from topics.letters import SUBJECTS
from topics.moments import parse_moment, show_moment

CODECS = local_codecs(SUBJECTS)


def letter(value: bytes | None, detail: str = "why") -> DeadLetter:
    return DeadLetter("invalid_field", detail, BEHAVIOR.name, 1, 7, 1000, key=b"acme/u1", value=value)


@given(st.text(), st.binary(max_size=100))
def test_everything_shown_is_printable(text: str, data: bytes) -> None:
    assert printable(text).isprintable()
    assert shown(data).isprintable()
    lines = list(hexdump(data))
    assert all(line.isprintable() for line in lines)
    assert bytes.fromhex("".join(line[10:57] for line in lines)) == data


def test_a_table_shows_markup_and_escapes_as_they_are() -> None:
    console = Console(width=200, force_terminal=False)
    with console.capture() as captured:
        console.print(letters_table([summary(letter(None, "[red]\x1b[2J"), None)]))
    assert "[red]\\x1b[2J" in captured.get()


def test_a_large_value_is_cut_on_the_terminal_only() -> None:
    assert list(hexdump(bytes(5000)))[-1] == "... 5,000 bytes in all; --json has them"
    assert base64.b64decode(whole(letter(bytes(5000)), None, CODECS)["value"]) == bytes(5000)


def test_a_record_that_breaks_a_rule_is_decoded_all_the_same() -> None:
    event = BehaviorEvent("e", "acme", "", "i", "unknown", 1)
    found = decoded(letter(CODECS.of(BEHAVIOR).encode(event)), CODECS)
    assert found is not None
    assert found["action"] == "unknown"


@pytest.mark.parametrize("value", [None, b"", b"no avro", PREFIX.pack(0, 999_999) + b"x", PREFIX.pack(0, 1)])
def test_bytes_without_a_record_are_not_decoded(value: bytes | None) -> None:
    assert decoded(letter(value), CODECS) is None


@given(dead_letters())
def test_the_whole_letter_is_json(any_letter: DeadLetter) -> None:
    placed = DeadLetter(
        any_letter.reason, any_letter.detail, BEHAVIOR.name, 0, 0, any_letter.timestamp,
        any_letter.key, any_letter.value, any_letter.headers,
    )  # fmt: skip
    told = orjson.loads(orjson.dumps(whole(placed, None, CODECS)))
    assert told["value"] == (None if placed.value is None else base64.b64encode(placed.value).decode())
    assert len(told["headers"]) == len(placed.headers)


@given(st.integers(0, 253_402_300_799_999))
def test_a_moment_that_is_shown_is_read_back(milliseconds: int) -> None:
    assert parse_moment(show_moment(milliseconds)) == milliseconds
    assert parse_moment(str(milliseconds)) == milliseconds


def test_moments_are_utc_unless_they_say_otherwise() -> None:
    assert parse_moment("1970-01-02") == parse_moment("1970-01-02T01:00:00+01:00") == 86_400_000
    assert show_moment(1 << 62) == str(1 << 62)
    with pytest.raises(ValueError, match="Invalid isoformat"):
        parse_moment("yesterday")
