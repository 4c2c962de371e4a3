"""The store of models: a folder that whoever releases and every server reach, each at a path of its own."""

import re
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.tenancy import check_tenant
from training.artifact.manifest import Manifest
from training.artifact.model import Model
from training.artifact.storage import load, read_manifest, save, seal
from training.errors import ArtifactError, ArtifactMismatchError, CorruptArtifactError

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What names and versions of models match: they are folders."""


class ModelSettings(BaseSettings):
    """Where models are, read from the environment: TIDELINE_MODELS_*."""

    model_config = SettingsConfigDict(env_prefix="TIDELINE_MODELS_", frozen=True)

    folder: Path = Field(
        default=Path(".tideline/models"), description="Store of released models; one that all processes share."
    )


class ModelStore:
    """Holds each released artifact at `tenant/name/version`, for as long as somebody may roll back to it."""

    def __init__(self, folder: Path) -> None:
        """Use this folder; it is made when the first model is put."""
        self._folder = folder

    def put(self, model: Model) -> tuple[str, Manifest]:
        """Copy the model into the store; return where it lies there, and its manifest.

        Raises ArtifactError if name or version are not fit for a path, or the disk is full, and ArtifactMismatchError
        if another model lies under that version already: a version is never changed.
        """
        location = _location(model.manifest)
        path = self._folder / location
        if path.exists():
            there = load(path).manifest
            if there.digest != seal(model)[0].digest:
                raise ArtifactMismatchError(f"{location}: another model has this version already; give a new version")
            return location, there
        return location, save(path, model)

    def get(self, location: str, digest: str) -> Model:
        """Return the model that lies there.

        Raises CorruptArtifactError if it is damaged or missing, ArtifactMismatchError if it has another digest, and
        ArtifactError if the location leads out of the store.
        """
        path = (self._folder / location).resolve()
        if not path.is_relative_to(self._folder.resolve()):
            raise ArtifactError(f"{location}: not a place within the store of models")
        return load(path, digest)

    def find(self, tenant: str, name: str, version: str) -> Model | None:
        """Return the tenant's model of that version, None if the store has none.

        Raises ArtifactError if name or version are not fit for a path, and CorruptArtifactError if it is damaged.
        """
        path = self._folder / _place(tenant, name, version)
        return load(path) if path.is_dir() else None

    def versions(self, tenant: str) -> Mapping[str, list[Manifest]]:
        """Return the manifests of all of the tenant's models, by name; one that is damaged is left out."""
        found: defaultdict[str, list[Manifest]] = defaultdict(list)
        for path in sorted((self._folder / check_tenant(tenant)).glob("*/*/")):
            if not path.name.startswith("."):  # being written
                with suppress(CorruptArtifactError):
                    found[path.parent.name].append(read_manifest(path))
        return found


def _location(manifest: Manifest) -> str:
    return _place(manifest.tenant, manifest.name, manifest.version)


def _place(tenant: str, name: str, version: str) -> str:
    check_tenant(tenant)
    for what, value, pattern in (("name", name, NAME), ("version", version, VERSION)):
        if not pattern.fullmatch(value):
            raise ArtifactError(f"{what} {value!r} of a model must match {pattern.pattern}; change it in the recipe")
    return f"{tenant}/{name}/{version}"
