"""A run: from a recipe and examples to a folder with the model and all that shows how it came to be."""

import platform
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from training.artifact.forward.ranking import RankingModel
from training.artifact.manifest import Manifest
from training.artifact.model import Model
from training.artifact.storage import save
from training.building import build
from training.calibration import fit as calibrate
from training.checkpoint import Epoch, prefixed, write_file
from training.errors import RunError, UnfitExamplesError
from training.example_files import ExampleReader
from training.group_metrics import GroupMetrics
from training.loop import Fitted, Progress, fit
from training.models.lambdamart import LambdaMARTConfig
from training.preprocessing import measure
from training.recipe import Recipe, resolve
from training.report.outcome import Outcome, judge
from training.report.page import write_report
from training.reservoir import Reservoir
from training.tasks.ranking import RankingTask
from training.trees import grow

MODEL: Final = "model"
_RUN: Final = "run.json"
_METRICS: Final = "metrics.json"
_MEMBERS: Final = "members"
_LIBRARIES: Final = ("numpy", "safetensors", "scipy", "torch")
_CALIBRATED: Final = 200_000
"""Validation examples at most that calibration is fitted to and judged by."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a run's examples come from, for its manifest."""

    tenant: str
    version: str
    created_at: int
    """Milliseconds since 1970."""

    offsets: Mapping[str, int] = field(default_factory=dict)
    """`topic/partition` to the next offset that the examples were not made of."""

    schema_ids: Mapping[str, int] = field(default_factory=dict)


class _Identity(msgspec.Struct, frozen=True):
    """What a run's folder belongs to: what must be the same to go on with it."""

    recipe: str
    examples: str


def run(
    recipe: Recipe,
    examples: ExampleReader,
    folder: Path,
    provenance: Provenance,
    *,
    resume: bool = False,
    report: Callable[[int, Progress], None] = lambda member, progress: None,
    stopping: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Train by the recipe and leave in the folder: recipe.toml, metrics.json, curves.png, reliability.png, report.html
    and `model/`.

    `report` is told of each step and the member it is of. Raises RecipeError, UnfitExamplesError, DivergedError,
    StoppedError and WriteError; no model is written then, and one that stands in the folder stands. Raises RunError if
    the folder holds a run already and `resume` is not set, or one with another recipe or other examples.
    """
    recipe = resolve(recipe, examples.features)
    examples = examples.of(recipe.features, tuple(recipe.heads))
    _claim(folder, _Identity(recipe.toml, _fingerprint(examples)), resume)
    write_file(folder / "recipe.toml", recipe.toml.encode())
    train, validation = examples.split(recipe.data.validation)
    _check_labels(recipe, {"training": train, "validation": validation})
    make = _grown if isinstance(recipe.model, LambdaMARTConfig) else _fitted
    constants, fitted = make(recipe, train, validation, folder, report, stopping)
    model, outcome = _conclude(recipe, constants, fitted, validation, provenance)
    write_report(folder, recipe, outcome)
    save(folder / MODEL, model)
    # Last: a folder with metrics is a finished run.
    write_file(folder / _METRICS, msgspec.json.format(msgspec.json.encode(outcome.summary)))
    shutil.rmtree(folder / _MEMBERS, ignore_errors=True)
    return outcome


def _fitted(
    recipe: Recipe,
    train: ExampleReader,
    validation: ExampleReader,
    folder: Path,
    report: Callable[[int, Progress], None],
    stopping: Callable[[], bool],
) -> tuple[Mapping[str, Tensor], list[Fitted]]:
    """Return what the members share, and each member, trained by the loop."""
    preprocessing = measure(train.batches(recipe.fitting.batch), recipe.buckets)
    fitted = []
    for member in range(recipe.members):
        seed = recipe.seed + member
        task = RankingTask(recipe, train, validation, partial(build, recipe, preprocessing), seed)
        path = folder / _MEMBERS / f"{member}.safetensors"
        tell = partial(report, member)
        fitted.append(fit(task, recipe.fitting, path, seed=seed, report=tell, stopping=stopping))
    return build(recipe, preprocessing).constants, fitted


def _grown(
    recipe: Recipe,
    train: ExampleReader,
    validation: ExampleReader,
    folder: Path,
    report: Callable[[int, Progress], None],
    stopping: Callable[[], bool],
) -> tuple[Mapping[str, Tensor], list[Fitted]]:
    """Return nothing shared, and each member, grown as trees."""
    seeds = range(recipe.seed, recipe.seed + recipe.members)
    return {}, [
        grow(recipe, train, validation, seed, partial(report, member), stopping) for member, seed in enumerate(seeds)
    ]


def _claim(folder: Path, identity: _Identity, resume: bool) -> None:
    path = folder / _RUN
    if path.exists():
        if not resume:
            raise RunError(f"{folder}: it holds a run already; choose another folder, or go on with it by --resume")
        if (folder / _METRICS).exists():
            raise RunError(f"{folder}: its run is finished; choose another folder for the next")
        if msgspec.json.decode(path.read_bytes(), type=_Identity) != identity:
            raise RunError(f"{folder}: its run has another recipe or other examples; choose another folder")
    elif folder.exists() and any(folder.iterdir()):
        raise RunError(f"{folder}: it is not empty and holds no run; choose another folder")
    write_file(path, msgspec.json.encode(identity))


def _fingerprint(examples: ExampleReader) -> str:
    """Return a digest of the files' names and sizes, and of what their ends say of their batches."""
    digest = sha256()
    for file in examples.files:
        size = file.stat().st_size
        with file.open("rb") as opened:
            opened.seek(max(0, size - 65536))
            digest.update(f"{file.name} {size}".encode() + opened.read())
    return digest.hexdigest()


def _check_labels(recipe: Recipe, sides: Mapping[str, ExampleReader]) -> None:
    for side, reader in sides.items():
        metrics = GroupMetrics()
        for batch in reader.batches(recipe.fitting.batch):
            metrics.add(np.zeros(len(batch), np.float32), batch.labels[:, 0], batch.group)
        if not metrics.paired:
            head, *_ = recipe.heads
            raise UnfitExamplesError(
                f"no group of the {side} examples has both labels of {head}, so there is no order to learn; collect "
                f"more lists in which some items were chosen and others were not"
            )


def _conclude(
    recipe: Recipe,
    constants: Mapping[str, Tensor],
    fitted: list[Fitted],
    validation: ExampleReader,
    provenance: Provenance,
) -> tuple[Model, Outcome]:
    """Return the ensemble as a model, calibrated on the validation examples, and what it is worth on them."""
    heads, digests = len(recipe.heads), validation.digests
    tensors: dict[str, NDArray[Any]] = {name: each.numpy() for name, each in constants.items()}
    for number, member in enumerate(fitted):
        learned = {name: each.numpy() for name, each in member.state.items() if name not in constants}
        tensors |= prefixed(str(number), learned)
    tensors |= {"a": np.ones(heads, np.float32), "b": np.zeros(heads, np.float32)}
    manifest = Manifest(
        name=recipe.name,
        kind=recipe.model.kind,
        version=provenance.version,
        tenant=provenance.tenant,
        created_at=provenance.created_at,
        features=list(recipe.features),
        feature_digests={name: digests[name] for name in recipe.features if name in digests},
        params={"heads": ",".join(recipe.heads), "members": recipe.members, **_scalars(recipe.model.model_dump())},
        offsets=dict(provenance.offsets),
        schema_ids=dict(provenance.schema_ids),
        seed=recipe.seed,
        libraries={"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
    )
    ranking = RankingModel.of(manifest, tensors)
    measured = {head: GroupMetrics() for head in recipe.heads}
    sample = Reservoir(_CALIBRATED, 2 * heads)
    for batch in validation.batches(recipe.fitting.batch):
        logits = ranking.logits(batch.values)
        for column, metrics in enumerate(measured.values()):
            metrics.add(logits[:, column], batch.labels[:, column], batch.group)
        sample.add(np.concatenate([logits, batch.labels], 1))
    logits, labels = sample.rows[:, :heads], sample.rows[:, heads:]
    lines = [calibrate(logits[:, head], labels[:, head]) for head in range(heads)]
    tensors |= {"a": np.array([a for a, _ in lines], np.float32), "b": np.array([b for _, b in lines], np.float32)}
    curves: list[tuple[Epoch, ...]] = [member.curve for member in fitted]
    outcome = judge(tuple(recipe.heads), measured, logits, labels, lines, curves, [each.best for each in fitted])
    return Model(msgspec.structs.replace(manifest, metrics=outcome.metrics), tensors), outcome


def _scalars(params: Mapping[str, Any]) -> dict[str, int | float | str | bool]:
    return {name: value for name, value in params.items() if isinstance(value, int | float | str) and name != "kind"}
