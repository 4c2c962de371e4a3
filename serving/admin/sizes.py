"""Sizes: what operators write is limited in bytes, as it is kept in the log."""

from schemas.errors import InvalidFieldError


def check_bytes(text: str, field: str, most: int) -> None:
    """Raise InvalidFieldError if the text is longer than `most` bytes in UTF-8."""
    if (size := len(text.encode())) > most:
        raise InvalidFieldError(field, f"must be at most {most} bytes, not {size}")
