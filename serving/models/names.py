"""Names of models and versions, as a client gives them."""

from re import Pattern

from schemas.errors import InvalidFieldError
from training.artifact.store import NAME, VERSION


def check_model(name: str, field: str = "model") -> str:
    """Return the name of a model or recipe: 1 to 64 of `a-z 0-9 _`, a letter first; raise InvalidFieldError."""
    return _matching(name, field, NAME, "1 to 64 of a-z 0-9 _ and begin with a letter")


def check_version(version: str, field: str = "version") -> str:
    """Return the version: 1 to 64 of `a-z A-Z 0-9 . _ -`, a letter or digit first; raise InvalidFieldError."""
    return _matching(version, field, VERSION, "1 to 64 of a-z A-Z 0-9 . _ - and begin with a letter or digit")


def _matching(value: str, field: str, pattern: Pattern[str], wanted: str) -> str:
    if not pattern.fullmatch(value):
        raise InvalidFieldError(field, f"must be {wanted}" if value else "must not be empty")
    return value
