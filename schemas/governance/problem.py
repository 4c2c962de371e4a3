"""Problem: one reason why a schema is refused."""

from typing import NamedTuple


class Problem(NamedTuple):
    """Where in a schema, as `Record.field`, and why it is refused."""

    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"
