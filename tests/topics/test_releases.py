"""Releases: of each tenant's model the greatest number answers, whatever came in which order."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from schemas.loading import local_codecs
from schemas.model_records import ModelRelease
from tests.model_strategies import model_releases
from tests.topics.logbook import Log, reader_of
from topics.catalog import MODEL_RELEASES
from topics.offsets import Partition
from topics.partitioning import partition_of
from topics.releases import SUBJECTS, Releases, current, history, key_of

CODECS = local_codecs(SUBJECTS)
PARTITIONS = 3
releases = st.lists(model_releases(numbers=st.integers(1, 4)), max_size=12)


def log_of(history: list[ModelRelease]) -> Releases:
    """Return what the log says that these releases were written to, in this order."""
    records: dict[Partition, list[tuple[bytes | None, bytes | None]]] = {
        Partition(MODEL_RELEASES.name, number): [] for number in range(PARTITIONS)
    }
    for release in history:
        key = key_of(release)
        at = Partition(MODEL_RELEASES.name, partition_of(key, PARTITIONS))
        records[at].append((key, CODECS.of(MODEL_RELEASES).encode(release)))
    return Releases(reader_of(Log(records), PARTITIONS), CODECS)


@given(releases, st.integers(0, 99))
def test_what_answers_is_a_function_of_the_set(given: list[ModelRelease], seed: int) -> None:
    distinct = list({key_of(release): release for release in given}.values())
    shuffled = [*distinct, *distinct]
    Random(seed).shuffle(shuffled)
    assert current(shuffled) == current(distinct)
    for (tenant, model), release in current(distinct).items():
        own = history(distinct, tenant, model)
        assert own[0] == release
        assert [(each.number, each.version) for each in own] == sorted(
            ((each.number, each.version) for each in own), reverse=True
        )


@given(releases)
def test_the_log_keeps_the_latest_of_each_version(given: list[ModelRelease]) -> None:
    latest = {key_of(release): release for release in given}
    assert sorted(map(key_of, log_of(given).all())) == sorted(latest)
    assert {key_of(release): release for release in log_of(given).all()} == latest


@given(releases)
def test_a_tenant_sees_its_own_only(given: list[ModelRelease]) -> None:
    for tenant in ("t0", "t1", "nobody"):
        found = log_of(given).of(tenant)
        assert {release.tenant_id for own in found.values() for release in own} <= {tenant}
        assert set(found) == {release.model for release in given if release.tenant_id == tenant}
