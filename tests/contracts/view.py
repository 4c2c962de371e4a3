"""The contract of a view: its content is that of the changelog, however the log is cut, and no zombie changes it.

A view passes it by a subclass that says how it is made, which rows it takes, and what can be read from it:

    class TestItemsView(ViewContract):
        topic = ITEM
        rows = item_rows()
        def make(self, folder): return ItemsView(Catalogues(), most=100)
        def content(self, view): return ...
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy
from msgspec.structs import replace

from tests.changes import change
from tests.contracts.profile import CONTRACT as WITHOUT_DEADLINE
from topics.offsets import Partition
from topics.rows import Change
from topics.topic import Topic

CONTRACT = settings(WITHOUT_DEADLINE, max_examples=8)
OWNERS = [f"o{number}" for number in range(4)]


class ViewContract:
    """Subclass it, with a name that begins with Test."""

    topic: ClassVar[Topic]
    """The view's changelog."""

    rows: ClassVar[SearchStrategy[Any]]
    """A row of the view's table."""

    chunks: ClassVar[Sequence[str]] = ("",)
    """Chunks that an owner's rows come in."""

    def make(self, folder: Path) -> Any:
        """Return an empty view; `folder` is its own."""
        raise NotImplementedError

    def content(self, view: Any) -> Any:
        """Return all that can be read from the view about OWNERS and `chunks`, comparable by ==."""
        raise NotImplementedError

    @contextmanager
    def view(self, *batches: Sequence[Change[Any]]) -> Iterator[Any]:
        """Give a view that has taken in the batches."""
        with tempfile.TemporaryDirectory() as folder:
            view = self.make(Path(folder))
            try:
                assert view.begin(Partition(view.topic.name, 0)) == 0
                position = 0
                for batch in batches:
                    position += len(batch)
                    view.apply(0, batch, position)
                yield view
            finally:
                view.close()

    def read(self, *batches: Sequence[Change[Any]]) -> Any:
        """Return what can be read once the batches were taken in."""
        with self.view(*batches) as view:
            return self.content(view)

    def log(self, data: DataObject, min_size: int = 0) -> list[Change[Any]]:
        """Return a changelog as one writer leaves it: the offsets folded into a row only grow."""
        entry = st.tuples(st.sampled_from(OWNERS), st.sampled_from(self.chunks), self.rows | st.none())
        entries = data.draw(st.lists(entry, min_size=min_size, max_size=12))
        return [
            change(self.topic, owner, row and replace(row, applied={"0": offset}), chunk)
            for offset, (owner, chunk, row) in enumerate(entries)
        ]

    @CONTRACT
    @given(st.data())
    def test_content_does_not_depend_on_how_the_log_is_cut(self, data: DataObject) -> None:
        log = self.log(data)
        cuts = sorted(data.draw(st.sets(st.integers(0, len(log)))))
        batches = [log[first:last] for first, last in zip([0, *cuts], [*cuts, len(log)], strict=True)]
        assert self.read(*batches) == self.read(log)

    @CONTRACT
    @given(st.data())
    def test_reading_a_part_again_changes_nothing(self, data: DataObject) -> None:
        log = [entry for entry in self.log(data) if entry.row]
        again = data.draw(st.integers(0, len(log)))
        assert self.read(log, log[again:]) == self.read(log)

    @CONTRACT
    @given(st.data())
    def test_a_row_behind_the_one_it_would_replace_is_refused(self, data: DataObject) -> None:
        log = self.log(data, min_size=1)
        latest = {entry.key: (offset, entry) for offset, entry in enumerate(log)}
        offset, victim = data.draw(st.sampled_from(list(latest.values())))
        row = replace(data.draw(self.rows), applied={"0": offset - 1})
        late = change(self.topic, victim.owner.id, row, victim.chunk)
        with self.view(log) as view:
            before = self.content(view)
            refused = view.apply(0, [late], len(log) + 1)
            if victim.row:
                assert refused == 1
                assert self.content(view) == before
            else:
                assert refused == 0

    @CONTRACT
    @given(st.data())
    def test_a_deleted_row_is_gone(self, data: DataObject) -> None:
        log = self.log(data)
        deletions = [change(self.topic, owner, None, chunk) for owner in OWNERS for chunk in self.chunks]
        assert self.read(deletions, log, deletions) == self.read(deletions)
