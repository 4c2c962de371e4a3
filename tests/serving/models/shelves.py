"""Models on shelves, fitted or built in a moment."""

from collections.abc import Mapping, Sequence

import numpy as np

from schemas.records import Action, BehaviorEvent
from serving.models.kinds import ready
from serving.models.shelf import Shelf
from training.artifact.forward.retrieval import item_vectors
from training.artifact.forward.shares import tag_shares
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


def towers(
    items: Sequence[str],
    tags: Mapping[str, Sequence[str]],
    tenant: str = "t",
    version: str = "v1",
    size: int = 8,
    seed: int = 0,
) -> Model:
    """Return two-tower retrieval with weights as they are drawn before training."""
    random = np.random.default_rng(seed)
    words = sorted({word for own in tags.values() for word in own})
    shapes = {
        "identities": (len(items), size),
        "tags": (max(len(words), 1), size),
        "item_0_weight": (size, size),
        "item_0_bias": (size,),
        "user_0_weight": (size, 2 * size),
        "user_0_bias": (2 * size,),
        "user_1_weight": (2 * size, size),
        "user_1_bias": (size,),
    }
    tensors = {name: random.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}
    shares = tag_shares([tags.get(item, ()) for item in items], words)
    tensors["vectors"] = item_vectors(tensors, tensors["identities"], shares).astype(np.float32)
    told = Manifest(
        name="retrieval",
        kind="retrieval",
        version=version,
        tenant=tenant,
        created_at=0,
        features=[],
        params={"length": 10, "half_life": 3.0},
    )
    return Model(told, tensors, {"items": list(items), "tags": words})


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
