"""Models on shelves, fitted or built in a moment."""

from collections.abc import Sequence

import numpy as np

from schemas.records import Action, BehaviorEvent
from serving.models.kinds import ready
from serving.models.shelf import Shelf
from training.artifact.manifest import Manifest
from training.artifact.model import Model
from training.building import build
from training.features.feature_set import FeatureSet
from training.interactions import Interactions
from training.preprocessing import Preprocessing
from training.recall.als import ALSConfig, fit_als
from training.recall.ease import EASEConfig, fit_ease
from training.recall.transitions import TransitionsConfig, fit_transitions
from training.recipe import Recipe, resolve

FEATURES = ("item_age", "recall_fused_standard", "hour")


def manifest(name: str, tenant: str = "t", version: str = "v1") -> Manifest:
    """Return the manifest of a model that nothing is known of yet."""
    return Manifest(name=name, kind="", version=version, tenant=tenant, created_at=0, features=[], seed=1)


def recall_model(name: str, items: Sequence[str], tenant: str = "t") -> Model:
    """Return the recall model of that name, fitted on users who liked three neighbouring items each."""
    events = [
        BehaviorEvent(f"{user}-{place}", tenant, f"u{user}", items[(user + place) % len(items)], Action.LIKE, place)
        for user in range(2 * len(items))
        for place in range(3)
    ]
    given, told = Interactions.of(events), manifest(name, tenant)
    if name == "als":
        return fit_als(given, told, ALSConfig(factors=3, regularization=0.1))
    if name == "transitions":
        return fit_transitions(given, told, TransitionsConfig())
    return fit_ease(given, told, EASEConfig(l2=2))


def ranking_model(kind: str = "deepfm", tenant: str = "t", features: Sequence[str] = FEATURES, seed: int = 0) -> Model:
    """Return a ranking model with weights as they are drawn before training."""
    random = np.random.default_rng(seed)
    count = len(features)
    extra = {"user": ["hour"], "item": ["item_*"]} if kind == "two_tower" else {}
    model = {"kind": kind, "hidden": [4], "buckets": 4, **extra}
    recipe = resolve(Recipe.model_validate({"name": kind, "features": features, "model": model}), features)
    edges = np.sort(random.normal(size=(count, 3)), axis=1).astype(np.float32)
    preprocessing = Preprocessing(np.zeros(count, np.float32), np.ones(count, np.float32), edges)
    module = build(recipe, preprocessing)
    state = {name: tensor.detach().numpy() for name, tensor in module.state_dict().items()}
    learned = {name: each for name, each in state.items() if name not in module.constants}
    tensors = {name: each for name, each in state.items() if name in module.constants}
    tensors |= {f"0/{name}": each for name, each in learned.items()}
    tensors |= {"a": np.ones(2, np.float32), "b": np.zeros(2, np.float32)}
    told = manifest(kind, tenant)
    return Model(
        Manifest(
            name=told.name,
            kind=kind,
            version=told.version,
            tenant=tenant,
            created_at=0,
            features=list(features),
            feature_digests=FeatureSet(features).digests,
            params={"heads": "click,like"},
        ),
        tensors,
    )


def shelf_of(*models: Model) -> Shelf:
    """Return a shelf with these models."""
    shelf = Shelf()
    for model in models:
        shelf.put(ready(model))
    return shelf
