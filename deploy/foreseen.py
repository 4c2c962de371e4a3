"""Which errors are told in one line, because their message says all that an operator needs."""

from __future__ import annotations

import errno

from schemas.errors import TidelineError


def foreseen(error: Exception) -> str | None:
    """Return the message of an error that was foreseen; none for one that deserves its traceback.

    Foreseen are what the folders raise on purpose, a setting with a bad value, and a full disk.
    """
    # Not at the top: `tideline --help` would pay for an import that only a failure needs.
    from pydantic_core import ValidationError

    match error:
        case TidelineError():
            return str(error)
        case ValidationError() if error.title.endswith("Settings"):
            wrong = (f"{'.'.join(map(str, one['loc']))} {one['input']!r}: {one['msg']}" for one in error.errors())
            return f"{error.title}: {'; '.join(wrong)}"
        case OSError(errno=errno.ENOSPC):
            return f"the disk is full: could not write {error.filename or 'a file'}"
        case _:
            return None
