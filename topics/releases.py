"""Releases: which versions of models there are, and which of each model answers; read from the topic that says so."""

from collections.abc import Iterable, Mapping
from typing import Final

from schemas.codec import schema_id_of
from schemas.loading import Codecs
from schemas.model_records import ModelRelease
from schemas.records import Record
from schemas.tenancy import TenantKey
from topics.catalog import MODEL_RELEASES
from topics.producer import LogProducer
from topics.reader import LogReader, read_whole
from topics.routes import Parcel

SUBJECTS: Final[dict[str, type[Record]]] = {MODEL_RELEASES.subject: MODEL_RELEASES.record}
"""What reading and publishing releases needs a codec for."""


def key_of(release: ModelRelease) -> bytes:
    """Return the key of the release's record: one for each version, so that compaction keeps them all."""
    return TenantKey(release.tenant_id, f"{release.model}@{release.version}").encode()


def current(releases: Iterable[ModelRelease]) -> dict[tuple[str, str], ModelRelease]:
    """Return the release that answers, by tenant and model: the one with the greatest number.

    Of two with one number, released at the same moment by two who did not know of each other, the greater version: a
    function of the set of releases, the same in every process.
    """
    found: dict[tuple[str, str], ModelRelease] = {}
    for release in releases:
        at = release.tenant_id, release.model
        if at not in found or _order(release) > _order(found[at]):
            found[at] = release
    return found


def history(releases: Iterable[ModelRelease], tenant: str, model: str) -> list[ModelRelease]:
    """Return the tenant's releases of the model, the one that answers first, then those before it."""
    own = [release for release in releases if (release.tenant_id, release.model) == (tenant, model)]
    return sorted(own, key=_order, reverse=True)


class Releases:
    """Every answer is of the topic as it is when it is asked for. Threads may share it.

    Methods raise what `LogReader.read` raises, and UnknownSchemaError or UndecodableError for a record that is none.
    """

    def __init__(self, reader: LogReader, codecs: Codecs) -> None:
        """Take codecs for at least SUBJECTS."""
        self._reader = reader
        self._codecs = codecs
        self._codec = codecs.codec_for(MODEL_RELEASES.subject, ModelRelease)

    def all(self) -> list[ModelRelease]:
        """Return every version's latest release, of all tenants: whoever shows them chooses one's own."""
        latest: dict[bytes, bytes] = {}
        for batch in read_whole(self._reader, MODEL_RELEASES.name):
            for record in batch.records:
                if (value := record.value()) is None:
                    latest.pop(record.key() or b"", None)
                else:
                    latest[record.key() or b""] = value
        return [self.decode(value) for value in latest.values()]

    def of(self, tenant: str) -> Mapping[str, list[ModelRelease]]:
        """Return the tenant's releases by model, of each the one that answers first."""
        everything = self.all()
        models = sorted({release.model for release in everything if release.tenant_id == tenant})
        return {model: history(everything, tenant, model) for model in models}

    def publish(self, producer: LogProducer, release: ModelRelease) -> None:
        """Write the release; return when the broker has confirmed it. Raises DeliveryError if it does not."""
        parcel = self.parcel(release)
        producer.send(parcel.topic, parcel.key, parcel.value)
        producer.flush()

    def parcel(self, release: ModelRelease) -> Parcel:
        """Return the release ready to be written."""
        return Parcel(MODEL_RELEASES.name, key_of(release), self._codec.encode(release))

    def decode(self, value: bytes) -> ModelRelease:
        """Return the release that a record's value holds, for those who follow the topic themselves."""
        self._codecs.fetch(schema_id_of(value))
        return self._codec.decode(value)


def _order(release: ModelRelease) -> tuple[int, str]:
    return release.number, release.version
