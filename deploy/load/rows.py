"""Rows of a CSV file, each with its place, so that a bad one can be named and left out."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.load.errors import LoadError


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands: the file's name and its line, from 1; the header is line 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


Reject = Callable[[Place, str], None]
"""Told of every bad row: where it stands, and why it is left out."""


def rows(path: Path, columns: Sequence[str], reject: Reject) -> Iterator[tuple[Place, list[str]]]:
    """Yield each row of a CSV file in UTF-8 with a header: its place, and its fields in the order of `columns`.

    A line is a row. A reader that lets quotes span lines would take one stray quote for the start of a field that
    swallows thousands of good rows. Lines that are empty, not UTF-8 or not as wide as the header go to `reject`.

    Raises LoadError if the file cannot be read or its header lacks a column.
    """
    try:
        with path.open("rb") as file:
            header = next(csv.reader([file.readline().decode("utf-8-sig")]), [])
            missing = [column for column in columns if column not in header]
            if missing:
                raise LoadError(f"{path} has no column {', '.join(missing)}; its header is {','.join(header)!r}")
            wanted = [header.index(column) for column in columns]
            for number, line in enumerate(file, start=2):
                place = Place(path.name, number)
                try:
                    fields = next(csv.reader([line.decode()], strict=True), [])
                except (UnicodeDecodeError, csv.Error) as error:
                    reject(place, f"not a line of CSV in UTF-8: {error}")
                    continue
                if len(fields) != len(header):
                    reject(place, f"has {len(fields)} columns; the header has {len(header)}")
                    continue
                yield place, [fields[index] for index in wanted]
    except (OSError, UnicodeDecodeError) as error:
        raise LoadError(f"cannot read {path}: {error}") from error
