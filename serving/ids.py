"""Ids: the check of a list of them, in a request for several things at once."""

from collections.abc import Sequence

from schemas.errors import InvalidFieldError
from schemas.tenancy import check_id


def check_ids(ids: Sequence[str], field: str, most: int) -> None:
    """Raise InvalidFieldError, with the index of the one to blame, unless there are 1 to `most` ids, each valid."""
    if not 1 <= len(ids) <= most:
        raise InvalidFieldError(field, f"must be 1 to {most}, not {len(ids)}")
    for index, each in enumerate(ids):
        check_id(each, f"{field}[{index}]")
