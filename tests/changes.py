"""Changelog records for tests of views, without Kafka and without a registry."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from schemas.loading import local_codecs
from schemas.records import Row
from schemas.tenancy import TenantKey, chunk_key
from serving.views.settings import ViewsSettings
from serving.views.world import Views
from topics.catalog import REFRESHED
from topics.changelogs import CHANGELOGS
from topics.offsets import Partition
from topics.rows import Change
from topics.topic import Topic

TENANT: Final = "t"
CODECS: Final = local_codecs({topic.subject: topic.record for topic in (*CHANGELOGS, REFRESHED)})


def change(topic: Topic, owner: str, row: Row | None, chunk: str = "", tenant: str = TENANT) -> Change[Any]:
    """Return what a changelog record of the topic says of the owner's row."""
    at = TenantKey(tenant, owner)
    key = chunk_key(at.encode(), chunk) if chunk else at.encode()
    return Change(key, at, chunk, row, None if row is None else CODECS.of(topic).encode(row))


def make_views(folder: Path = Path(), **settings: Any) -> Views:
    """Return empty views; nothing is written to `folder` until `begin_users`."""
    return Views(ViewsSettings(state_dir=folder, **settings), CODECS, lambda replica, partition, accept: None)


@contextmanager
def begin_users(views: Views) -> Iterator[Views]:
    """Let the views of users' rows begin, each with one partition, and close them in the end."""
    stored = (views.activity, views.history, views.profile, views.audience)
    try:
        for view in stored:
            view.begin(Partition(view.topic.name, 0))
        yield views
    finally:
        for view in stored:
            view.close()


def put(view: Any, changes: Sequence[Change[Any]]) -> int:
    """Let the view take in the changes as the next records of partition 0; return how many it refused."""
    refused: int = view.apply(0, changes, len(changes))
    duty = getattr(view, "duty", None)
    while duty is not None and not duty.due:  # the refresh before this one may have been slow, on a busy machine
        time.sleep(0.001)
    view.refresh()
    return refused
