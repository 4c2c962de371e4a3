"""Materializing: chosen features of examples, with their outcomes, as a dataset: a folder that others read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from training.errors import WriteError
from training.example_files import SUFFIX, ExampleReader, ExampleWriter
from training.examples import Examples

_BATCH: Final = 20_000


class Materialized(NamedTuple):
    """What was written."""

    file: Path
    examples: int
    lists: int


class _Writer(Protocol):
    def write(self, examples: Examples) -> None:
        """Append the examples."""
        ...


def materialize(examples: Path, folder: Path, features: Sequence[str] = (), layout: str = "arrow") -> Materialized:
    """Write the examples' features and outcomes into the folder, in place of what is there in this layout.

    Args:
        examples: file or folder of examples.
        folder: the dataset; it is made where it is missing.
        features: names of those to write, in this order; none: all that the examples have.
        layout: `arrow`, which training reads, or `parquet` with a column for each feature and head.

    Raises ExamplesError if the examples cannot be read or lack a feature, and WriteError if the disk is full; what
    was there before then stands.
    """
    reader = ExampleReader.open(examples)
    reader = reader.of(features or reader.features, reader.heads)
    suffix, opened = _LAYOUTS[layout]
    path = folder / f"examples{suffix}"
    rows = lists = 0
    with opened(path, reader) as writer:
        for batch in reader.batches(_BATCH):
            writer.write(batch)
            rows, lists = rows + len(batch), lists + len(batch.starts) - 1
    return Materialized(path, rows, lists)


def _arrow(path: Path, reader: ExampleReader) -> AbstractContextManager[_Writer]:
    return ExampleWriter(path, reader.features, reader.heads)


class _ParquetWriter:
    """One column each for list, time, weight, every head (`label_`) and every feature."""

    def __init__(self, file: pq.ParquetWriter) -> None:
        self._file = file

    def write(self, examples: Examples) -> None:
        """Append the examples; one batch is one row group."""
        columns: dict[str, Any] = {"list": examples.group, "time": examples.time, "weight": examples.weight}
        columns |= {f"label_{head}": examples.labels[:, at] for at, head in enumerate(examples.heads)}
        columns |= {name: examples.values[:, at] for at, name in enumerate(examples.features)}
        self._file.write_table(pa.table(columns, schema=self._file.schema))


@contextmanager
def _parquet(path: Path, reader: ExampleReader) -> Iterator[_Writer]:
    part = path.with_name(path.name + ".part")
    numbers = [f"label_{head}" for head in reader.heads] + list(reader.features)
    fields = [("list", pa.int64()), ("time", pa.int64()), ("weight", pa.float32())]
    schema = pa.schema([*fields, *((name, pa.float32()) for name in numbers)])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(part, schema, compression="zstd") as file:
            yield _ParquetWriter(file)
        part.replace(path)
    except OSError as error:
        raise WriteError(f"{part}: {error}; make room, and write the dataset again") from error
    finally:
        part.unlink(missing_ok=True)


_LAYOUTS: Final[Mapping[str, tuple[str, Callable[[Path, ExampleReader], AbstractContextManager[_Writer]]]]] = {
    "arrow": (SUFFIX, _arrow),
    "parquet": (".parquet", _parquet),
}
"""By name of the layout, the file's suffix and what opens a writer."""
