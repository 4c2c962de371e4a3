"""Tables: those of two generations compared, partition by partition."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from agents.roster import AGENTS
from agents.runtime.agent import Agent
from agents.state.refold import Log
from agents.tables import Table
from agents.verify.comparison import Pair, differences, pairs
from agents.verify.copies import Copies, tail
from agents.verify.cut import Cut, Tell
from agents.verify.tail import Side, bring_forward
from agents.verify.tally import Tally
from topics.budget import StoreBudget

_TOLD_EACH: Final = 1_000


def compare_tables(
    tables: Sequence[Table[Any]], built: Log, live: Log, cut: Cut, limit: int, tell: Tell
) -> list[Tally]:
    """Compare tables of two generations that have folded everything before the cut, and go on as they like.

    Args:
        tables: which.
        built: the log of the one generation.
        live: the log of the other.
        cut: what both have folded at least.
        limit: how many differences of each table are kept.
        tell: told of the progress.

    Raises:
        StoreError: the disk is full.
        UndecodableError, UnknownSchemaError: what stands in a table is no row.
        TopicsError: the broker does not do its part.
    """
    tallies = {table.name: Tally(table.name, limit) for table in tables}
    budget = StoreBudget()
    for agent in AGENTS:
        chosen = [table for table in agent.tables if table in tables]
        for at in live.partitions(agent.source) if chosen else ():
            with _opened(built, live, at.number, budget, tell) as (ours, theirs):
                partition = _Partition(agent, at.number, built, live, cut, ours, theirs, tell)
                for table in chosen:
                    partition.compare(table, tallies[table.name])
    return list(tallies.values())


@contextmanager
def _opened(built: Log, live: Log, number: int, budget: StoreBudget, tell: Tell) -> Iterator[tuple[Copies, Copies]]:
    with (
        TemporaryDirectory(prefix="tideline-verify-") as folder,
        closing(Copies(built, number, Path(folder) / "built", budget, tell)) as ours,
        closing(Copies(live, number, Path(folder) / "live", budget, tell)) as theirs,
    ):
        yield ours, theirs


@dataclass(frozen=True, slots=True)
class _Partition:
    agent: Agent[Any]
    number: int
    built: Log
    live: Log
    cut: Cut
    ours: Copies
    theirs: Copies
    tell: Tell

    def compare(self, table: Table[Any], tally: Tally) -> None:
        cut = self.cut.of(self.agent, self.number)
        refold = self.live.refold(self.agent)
        # Whatever one generation's rows lack, the other's have folded; so it lies in what that one reads.
        built = Side(self.ours.load, partial(tail, self.live, self.agent, self.number, self.cut.begin))
        live = Side(self.theirs.load, partial(tail, self.built, self.agent, self.number, self.cut.begin))
        for rows in differences(
            self._counted(table, tally),
            self.live.codecs.of(table.changelog).decode,
            cut,
            lambda suspects: bring_forward(refold, table, suspects, cut, built, live),
        ):
            tally.take(self.number, rows)

    def _counted(self, table: Table[Any], tally: Tally) -> Iterator[Pair]:
        with ThreadPoolExecutor(2) as threads:  # a copy waits for the broker most of its time
            ours, theirs = threads.map(lambda copies: copies.of(table), (self.ours, self.theirs))
        stored = pairs(ours.items(), theirs.items())
        for count, pair in enumerate(stored, 1):
            yield pair
            tally.rows += 1
            if count % _TOLD_EACH == 0:
                self.tell(f"comparing {table.name}/{self.number}", count, 0)
