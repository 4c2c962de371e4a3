"""ModelFollowing releases: good ones answer, bad ones are refused and the old one stays."""

import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from schemas.model_records import ModelRelease
from serving.metrics import Metrics
from serving.models.following import ModelFollowing, Watch
from serving.models.shelf import Shelf
from tests.serving.models.shelves import ranking_model, recall_model
from training.artifact.model import Model
from training.artifact.releasing import released, rolled_back
from training.artifact.store import ModelStore

ITEMS = ["a", "b", "c", "d"]


class Rig:
    """A shelf that follows what a test releases."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.store, self.shelf = folder, ModelStore(folder), Shelf()
        self.metrics = Metrics(CollectorRegistry())
        self.watch = create_autospec(Watch, instance=True)
        self.following = ModelFollowing(self.shelf, self.watch, self.store, self.metrics)

    def release(self, model: Model, before: list[ModelRelease] | None = None) -> ModelRelease:
        release = released(model, self.store, before or [], 0, force=True)
        self.following.take([release])
        return release

    def version(self, name: str = "deepfm", tenant: str = "t") -> str | None:
        loaded = self.shelf.get(tenant, name)
        return loaded.version if loaded else None

    def count(self, outcome: str) -> float:
        return self.metrics.models.labels(outcome)._value.get()  # type: ignore[no-any-return]


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def versioned(version: str, seed: int = 0) -> Model:
    model = ranking_model(seed=seed)
    return Model(replace(model.manifest, version=version), model.tensors)


def test_the_latest_answers_and_a_rollback_brings_the_one_before_back(rig: Rig) -> None:
    first = rig.release(versioned("v1"))
    assert rig.version() == "v1"
    second = rig.release(versioned("v2", seed=1), [first])
    assert rig.version() == "v2"
    rig.following.take([rolled_back([second, first], "deepfm", 0)])
    assert rig.version() == "v1"
    assert rig.count("taken") == 3


def damaged(path: Path) -> None:
    weights = path / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-7])


def gone(path: Path) -> None:
    (path / "manifest.json").unlink()


def another(path: Path) -> None:
    manifest = path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"hour"', '"tide"'))


@pytest.mark.parametrize("spoil", [damaged, gone, another])
def test_a_bad_artifact_is_refused_and_the_old_one_stays(rig: Rig, spoil: Callable[[Path], None]) -> None:
    first = rig.release(versioned("v1"))
    second = released(versioned("v2", seed=1), rig.store, [first], 0)
    spoil(rig.folder / second.location)
    rig.following.take([second])
    rig.following.take([second])
    assert rig.version() == "v1"
    assert "t" in rig.following.refused["t", "deepfm"]
    assert rig.count("refused") == 1  # said once, not at each look
    third = rig.release(versioned("v3"), [second, first])
    assert rig.version() == "v3"
    assert third.number == 3
    assert not rig.following.refused


def test_a_digest_that_is_not_the_releases_is_refused(rig: Rig) -> None:
    release = released(versioned("v1"), rig.store, [], 0)
    rig.following.take([replace(release, digest="0" * 64)])
    assert rig.version() is None


def test_an_artifact_of_another_tenant_is_refused(rig: Rig) -> None:
    release = released(versioned("v1"), rig.store, [], 0)
    rig.following.take([replace(release, tenant_id="other")])
    assert rig.version(tenant="other") is None
    assert "tenant t" in rig.following.refused["other", "deepfm"]


def test_one_bad_model_does_not_keep_others_from_answering(rig: Rig) -> None:
    bad = replace(released(versioned("v1"), rig.store, [], 0), digest="0" * 64)
    good = released(recall_model("ease", ITEMS), rig.store, [], 0)
    rig.following.take([bad, good])
    assert rig.version("ease") == "v1"


def test_it_follows_on_a_thread_of_its_own(rig: Rig) -> None:
    release = released(versioned("v1"), rig.store, [], 0)
    rig.watch.changes.side_effect = lambda stop: iter([[], [release]])
    with rig.following as following:
        assert following.settled(5)
        deadline = time.monotonic() + 5
        while rig.version() is None and time.monotonic() < deadline:
            time.sleep(0.005)
    assert rig.version() == "v1"
