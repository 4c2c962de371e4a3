"""Shelf: the models in use, by tenant and name; a model is swapped whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from training.artifact.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that answers."""

    manifest: Manifest

    ready: object
    """What the loader of its kind made of it (`serving.models.kinds`)."""

    @property
    def version(self) -> str:
        """The manifest's."""
        return self.manifest.version


class Shelf:
    """Holds a model for each tenant and name. Any thread reads without waiting: a change replaces the whole mapping.

    Whoever answers a request takes its models once, so that a swap in the middle of it changes nothing.
    """

    def __init__(self) -> None:
        """Make a shelf that holds nothing."""
        self._models: Mapping[tuple[str, str], Loaded] = {}

    def get(self, tenant: str, name: str) -> Loaded | None:
        """Return the tenant's model of that name; another tenant's never."""
        return self._models.get((tenant, name))

    def put(self, loaded: Loaded) -> None:
        """Let the model answer from now on, in place of the one of its tenant and name. One thread may write."""
        at = loaded.manifest.tenant, loaded.manifest.name
        self._models = {**self._models, at: loaded}

    def remove(self, tenant: str, name: str) -> None:
        """Let no model of that name answer any more. One thread may write."""
        self._models = {at: loaded for at, loaded in self._models.items() if at != (tenant, name)}

    @property
    def models(self) -> Mapping[tuple[str, str], Loaded]:
        """All models by tenant and name."""
        return MappingProxyType(self._models)
