"""Examples as Arrow files: written in batches of whole groups, read back in a stream of bounded memory."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from training.errors import ExamplesError, UnfitExamplesError, WriteError
from training.examples import HEADS, Examples, joined, whole_groups
from training.features.catalog import FEATURES
from training.reservoir import Reservoir

SUFFIX: Final = ".arrow"
_META: Final = b"tideline.examples"


class ExampleWriter:
    """Writes examples to one file; each call's batch stands in it as one record batch.

    The file appears under its name when it is complete: until then it is `<name>.part`.
    """

    def __init__(self, path: Path, features: Sequence[str], heads: Sequence[str] = HEADS) -> None:
        self._path, self._part = path, path.with_name(path.name + ".part")
        self._features, self._heads = tuple(features), tuple(heads)
        self._last: int | None = None
        digests = {name: FEATURES[name].digest for name in self._features if name in FEATURES}
        meta = orjson.dumps({"features": self._features, "heads": self._heads, "digests": digests})
        self._schema = pa.schema(
            [
                ("group", pa.int64()),
                ("time", pa.int64()),
                ("weight", pa.float32()),
                ("labels", pa.list_(pa.float32(), len(self._heads))),
                ("values", pa.list_(pa.float32(), len(self._features))),
            ],
            metadata={_META: meta},
        )

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._part.open("wb")
            self._writer = pa.ipc.new_file(self._file, self._schema)
        except OSError as error:
            raise WriteError(f"{self._part}: {error.strerror}; make room, and write the examples again") from error
        return self

    def write(self, examples: Examples) -> None:
        """Append the examples.

        Raises ExamplesError if they are not what examples are, have other features or heads than the file, or go on
        with the group that the batch before ended with; WriteError if the disk is full.
        """
        examples.checked()
        if (examples.features, examples.heads) != (self._features, self._heads):
            raise ExamplesError(f"{self._path}: examples with other features or heads than the file's")
        if not len(examples):
            return
        if examples.group[0] == self._last:
            raise ExamplesError(f"{self._path}: group {self._last} goes on in another batch; write it whole")
        self._last = int(examples.group[-1])
        columns = [
            pa.array(examples.group),
            pa.array(examples.time),
            pa.array(examples.weight),
            _listed(examples.labels),
            _listed(examples.values),
        ]
        try:
            self._writer.write_batch(pa.record_batch(columns, schema=self._schema))
        except OSError as error:
            raise WriteError(f"{self._part}: {error}; make room, and write the examples again") from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._writer.close()
            self._file.close()
            if kind is None:
                self._part.replace(self._path)
        except OSError as failure:
            raise WriteError(f"{self._part}: {failure}; make room, and write the examples again") from failure
        finally:
            self._part.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class ExampleReader:
    """Reads the examples of files, mapped into memory: what is held is what is being worked on."""

    files: tuple[Path, ...]
    features: tuple[str, ...]
    """Those to read, in this order."""

    heads: tuple[str, ...]
    columns: NDArray[np.intp]
    """Where the features stand in the files."""

    labels: NDArray[np.intp]
    """Where the heads stand in the files."""

    digests: Mapping[str, str]
    """By name, the digest of each feature's definition when the files were written (`training.features`)."""

    since: int | None = None
    """Only groups whose last example is of this time or later."""

    until: int | None = None
    """Only groups whose last example is earlier than this time."""

    @classmethod
    def open(cls, path: Path) -> Self:
        """Return a reader of the file, or of all `.arrow` files in the folder, by name.

        Raises ExamplesError if there is none, one is damaged, or they differ in features or heads.
        """
        files = tuple(sorted(path.glob(f"*{SUFFIX}"))) if path.is_dir() else (path,)
        if not files:
            raise ExamplesError(f"{path}: no {SUFFIX} file in this folder; write examples first")
        first, *others = map(_described, files)
        if any(other != first for other in others):
            raise ExamplesError(f"{path}: its files have different features or heads; keep those of one kind apart")
        features, heads, digests = first
        return cls(files, features, heads, np.arange(len(features)), np.arange(len(heads)), digests)

    def of(self, features: Sequence[str], heads: Sequence[str]) -> Self:
        """Return a reader of these features and heads, in this order; raise ExamplesError if the files lack one."""
        if unknown := [name for name in features if name not in self.features]:
            raise ExamplesError(f"{self.files[0]}: it has no feature {unknown[0]}")
        if unknown := [name for name in heads if name not in self.heads]:
            raise ExamplesError(f"{self.files[0]}: its heads are {', '.join(self.heads)}; there is no {unknown[0]}")
        places = self.columns[[self.features.index(name) for name in features]]
        labels = self.labels[[self.heads.index(name) for name in heads]]
        return replace(self, features=tuple(features), columns=places, heads=tuple(heads), labels=labels)

    def batches(self, size: int, *, shuffle_buffer: int = 0, seed: int = 0, epoch: int = 0) -> Iterator[Examples]:
        """Yield batches of whole groups, of `size` examples give or take a group; a buffer's last one may be smaller.

        With a shuffle buffer of at least one example, record batches come in random order, and groups are shuffled
        among those of a buffer: the same order for the same seed and epoch. At most a buffer, a record batch and a
        batch are held.
        """
        random = np.random.default_rng([seed, epoch]) if shuffle_buffer else None
        for held in _buffers(self._record_batches(random), max(shuffle_buffer, size)):
            groups = len(held.starts) - 1
            order = np.arange(groups) if random is None else random.permutation(groups)
            yield from whole_groups(held, order, size)

    def split(self, share: float) -> tuple[Self, Self]:
        """Return readers of the earlier groups and of the latest, which are about this share of them.

        A group's time is that of its last example. With more than 100,000 groups, the cut is that of a sample.
        Raises UnfitExamplesError if there are no examples, or one side would be empty.
        """
        times = Reservoir(100_000, 1, np.float64)
        for each in self._record_batches(None):
            if len(each):
                times.add(np.maximum.reduceat(each.time, each.starts[:-1])[:, None])
        found = np.unique(times.rows[:, 0]).astype(np.int64)
        if not times.seen:
            raise UnfitExamplesError(f"{self.files[0]}: there are no examples; nothing was written to learn from")
        if len(found) < 2:
            raise UnfitExamplesError(
                f"{self.files[0]}: all groups are of one time, so none can validate; collect more"
            )
        at = int(np.quantile(times.rows[:, 0], 1 - share, method="higher"))
        cut = max(at, int(found[1]))  # the earliest stay for training, whatever the share
        return replace(self, until=cut), replace(self, since=cut)

    def _record_batches(self, random: np.random.Generator | None) -> Iterator[Examples]:
        places: list[tuple[Path, int]] = []
        for file in self.files:
            with _opened(file) as opened:
                places.extend((file, number) for number in range(opened.num_record_batches))
        if random is not None:
            random.shuffle(places)
        for file, number in places:
            with _opened(file) as opened:
                examples = self._within(self._read(opened.get_batch(number)))
            if len(examples):
                yield examples

    def _read(self, batch: pa.RecordBatch) -> Examples:
        group, time, weight, labels, values = (batch.column(number) for number in range(5))
        count = batch.num_rows
        return Examples(
            features=self.features,
            values=values.flatten().to_numpy().reshape(count, -1)[:, self.columns],
            labels=labels.flatten().to_numpy().reshape(count, -1)[:, self.labels],
            group=group.to_numpy().copy(),
            time=time.to_numpy().copy(),
            weight=weight.to_numpy().copy(),
            heads=self.heads,
        )

    def _within(self, examples: Examples) -> Examples:
        if not len(examples) or (self.since is None and self.until is None):
            return examples
        starts = examples.starts
        last = np.repeat(np.maximum.reduceat(examples.time, starts[:-1]), np.diff(starts))
        kept = np.ones(len(examples), np.bool_)
        if self.since is not None:
            kept &= last >= self.since
        if self.until is not None:
            kept &= last < self.until
        return examples.take(kept)


def _buffers(parts: Iterator[Examples], size: int) -> Iterator[Examples]:
    held: list[Examples] = []
    for part in parts:
        held.append(part)
        if sum(map(len, held)) >= size:
            yield joined(held)
            held = []
    if held:
        yield joined(held)


def _listed(matrix: NDArray[np.float32]) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(pa.array(matrix.reshape(-1)), matrix.shape[1])


def _described(file: Path) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, str]]:
    with _opened(file) as opened:
        meta = (opened.schema.metadata or {}).get(_META)
    if meta is None:
        raise ExamplesError(f"{file}: an Arrow file, but not of examples")
    found = orjson.loads(meta)
    return tuple(found["features"]), tuple(found["heads"]), dict(found["digests"])


@contextmanager
def _opened(file: Path) -> Iterator[pa.ipc.RecordBatchFileReader]:
    try:
        with pa.memory_map(str(file)) as mapped, pa.ipc.open_file(mapped) as opened:
            yield opened
    except (OSError, pa.ArrowInvalid) as error:
        raise ExamplesError(f"{file}: {error}; write the examples again") from error
