"""The recall models of a replay: each fitted on the behaviour of before, as a release would have been."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from schemas.records import BehaviorEvent
from serving.models.kinds import ready
from serving.models.shelf import Shelf
from training.artifact.manifest import Manifest
from training.artifact.model import Model
from training.interactions import Interactions
from training.recall.als import ALSConfig, fit_als
from training.recall.ease import EASEConfig, fit_ease
from training.recall.transitions import TransitionsConfig, fit_transitions

Fit: TypeAlias = Callable[[Interactions, Manifest], Model]

FITS: Final[Mapping[str, Fit]] = {
    "ease": lambda given, manifest: fit_ease(given, manifest, EASEConfig()),
    "ease_acts": lambda given, manifest: fit_ease(given, manifest, EASEConfig.of_acts()),
    "ease_any": lambda given, manifest: fit_ease(given, manifest, EASEConfig.of_any()),
    "transitions": lambda given, manifest: fit_transitions(given, manifest, TransitionsConfig()),
    "als": lambda given, manifest: fit_als(given, manifest, ALSConfig()),
}
"""By channel, how its model is fitted."""


def fit_recall(
    events: Iterable[BehaviorEvent], tenant: str, seed: int, names: Sequence[str] = tuple(FITS)
) -> list[Model]:
    """Return the models of these channels, fitted on the tenant's events; raise as they do."""
    interactions = Interactions.of(events)
    return [
        FITS[name](
            interactions,
            Manifest(name=name, kind="", version="replay", tenant=tenant, created_at=0, features=[], seed=seed),
        )
        for name in names
    ]


def shelf_of(models: Iterable[Model]) -> Shelf:
    """Return a shelf with the models; raises as `serving.models.kinds.ready` does."""
    shelf = Shelf()
    for model in models:
        shelf.put(ready(model))
    return shelf
