"""Moments as an operator reads and writes them; inside they are milliseconds since 1970."""

import time
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def now_ms() -> int:
    """Return the present, by this machine's clock."""
    return time.time_ns() // 1_000_000


def parse_moment(text: str) -> int:
    """Return the moment as milliseconds: given so, or as ISO 8601, which is UTC where it says nothing else.

    Raises ValueError for anything else.
    """
    if text.isascii() and text.isdigit():
        return int(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MILLISECOND


def show_moment(milliseconds: int) -> str:
    """Return the moment as ISO 8601 in UTC; as it is where it lies outside the years 1 to 9999."""
    try:
        return (_EPOCH + milliseconds * _MILLISECOND).isoformat(timespec="milliseconds")
    except OverflowError:
        return str(milliseconds)
