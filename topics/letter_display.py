"""Dead letters on a terminal: bytes and words of strangers, made harmless to it."""

import base64
from collections.abc import Iterator
from typing import Any, Final

from msgspec import to_builtins
from rich.table import Table
from rich.text import Text

from schemas.codec import schema_id_of
from schemas.errors import NotFramedError, UndecodableError, UnknownSchemaError
from schemas.loading import Codecs
from schemas.records import DeadLetter, DeadLetterResolution
from topics.letters import origin_of, source_named, tenant_of
from topics.moments import show_moment

_SHOWN_BYTES: Final = 4096
_LINE: Final = 16


def printable(text: str) -> str:
    """Return the text with all that is not printable escaped: an escape sequence would rule the terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def shown(data: bytes | None) -> str:
    """Return the bytes as text, what is not printable ASCII escaped; null for None."""
    return "null" if data is None else repr(data)[2:-1]


def hexdump(data: bytes) -> Iterator[str]:
    """Yield lines of 16 bytes each: offset, hexadecimal, ASCII; no more than 4 KiB."""
    for at in range(0, min(len(data), _SHOWN_BYTES), _LINE):
        line = data[at : at + _LINE]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in line)
        yield f"{at:08x}  {line.hex(' '):<{3 * _LINE - 1}}  {text}"
    if len(data) > _SHOWN_BYTES:
        yield f"... {len(data):,} bytes in all; --json has them"


def decoded(letter: DeadLetter, codecs: Codecs) -> dict[str, Any] | None:
    """Return the fields of the source record, also of one that breaks a rule; None where its bytes hold no record.

    Raises RegistryUnavailableError if its schema is not cached and cannot be asked for.
    """
    if letter.value is None:
        return None
    try:
        codecs.fetch(schema_id_of(letter.value))
        fields: dict[str, Any] = to_builtins(codecs.of(source_named(letter.topic)).decode(letter.value))
    except (NotFramedError, UnknownSchemaError, UndecodableError):
        return None
    return fields


def summary(letter: DeadLetter, resolution: DeadLetterResolution | None) -> dict[str, Any]:
    """Return what a list says of a letter."""
    return {
        "place": origin_of(letter).encode().decode(),
        "reason": letter.reason,
        "tenant": tenant_of(letter),
        "time": show_moment(letter.timestamp),
        "detail": letter.detail,
        "outcome": resolution.outcome if resolution else None,
    }


def whole(letter: DeadLetter, resolution: DeadLetterResolution | None, codecs: Codecs) -> dict[str, Any]:
    """Return all of a letter, its bytes in base64."""
    return {
        **summary(letter, resolution),
        "copy": resolution.copy if resolution else None,
        "key": _base64(letter.key),
        "value": _base64(letter.value),
        "headers": [{"name": header.name, "value": _base64(header.value)} for header in letter.headers],
        "decoded": decoded(letter, codecs),
    }


def letters_table(rows: list[dict[str, Any]]) -> Table:
    """Return the summaries as a table."""
    table = Table("place", "reason", "tenant", "time", "detail")
    for row in rows:
        reason = f"{row['reason']} ({row['outcome']})" if row["outcome"] else row["reason"]
        cells = (row["place"], reason, row["tenant"] or "", row["time"], row["detail"])
        table.add_row(*(Text(printable(cell)) for cell in cells))
    table.columns[0].no_wrap = True
    return table


def _base64(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()
