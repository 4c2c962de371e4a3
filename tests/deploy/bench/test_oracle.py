"""The oracle counts what a plain definition counts, and sees what a wrong table lacks."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from unittest.mock import create_autospec

import pytest

from agents.folds.durations import FIVE_MINUTES
from agents.tables import USER_ACTIVITY
from deploy.bench import oracle
from deploy.bench.errors import WrongTablesError
from deploy.bench.oracle import ALL_TABLES, Oracle
from deploy.bench.workload import Workload
from deploy.demo.tables import TableSize
from schemas.loading import local_codecs
from schemas.packing import CELLS
from schemas.records import ACTION_INDEX, UserActivity
from topics.catalog import TOPICS
from topics.reader import LogReader

EVENTS = list(Workload(12_000, end_ms=1_700_000_000_000).events())
ORACLE = Oracle(EVENTS)
CODEC = local_codecs({topic.subject: topic.record for topic in TOPICS})
TABLE = USER_ACTIVITY.changelog


def activity() -> dict[bytes, UserActivity]:
    return {key: row for key, row in ORACLE.rows(USER_ACTIVITY).items() if isinstance(row, UserActivity)}


def test_totals_buckets_and_recent_items_are_those_of_a_plain_count() -> None:
    totals: defaultdict[bytes, Counter[str]] = defaultdict(Counter)
    cells: defaultdict[bytes, Counter[tuple[int, int]]] = defaultdict(Counter)
    for event in EVENTS:
        key = f"{event.tenant_id}/{event.user_id}".encode()
        totals[key][event.action] += 1
        cells[key][event.event_time // FIVE_MINUTES, ACTION_INDEX[event.action]] += 1
    rows = activity()
    assert {key: row.totals for key, row in rows.items()} == totals
    for key, row in rows.items():
        latest = sorted({bucket for bucket, _ in cells[key]})[-24:]
        kept = {cell: count for cell, count in cells[key].items() if cell[0] in latest}
        assert {(bucket, action): count for bucket, action, count in CELLS.unpack(row.buckets)} == kept
        assert len(row.recent_items) == min(50, totals[key].total())


def stored(monkeypatch: pytest.MonkeyPatch, rows: Mapping[bytes, UserActivity]) -> None:
    encoded = {key: CODEC.of(TABLE).encode(row) for key, row in rows.items()}
    monkeypatch.setattr(oracle, "read_table", lambda *_: (encoded, TableSize(TABLE.name, 0, 0, 0)))


def test_a_table_that_is_right_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    stored(monkeypatch, activity())
    ORACLE.check([USER_ACTIVITY], create_autospec(LogReader), CODEC)


@pytest.mark.parametrize("fault", ["lost", "doubled", "strange"])
def test_a_wrong_row_is_counted(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    rows = activity()
    key = b"acme/u0"
    match fault:
        case "lost":
            del rows[key]
        case "doubled":
            rows[key] = UserActivity(totals={"view": 2 * rows[key].totals["view"]})
        case "strange":
            rows[b"acme/nobody"] = UserActivity()
    stored(monkeypatch, rows)
    with pytest.raises(WrongTablesError, match="1 rows of user_activity"):
        ORACLE.check([USER_ACTIVITY], create_autospec(LogReader), CODEC)


def test_every_table_has_rows() -> None:
    assert all(ORACLE.rows(table) for table in ALL_TABLES)
