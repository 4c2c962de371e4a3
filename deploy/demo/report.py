"""What the demonstration prints: every figure in a table, readable on a terminal and in a file."""

from collections.abc import Iterable, Mapping, Sequence

from rich.markup import escape
from rich.table import Table

from deploy.demo.experiment import ClickRate
from deploy.demo.tables import TableSize
from serving.api.recommender.v1.recommendation_pb2 import RecommendedItem


def lists_table(title: str, lists: Mapping[str, Sequence[RecommendedItem]]) -> Table:
    """Return a table with lists below each other, by heading: position, title, and the channels of each item."""
    table = Table(title=title, title_justify="left", show_lines=False)
    table.add_column("for", overflow="fold", max_width=36)
    table.add_column("#", justify="right")
    table.add_column("item")
    table.add_column("from channel")
    for heading, items in lists.items():
        for item in items:
            first = item.position == 0
            table.add_row(escape(heading) if first else "", str(item.position + 1), _title(item), _channels(item))
        table.add_section()
    return table


def change_table(before: Sequence[RecommendedItem], after: Sequence[RecommendedItem]) -> Table:
    """Return a table with two lists of one user beside each other; what is new in the second is marked."""
    known = {item.item_id for item in before}
    table = Table(title="before and after", title_justify="left")
    table.add_column("#", justify="right")
    for heading in ("before", "after"):
        table.add_column(heading)
        table.add_column("channel")
    for position in range(max(len(before), len(after))):
        old, new = (items[position] if position < len(items) else None for items in (before, after))
        mark = "" if new is None or new.item_id in known else "[green]+ [/]"
        table.add_row(
            str(position + 1),
            _title(old) if old else "",
            _channels(old) if old else "",
            mark + _title(new) if new else "",
            _channels(new) if new else "",
        )
    return table


def clicks_table(rounds: Sequence[Mapping[str, ClickRate]], names: Sequence[str]) -> Table:
    """Return a table of the click rates: a row a round, a column for each policy named, and all rounds together."""
    table = Table(title="clicks per video shown", title_justify="left", show_footer=True)
    table.add_column("round", "all", justify="right")
    for name in names:
        table.add_column(name, f"{total_rate(rounds, name).rate:.1%}", justify="right")
    for number, rates in enumerate(rounds, start=1):
        table.add_row(str(number), *(f"{rates[name].rate:.1%}" for name in names))
    return table


def total_rate(rounds: Iterable[Mapping[str, ClickRate]], name: str) -> ClickRate:
    """Return the click rate of a policy over the rounds."""
    return sum((rates[name] for rates in rounds), ClickRate(0, 0))


def sizes_table(sizes: Iterable[TableSize]) -> Table:
    """Return a table of the tables' sizes."""
    table = Table(title="tables", title_justify="left")
    table.add_column("changelog")
    for heading in ("rows", "KiB", "bytes a row", "changelog records"):
        table.add_column(heading, justify="right")
    for size in sizes:
        each = size.bytes // size.rows if size.rows else 0
        table.add_row(size.topic, f"{size.rows:,}", f"{size.bytes // 1024:,}", f"{each:,}", f"{size.records:,}")
    return table


def _title(item: RecommendedItem) -> str:
    return escape(item.title or item.item_id)  # "[REC]" is a film, not markup


def _channels(item: RecommendedItem) -> str:
    """Return the channel that explains the item, and those that proposed it too."""
    first, *others = (channel.channel for channel in item.channels)
    return f"{first} [dim](+ {', '.join(others)})" if others else first
