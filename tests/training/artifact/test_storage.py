"""Models on disk: whole or refused, and never half replaced."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from numpy.typing import NDArray

from training.artifact import storage
from training.artifact.manifest import Manifest
from training.artifact.model import Model
from training.artifact.storage import load, save, seal
from training.errors import ArtifactError, ArtifactMismatchError, CorruptArtifactError

MANIFEST = Manifest(name="m", kind="ease", version="v1", tenant="t", created_at=1, features=["hour"])
names = st.text("abcdé /", min_size=1, max_size=8)


def model(value: float = 1.0) -> Model:
    tensors: dict[str, NDArray[Any]] = {"a": np.array([[value, np.inf]], np.float32), "b": np.arange(3)}
    return Model(MANIFEST, tensors, {"items": ["x", "ü", ""], "none": []})


@given(st.lists(names, max_size=5))
def test_words_and_tensors_come_back(tmp_path_factory: pytest.TempPathFactory, words: list[str]) -> None:
    folder = tmp_path_factory.mktemp("model") / "m"
    given = Model(MANIFEST, model().tensors, {"items": words})
    manifest = save(folder, given)
    found = load(folder, manifest.digest)
    assert found.manifest == manifest == seal(given)[0]
    assert found.words == {"items": words}
    for name, tensor in given.tensors.items():
        np.testing.assert_array_equal(found.tensors[name], tensor)


def test_the_digest_is_that_of_the_content(tmp_path: Path) -> None:
    assert seal(model())[0].digest == seal(model())[0].digest != seal(model(2.0))[0].digest
    save(tmp_path / "m", model())
    with pytest.raises(ArtifactMismatchError, match="not 00"):
        load(tmp_path / "m", "00")


def cut(folder: Path) -> None:
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])


def flip(folder: Path) -> None:
    weights = folder / "weights.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)


def lose(folder: Path) -> None:
    (folder / "weights.safetensors").unlink()


def garble(folder: Path) -> None:
    (folder / "manifest.json").write_text("{")


def lie(folder: Path) -> None:
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"int64"', '"int32"'))


@pytest.mark.parametrize("spoil", [cut, flip, lose, garble, lie])
def test_what_is_damaged_is_refused_by_name(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    save(tmp_path / "m", model())
    spoil(tmp_path / "m")
    with pytest.raises(CorruptArtifactError, match=r"m.*again"):
        load(tmp_path / "m")


def test_no_number_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "m", model(float("nan")))
    with pytest.raises(CorruptArtifactError, match="tensor a holds NaN"):
        load(tmp_path / "m")


def test_on_a_full_disk_the_old_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "m", model())

    def full(path: Path, content: bytes) -> None:
        path.write_bytes(content[:3])
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(storage, "_write", full)
    with pytest.raises(ArtifactError, match="make room"):
        save(tmp_path / "m", Model(replace(MANIFEST, version="v2"), model(2.0).tensors))
    assert load(tmp_path / "m").manifest.version == "v1"
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
