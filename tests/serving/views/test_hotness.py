"""Hotness as columns: whoever reads while rows are added finds them whole."""

import numpy as np
import pytest

from schemas.records import ItemStats
from serving.views.column import Column
from serving.views.hotness import ItemScores

ROWS = 3_000  # so that the columns grow twice


class Watched(Column[np.float64]):
    """A column in whose growing another thread reads."""

    scores: ItemScores

    def reserve(self, rows: int) -> None:
        self.scores.by_item(0, ROWS)
        super().reserve(rows)
        self.scores.by_item(0, ROWS)


@pytest.mark.parametrize("name", ["_recent", "_last_day", "_ever"])
def test_rows_are_counted_when_all_columns_have_them(name: str) -> None:
    scores = ItemScores(30.0, 0.01)
    watched = Watched(np.float64, 0.0)
    watched.scores = scores
    setattr(scores, name, watched)
    for item in range(ROWS):
        assert scores.put(item, ItemStats(totals={"like": 1}, applied={"0": item}))
    assert (scores.by_item(0, ROWS) > 0).all()
    assert (scores.by_item(0, 2 * ROWS)[ROWS:] == 0).all()
