"""Releasing and rolling back, with real artifacts."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.training.recall.behaviors import MANIFEST, behaved, tastes
from training.artifact.model import Model
from training.artifact.releasing import chosen, released, repeated, rolled_back
from training.artifact.store import ModelStore
from training.errors import (
    ArtifactError,
    ArtifactMismatchError,
    CorruptArtifactError,
    NoReleaseError,
    WorseModelError,
)
from training.recall.transitions import TransitionsConfig, fit_transitions

NOW = 1_700_000_000_000


def model(version: str = "v1", gain: float | None = 0.1, **changes: object) -> Model:
    fitted = fit_transitions(behaved(tastes()), MANIFEST, TransitionsConfig())
    metrics = {} if gain is None else {"ndcg@10": gain}
    told = replace(fitted.manifest, name="transitions", version=version, metrics=metrics, **changes)
    return Model(told, fitted.tensors, fitted.words)


def test_a_release_says_what_serving_needs(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    release = released(model(), store, [], NOW)
    assert (release.tenant_id, release.model, release.version, release.number) == ("t", "transitions", "v1", 1)
    found = store.get(release.location, release.digest)
    assert found.manifest.metrics == release.metrics == {"ndcg@10": 0.1}
    assert found.words == model().words


def test_a_worse_model_needs_force(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    good = released(model("good", 0.2), store, [], NOW)
    with pytest.raises(WorseModelError, match="--force"):
        released(model("bad", 0.1), store, [good], NOW)
    assert not (tmp_path / "t" / "transitions" / "bad").exists()
    assert released(model("bad", 0.1), store, [good], NOW, force=True).number == 2
    assert released(model("unknown", None), store, [good], NOW).number == 2
    assert released(model("equal", 0.2), store, [good], NOW).number == 2


def test_a_version_is_never_changed(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    first = released(model(), store, [], NOW)
    assert released(model(), store, [first], NOW).number == 2  # the same once more
    other = Model(model().manifest, {**model().tensors, "values": model().tensors["values"] * 2}, model().words)
    with pytest.raises(ArtifactMismatchError, match="new version"):
        released(other, store, [first], NOW)


def test_back_to_the_one_before_or_to_any(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    first = released(model("v1"), store, [], NOW)
    second = released(model("v2"), store, [first], NOW)
    back = rolled_back([second, first], "transitions", NOW + 1)
    assert (back.version, back.number, back.digest) == ("v1", 3, first.digest)
    assert rolled_back([back, second], "transitions", NOW, "v2").version == "v2"
    with pytest.raises(NoReleaseError, match="v1"):
        rolled_back([first], "transitions", NOW)
    with pytest.raises(NoReleaseError, match="v9"):
        rolled_back([second, first], "transitions", NOW, "v9")


@pytest.mark.parametrize(("field", "value"), [("name", "../up"), ("version", "a/b"), ("version", "..")])
def test_no_name_leads_out_of_the_store(tmp_path: Path, field: str, value: str) -> None:
    one = model()
    other = Model(replace(one.manifest, **{field: value}), one.tensors, one.words)
    with pytest.raises(ArtifactError, match="must match"):
        ModelStore(tmp_path / "store").put(other)
    assert not list(tmp_path.rglob("*"))


def test_no_location_leads_out_of_the_store(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="not a place within"):
        ModelStore(tmp_path / "store").get("../elsewhere", "0" * 64)
    with pytest.raises(CorruptArtifactError):
        ModelStore(tmp_path / "store").get("t/none/v1", "0" * 64)


def test_a_kept_version_is_released_by_its_name_and_an_old_one_again(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    first = released(model("v1", 0.2), store, [], NOW)
    store.put(model("v2", 0.1))
    assert [each.version for each in store.versions("t")["transitions"]] == ["v1", "v2"]
    assert store.versions("other") == {}
    with pytest.raises(WorseModelError):
        chosen(("t", "transitions", "v2"), store, [first], NOW)
    second = chosen(("t", "transitions", "v2"), store, [first], NOW, force=True, request_id="r")
    assert (second.version, second.number, second.metrics, second.request_id) == ("v2", 2, {"ndcg@10": 0.1}, "r")
    assert chosen(("t", "transitions", "v2"), store, [second, first], NOW + 1) is second, "it answers already"
    assert chosen(("t", "transitions", "v1"), store, [second, first], NOW + 1).number == 3
    for key in (("t", "transitions", "v9"), ("other", "transitions", "v2")):
        with pytest.raises(NoReleaseError, match="no version"):
            chosen(key, store, [second, first] if key[0] == "t" else [], NOW)


def test_a_request_that_comes_again_is_known_by_its_id(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    first = released(model("v1"), store, [], NOW)
    second = released(model("v2"), store, [first], NOW)
    back = rolled_back([second, first], "transitions", NOW, request_id="r")
    assert repeated([back, second], "r") is back
    assert repeated([back, second], "") is None
    assert repeated([second, first], "r") is None
