"""The world of a replay: serving's own views over tables that were folded in this process."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from agents.tables import TABLES
from deploy.replay.tables import FoldedTables
from schemas.loading import local_codecs
from schemas.records import Row
from serving.errors import UnknownTenantError
from serving.query import UserState
from serving.views.catalogue import Catalogue
from serving.views.item_reads import ItemReads
from serving.views.protocol import View
from serving.views.settings import ViewsSettings
from serving.views.world import Views
from topics.changelogs import CHANGELOGS
from topics.offsets import Partition
from topics.rows import RowDecoder
from topics.topic import Topic

_CODECS: Final = local_codecs({topic.subject: topic.record for topic in CHANGELOGS})


class ReplayWorld:
    """A `serving.bff.read_model.ReadModel` that stands still: what the tables held when it was made."""

    ready: Final = True

    def __init__(self, views: Views) -> None:
        """Take the views, filled; `replay_world` makes them."""
        self.views: Final = views
        self._position = 1 << 40

    def catalogue(self, tenant: str) -> Catalogue:
        """Return the tenant's items; raise UnknownTenantError if nothing of it was folded."""
        catalogue = self.views.catalogues.get(tenant)
        if catalogue is None:
            raise UnknownTenantError(f"nothing of tenant {tenant!r} is among the events that are replayed")
        return catalogue

    def user_state(self, tenant: str, user: str, as_of_ms: int) -> UserState:
        """Return what is known of the user, decayed to `as_of_ms`; empty for a new one."""
        return self.views.users.state(self.catalogue(tenant), tenant, user, as_of_ms)

    def read_items(self, tenant: str, scenario: str, items: NDArray[np.int32], as_of_ms: int) -> ItemReads:
        """Return what features read of these items; see `ReadModel.read_items`."""
        return self.views.read_items(tenant, scenario, items, as_of_ms)

    def refreshed(self, tenant: str, user: str, scenario: str) -> None:
        """Return None: a replay makes its lists itself."""

    def put(self, topic: Topic, rows: Mapping[bytes, Row | None]) -> None:
        """Let the world hold these rows of a table in place of those it has, older or newer; None takes one away."""
        codec = _CODECS.of(topic)
        decoder = RowDecoder(codec, _CODECS.fetch)
        gone = [decoder.change(key, None) for key in rows]  # else the fence of the view would refuse an older one
        there = [decoder.change(key, codec.encode(row)) for key, row in rows.items() if row is not None]
        self._position += len(gone) + len(there)
        for view in [view for view in self.views.all if view.topic == topic]:
            view.apply(0, [change for change in (*gone, *there) if change is not None], self._position)
            view.refresh()

    def positions(self) -> Mapping[str, Mapping[int, int]]:
        """Return nothing: no log was read."""
        return {}

    def staleness_ms(self) -> int:
        """Return 0: nothing can have come since."""
        return 0


@contextmanager
def replay_world(tables: FoldedTables, settings: ViewsSettings | None = None) -> Iterator[ReplayWorld]:
    """Yield a world over the tables; users' rows lie in a temporary folder until the block ends.

    Args:
        tables: what to serve from.
        settings: how the views weigh what they hold; the folder that it names is not used.
    """
    with TemporaryDirectory(prefix="tideline-replay-") as folder:
        chosen = (settings or ViewsSettings()).model_copy(update={"state_dir": Path(folder)})
        views = Views(chosen, _CODECS, lambda replica, partition, accept: None)
        try:
            for view in views.all:
                _fill(view, tables)
            yield ReplayWorld(views)
        finally:
            for view in views.all:
                view.close()


def _fill(view: View[Any], tables: FoldedTables) -> None:
    """Let the view take in all rows of its table, as its changelog's only partition would hold them."""
    [table] = [table for table in TABLES if table.changelog == view.topic]
    codec = _CODECS.of(view.topic)
    decoder = RowDecoder(codec, _CODECS.fetch)
    view.begin(Partition(view.topic.name, 0))
    offered = (decoder.change(key, codec.encode(row)) for key, row in tables.rows(table).items())
    changes = [change for change in offered if change is not None]
    view.apply(0, changes, len(changes))
    view.refresh()
