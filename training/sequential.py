"""Fit the sequential recall models on interactions: SASRec and two-tower retrieval."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from numpy.typing import NDArray

from training.artifact.forward.shares import tag_shares
from training.artifact.manifest import Manifest
from training.artifact.model import Model
from training.errors import UnfitExamplesError
from training.fitting import Fitting
from training.interactions import Interactions
from training.loop import Fitted, fit
from training.models.retrieval import Retrieval, RetrievalConfig
from training.models.sasrec import SASRecConfig
from training.sequences import Sequences
from training.tasks.retrieval import RetrievalTask
from training.tasks.sasrec import SASRecTask
from training.tasks.task import Task

ITEMS: Final = "items"
"""The list of words that holds the item ids by number."""

TAGS: Final = "tags"


def fit_sasrec(
    interactions: Interactions, manifest: Manifest, config: SASRecConfig, fitting: Fitting, path: Path
) -> Model:
    """Return SASRec as a model: tensors as of `forward.sasrec`, words `items`.

    `manifest` says whose it is and its seed; `path` is the checkpoint, deleted at the end. Raises UnfitExamplesError
    if no user took three items, and what `loop.fit` raises.
    """
    sequences = _fit_for_training(interactions)
    task = SASRecTask(config, sequences, len(interactions.items), manifest.seed)
    fitted = _fitted(task, fitting, path, manifest.seed)
    tensors = {name: tensor.numpy() for name, tensor in fitted.state.items()}
    params = {**manifest.params, **config.model_dump()}
    return _model(manifest, "sasrec", fitted, tensors, params, {ITEMS: list(interactions.items)})


def fit_retrieval(
    interactions: Interactions,
    tags: Mapping[str, Sequence[str]],
    manifest: Manifest,
    config: RetrievalConfig,
    fitting: Fitting,
    path: Path,
) -> Model:
    """Return two-tower retrieval as a model: tensors as of `forward.retrieval`, `identities` (I, D) and `vectors`
    (I, V) of the items, words `items` and `tags`.

    `tags` are each item's, by its id; for the rest see `fit_sasrec`.
    """
    sequences = _fit_for_training(interactions)
    words = sorted({word for item in interactions.items for word in tags.get(item, ())})
    shares = tag_shares([tags.get(item, ()) for item in interactions.items], words)
    fitted = _fitted(RetrievalTask(config, sequences, shares, manifest.seed), fitting, path, manifest.seed)
    module = Retrieval(config, shares)
    module.load_state_dict(fitted.state)
    vectors = module.eval().item_vectors().detach().numpy()
    learned = {name: tensor.numpy() for name, tensor in fitted.state.items() if name != "tags_of"}
    params = {**manifest.params, **config.model_dump()}
    lists = {ITEMS: list(interactions.items), TAGS: words}
    return _model(manifest, "retrieval", fitted, {**learned, "vectors": vectors}, params, lists)


def _fit_for_training(interactions: Interactions) -> Sequences:
    sequences = Sequences.of(interactions)
    if not len(sequences.long_enough(3)):
        raise UnfitExamplesError("no user took three items, so there is no order to learn; collect more behaviour")
    return sequences


def _fitted(task: Task, fitting: Fitting, path: Path, seed: int) -> Fitted:
    fitted = fit(task, fitting, path, seed=seed)
    path.unlink()
    return fitted


def _model(
    manifest: Manifest,
    kind: str,
    fitted: Fitted,
    tensors: Mapping[str, NDArray[Any]],
    params: dict[str, int | float | str | bool],
    words: Mapping[str, list[str]],
) -> Model:
    metrics = {**manifest.metrics, **fitted.curve[fitted.best].metrics}
    described = msgspec.structs.replace(manifest, kind=kind, params=params, metrics=metrics)
    return Model(described, tensors, words)
