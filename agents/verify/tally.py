"""Tally: what the comparison of a table has come to."""

from dataclasses import dataclass, field
from typing import NamedTuple

from agents.verify.comparison import Rows


class Difference(NamedTuple):
    """A key whose rows differ."""

    partition: int
    rows: Rows

    @property
    def kind(self) -> str:
        """Seen from the live table: `different`, `missing` (the log gives it) or `extra` (the log does not)."""
        if self.rows.live is None:
            return "missing"
        return "extra" if self.rows.built is None else "different"


@dataclass(slots=True)
class Tally:
    """Counts of one table's keys, and the first differences."""

    table: str
    limit: int
    """How many differences are kept; all are counted."""

    rows: int = 0
    """Keys of either table."""

    differing: dict[str, int] = field(default_factory=lambda: {"different": 0, "missing": 0, "extra": 0})
    """Keys whose rows differ, by kind."""

    first: list[Difference] = field(default_factory=list)

    @property
    def equal(self) -> int:
        """Keys whose rows say the same."""
        return self.rows - sum(self.differing.values())

    @property
    def same(self) -> bool:
        """Whether all are equal."""
        return self.rows == self.equal

    def take(self, partition: int, rows: Rows) -> None:
        """Count the rows among the differences, if they are one."""
        if not rows.differing:
            return
        difference = Difference(partition, rows)
        self.differing[difference.kind] += 1
        if len(self.first) < self.limit:
            self.first.append(difference)
