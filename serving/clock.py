"""What times a client may give, by the server's clock; that is read at the edge only, never by a stage."""

from typing import Final

from schemas.errors import InvalidFieldError

ALLOWED_AHEAD_MS: Final = 24 * 3600 * 1000
"""How far ahead of the server a client's time may be: one day, as the agents allow against the broker's."""


def check_as_of(as_of_ms: int, now_ms: int) -> int:
    """Return the time that something is asked as of; raise InvalidFieldError if it is none or too far ahead."""
    if not 0 <= as_of_ms <= now_ms + ALLOWED_AHEAD_MS:
        raise InvalidFieldError(
            "as_of_ms", f"must be from 0 to one day ahead of the server's {now_ms}, not {as_of_ms}"
        )
    return as_of_ms


def check_event_time(event_time_ms: int, now_ms: int, field: str) -> int:
    """Return the time of an event, given in this field; raise InvalidFieldError if it is too far ahead."""
    if event_time_ms - now_ms > ALLOWED_AHEAD_MS:
        raise InvalidFieldError(field, "is more than a day ahead of the server; check the client's clock")
    return event_time_ms
