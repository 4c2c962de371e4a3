"""Datasets: what was chosen of examples, whole or not at all, for training and for others."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from training.errors import ExamplesError
from training.example_files import ExampleReader, ExampleWriter
from training.examples import Examples
from training.materializing import materialize

NAMES = ("hour", "item_age", "user_seen")


def examples(lists: int = 3, size: int = 2) -> Examples:
    count = lists * size
    values = np.arange(count * len(NAMES), dtype=np.float32).reshape(count, len(NAMES))
    labels = np.tile(np.array([[1, 0]], np.float32), (count, 1))
    groups = np.repeat(np.arange(lists), size)
    return Examples(NAMES, values, labels, groups, groups * 10, np.ones(count, np.float32))


def written(folder: Path, made: Examples) -> Path:
    path = folder / "made.arrow"
    with ExampleWriter(path, NAMES) as writer:
        writer.write(made)
    return path


@given(st.lists(st.sampled_from(NAMES), unique=True), st.integers(0, 4), st.sampled_from(["arrow", "parquet"]))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_dataset_holds_what_was_chosen_in_the_order_asked_for(
    tmp_path: Path, chosen: list[str], lists: int, layout: str
) -> None:
    made = examples(lists)
    told = materialize(written(tmp_path, made), tmp_path / "set", chosen, layout)
    assert (told.examples, told.lists) == (len(made), lists)
    wanted = made.values[:, [NAMES.index(name) for name in chosen or NAMES]]
    if layout == "arrow":
        reader = ExampleReader.open(tmp_path / "set")
        assert reader.features == tuple(chosen or NAMES)
        read = [batch.values for batch in reader.batches(100)]
        assert np.array_equal(np.concatenate(read) if read else wanted, wanted)
    else:
        table = pq.read_table(told.file)
        assert table.column_names == ["list", "time", "weight", "label_click", "label_like", *(chosen or NAMES)]
        columns = [table[name].to_numpy() for name in chosen or NAMES]
        assert np.array_equal(np.stack(columns, 1), wanted)


def test_what_cannot_be_made_leaves_what_was_there(tmp_path: Path) -> None:
    source = written(tmp_path, examples())
    materialize(source, tmp_path / "set")
    with pytest.raises(ExamplesError, match="recency"):
        materialize(source, tmp_path / "set", ["recency"])
    source.write_bytes(source.read_bytes()[:-50])
    with pytest.raises(ExamplesError):
        materialize(source, tmp_path / "set", layout="parquet")
    assert [file.name for file in (tmp_path / "set").iterdir()] == ["examples.arrow"]
    assert sum(map(len, ExampleReader.open(tmp_path / "set").batches(100))) == 6
