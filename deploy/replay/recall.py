"""The recall models of a replay: each fitted on the behaviour of before, as a release would have been."""

from collections.abc import Iterable, Sequence

from schemas.records import BehaviorEvent
from serving.models.kinds import ready
from serving.models.shelf import Shelf
from training.artifact.manifest import Manifest
from training.artifact.model import Model
from training.interactions import Interactions
from training.recall.recipe import SHIPPED, fit_all, shipped


def fit_recall(events: Iterable[BehaviorEvent], tenant: str, seed: int, names: Sequence[str] = SHIPPED) -> list[Model]:
    """Return the models of these channels by their shipped recipes, fitted on the events; raise as they do."""
    recipes = [shipped(name).model_copy(update={"seed": seed}) for name in names]
    manifest = Manifest(name="", kind="", version="replay", tenant=tenant, created_at=0, features=[])
    return fit_all(Interactions.of(events), recipes, manifest)


def shelf_of(models: Iterable[Model]) -> Shelf:
    """Return a shelf with the models; raises as `serving.models.kinds.ready` does."""
    shelf = Shelf()
    for model in models:
        shelf.put(ready(model))
    return shelf
