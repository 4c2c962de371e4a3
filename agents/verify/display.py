"""What a verification has found, on a terminal and as JSON."""

from typing import Any, Final

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from agents.rebuild.bounds import written
from agents.state.columns import unpack, unpack_differing
from agents.state.display import render, render_differing
from agents.verify.tally import Difference, Tally
from agents.verify.verifier import Verified
from schemas.tenancy import split_chunk_key

_SIDES: Final = ("rebuilt", "live")

_KINDS: Final = {
    "different": "the two say different things",
    "missing": "the live table lacks it; rebuilt, it is",
    "extra": "the log does not give it; live, it is",
}


def show(console: Console, verified: Verified) -> None:
    """Print how many rows of each table were compared and how they compare, then the first that differ."""
    grid = Grid("table", "rows", "equal", "different", "missing", "extra")
    for tally in verified.tallies:
        counts = (tally.rows, tally.equal, *tally.differing.values())
        grid.add_row(tally.table, *(f"{count:,}" for count in counts), style="" if tally.same else "red")
    console.print(grid)
    for tally in verified.tallies:
        for difference in tally.first:
            _show_difference(console, tally, difference)
    generations = f"generation {verified.live}, which serves, and generation {verified.built}"
    if verified.equal:
        console.print(f"[green]equal[/]: {generations} say the same of the same events", highlight=False)
    else:
        console.print(f"[red]different[/]: {generations}", highlight=False)


def _show_difference(console: Console, tally: Tally, difference: Difference) -> None:
    rows = difference.rows
    key, chunk = _named(rows.key)
    console.rule(Text(f"{tally.table}/{difference.partition} {key} {chunk}".strip()), align="left")
    console.print(_KINDS[difference.kind])
    if rows.built is not None and rows.live is not None:
        parts = render_differing(_SIDES, rows.built, rows.live)
    else:
        parts = (part for row in (rows.built, rows.live) if row is not None for part in render(row))
    for part in parts:
        console.print(part)


def described(verified: Verified) -> dict[str, Any]:
    """Return the same as JSON tells it; numbers are as they are stored."""
    return {
        "equal": verified.equal,
        "generation": verified.built.number,
        "live": verified.live.number,
        "until": written(verified.until),
        "tables": [
            {
                "table": tally.table,
                "rows": tally.rows,
                "equal": tally.equal,
                **tally.differing,
                "first": [_described(difference) for difference in tally.first],
            }
            for tally in verified.tallies
        ],
    }


def _described(difference: Difference) -> dict[str, Any]:
    rows = difference.rows
    key, chunk = _named(rows.key)
    told: dict[str, Any] = {"partition": difference.partition, "key": key, "chunk": chunk, "kind": difference.kind}
    if rows.built is not None and rows.live is not None:
        fields = unpack_differing(rows.built, rows.live)
        return told | {"fields": {name: dict(zip(_SIDES, values, strict=True)) for name, values in fields.items()}}
    return told | {side: row and unpack(row) for side, row in zip(_SIDES, (rows.built, rows.live), strict=True)}


def _named(row_key: bytes) -> tuple[str, str]:
    key, chunk = split_chunk_key(row_key)
    return key.decode(errors="backslashreplace"), chunk
