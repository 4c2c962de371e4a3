"""What a string may hold: checks of one value, shared by keys and records. The valid case is one condition.

Three kinds: a *name* identifies (printable, so that two that look alike are alike), a *label* is a word of any
language, a *text* is free. None may hold a control character: NUL parts the keys of rows, an escape rules terminals.
"""

from typing import Final
from unicodedata import category

from schemas.errors import InvalidFieldError

_CONTROL: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, lone surrogates (which UTF-8 cannot encode), line separators. Not formatting characters:
Persian words and joined emoji are written with them."""
_LAYOUT: Final = "\t\n\r\u2028\u2029"
"""What a free text may be laid out with."""


def check_name(value: str, field: str, most: int) -> None:
    """Raise InvalidFieldError unless `value` is 1 to `most` printable characters."""
    if type(value) is str and value.isprintable() and 0 < len(value) <= most:
        return
    check_label(value, field, most)
    if not value.isprintable():
        raise InvalidFieldError(field, "must hold printable characters only")


def check_label(value: str, field: str, most: int) -> None:
    """Raise InvalidFieldError unless `value` is 1 to `most` characters, none of them a control character."""
    if type(value) is str and value.isprintable() and 0 < len(value) <= most:
        return
    _check_characters(value, field, most)
    if not value:
        raise InvalidFieldError(field, "must not be empty")


def check_text(value: str, field: str, most: int) -> None:
    """Raise InvalidFieldError unless `value` is at most `most` characters, no control characters but line breaks."""
    if type(value) is str and value.isprintable() and len(value) <= most:
        return
    _check_characters(value, field, most, allowed=_LAYOUT)


def _check_characters(value: str, field: str, most: int, allowed: str = "") -> None:
    if not isinstance(value, str):
        raise wrong_type(value, field, "text")
    if len(value) > most:
        raise InvalidFieldError(field, f"must be at most {most} characters long, not {len(value)}")
    for char in value:
        if category(char) in _CONTROL and char not in allowed:
            raise InvalidFieldError(field, f"must not hold control characters, such as {char!r}")


def wrong_type(value: object, field: str, wanted: str) -> InvalidFieldError:
    """Return the error for a value of another type than the schema's."""
    return InvalidFieldError(field, f"must be {wanted}, not {type(value).__name__}")
