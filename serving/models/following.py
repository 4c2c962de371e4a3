"""Following: released models are loaded, checked and put on the shelf; what does not fit is refused, loudly."""

import logging
from collections.abc import Iterator
from threading import Event
from types import MappingProxyType

from schemas.errors import NotFramedError, RegistryUnavailableError, UndecodableError, UnknownSchemaError
from schemas.model_records import ModelRelease
from serving.following import Following
from serving.metrics import Metrics
from serving.models.kinds import ready
from serving.models.shelf import Shelf
from topics.catalog import MODEL_RELEASES
from topics.errors import TopicsError
from topics.reader import LogReader
from topics.releases import Releases, current
from training.artifact.store import ModelStore
from training.errors import TrainingError
from training.features.errors import FeatureError

_LOG = logging.getLogger(__name__)


class Watch:
    """Follows the topic of releases."""

    def __init__(self, reader: LogReader, releases: Releases, retry_s: float) -> None:
        """Take the log, and how long to wait before asking again."""
        self._reader = reader
        self._releases = releases
        self._retry_s = retry_s

    def changes(self, stop: Event) -> Iterator[list[ModelRelease]]:
        """Yield the releases that answer, at start and each time that one more was made; blocks in between.

        Ends when `stop` is set. While the broker is away, or a record cannot be read, it asks again and again: the
        models on the shelf go on answering.
        """
        while not stop.is_set():
            try:
                offsets = self._reader.offsets
                # Before the first question: what is said between the two is met again, and never missed.
                ends = offsets.end(offsets.partitions(MODEL_RELEASES.name))
                yield self._answering()
                for _ in self._reader.read(ends, stop=stop):
                    yield self._answering()
            except (TopicsError, RegistryUnavailableError) as error:
                _LOG.warning("which models are released cannot be told now: %s", error)
            except (NotFramedError, UndecodableError, UnknownSchemaError) as error:
                _LOG.error("a release of a model cannot be read: %s", error)
            stop.wait(self._retry_s)

    def _answering(self) -> list[ModelRelease]:
        return list(current(self._releases.all()).values())


class ModelFollowing(Following):
    """Keeps a shelf as the log says, on a thread of its own: loading takes the time that it takes."""

    def __init__(self, shelf: Shelf, watch: Watch, store: ModelStore, metrics: Metrics) -> None:
        """Take the shelf to fill, what is to stand on it, where artifacts lie, and what to count in."""
        super().__init__("models")
        self._shelf = shelf
        self._watch = watch
        self._store = store
        self._metrics = metrics
        self._refused: dict[tuple[str, str], str] = {}

    @property
    def refused(self) -> MappingProxyType[tuple[str, str], str]:
        """By tenant and model, why the release that should answer does not."""
        return MappingProxyType(self._refused)

    def take(self, releases: list[ModelRelease]) -> None:
        """Put what is released on the shelf, and leave what stands there already; the rest stays as it is."""
        for release in releases:
            at = release.tenant_id, release.model
            stands = self._shelf.get(*at)
            if stands is not None and stands.manifest.digest == release.digest and stands.version == release.version:
                self._refused.pop(at, None)
                continue
            try:
                self._put(release)
            except (TrainingError, FeatureError) as error:
                self._refuse(release, str(error), stands.version if stands else None)
            except Exception as error:  # an artifact that trips its loader must not end the following
                _LOG.exception("model %s %s of tenant %s", release.model, release.version, release.tenant_id)
                self._refuse(release, repr(error), stands.version if stands else None)

    def _put(self, release: ModelRelease) -> None:
        model = self._store.get(release.location, release.digest)
        named = model.manifest.tenant, model.manifest.name
        if named != (release.tenant_id, release.model):
            raise TrainingError(f"the artifact at {release.location} is model {named[1]} of tenant {named[0]}")
        self._shelf.put(ready(model))
        self._refused.pop((release.tenant_id, release.model), None)
        self._metrics.models.labels("taken").inc()
        _LOG.info("model %s %s of tenant %s answers", release.model, release.version, release.tenant_id)

    def _refuse(self, release: ModelRelease, why: str, stays: str | None) -> None:
        if self._refused.get((release.tenant_id, release.model)) == why:
            return
        self._refused[release.tenant_id, release.model] = why
        self._metrics.models.labels("refused").inc()
        _LOG.error(
            "model %s %s of tenant %s is refused, %s: %s",
            release.model,
            release.version,
            release.tenant_id,
            f"{stays} goes on answering" if stays else "there is none",
            why,
        )

    def _run(self) -> None:
        for releases in self._watch.changes(self._stop):
            self.take(releases)
            self._settled.set()
