"""The pipeline under evaluation: serving's own stages over tables and models of the train part alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from deploy.evaluation.baselines import K
from deploy.evaluation.task import LEAST, RELEVANT_STARS, Task
from deploy.replay.examples import HEADS, HistorySettings, history_examples, last_times
from deploy.replay.pipeline import answers, replay_pipeline
from deploy.replay.recall import fit_recall, shelf_of
from deploy.replay.tables import FoldedTables
from deploy.replay.world import ReplayWorld, replay_world
from serving.bff.work import Request
from serving.config import ScenarioConfig
from serving.models.shelf import Shelf
from training.artifact.model import Model
from training.artifact.storage import load
from training.example_files import ExampleReader, ExampleWriter
from training.recipe import Recipe
from training.run import MODEL, Provenance, run

Report = Callable[[str], None]
RECALL_ONLY: Final = "score"
"""The ranker that keeps the merged order of recall."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """What the pipeline made of each user."""

    lists: Sequence[Sequence[str]]
    """(U,) at most K items each, the best first."""

    scores: Sequence[NDArray[np.float32]]
    """(U,) of all candidates of each user, in the order of ranking."""

    labels: Sequence[NDArray[np.bool_]]
    """(U,) whether each of those candidates was relevant."""


@dataclass(frozen=True, slots=True)
class Systems:
    """The pipeline, and what recall alone would have answered."""

    pipeline: Ranked
    recall_only: Ranked


def evaluate_pipeline(
    task: Task, recipe: Recipe, config: ScenarioConfig, folder: Path, seed: int, report: Report = lambda what: None
) -> Systems:
    """Return the lists of the pipeline, trained on the train part, and of the same pipeline without its ranker.

    Args:
        task: the split.
        recipe: how the ranker is trained; its name is the ranker's.
        config: how lists are made.
        folder: where examples and the run are left.
        seed: of all that is drawn.
        report: is told what is being done.
    """
    tenant, scenario = task.train[0].tenant_id, task.train[0].scenario
    ranker = _trained(
        task,
        recipe,
        config,
        folder,
        HistorySettings(tenant, scenario, least=LEAST, positive_stars=RELEVANT_STARS, seed=seed),
        report,
    )
    report("recall models on all of the train part")
    models = fit_recall(task.train, tenant, seed)
    report("tables of the train part")
    with replay_world(FoldedTables([*task.catalogue, *task.train])) as world:
        shelf = shelf_of([*models, ranker])
        report("lists of the pipeline")
        pipeline = _ranked(task, world, shelf, config.model_copy(update={"ranker": recipe.name}))
        report("lists of recall alone")
        recall_only = _ranked(task, world, shelf, config.model_copy(update={"ranker": RECALL_ONLY}))
    return Systems(pipeline, recall_only)


def _trained(
    task: Task, recipe: Recipe, config: ScenarioConfig, folder: Path, settings: HistorySettings, report: Report
) -> Model:
    """Return the ranker that the recipe makes of the train part's examples."""
    examples = history_examples(task.train, task.catalogue, config, settings, report)
    path = folder / "examples.arrow"
    with ExampleWriter(path, examples.features, HEADS) as writer:
        for part in examples.parts():
            writer.write(part)
    report(f"ranker {recipe.name}, from {len(examples):,} examples in {len(examples.starts) - 1:,} lists")
    run(recipe, ExampleReader.open(path), folder / "run", Provenance(settings.tenant, "evaluation", 0))
    return load(folder / "run" / MODEL)


def _ranked(task: Task, world: ReplayWorld, shelf: Shelf, config: ScenarioConfig) -> Ranked:
    tenant, scenario = task.train[0].tenant_id, task.train[0].scenario
    last = last_times(task.train)
    requests = [Request(tenant, user, scenario, K, last[user] + 1, exclude_seen=True) for user in task.users]
    lists, scores, labels = [], [], []
    ids = world.catalogue(tenant).ids
    pipeline = replay_pipeline(world, shelf, config)
    for work, relevant in zip(answers(pipeline, requests), task.relevant, strict=True):
        items = [ids[item] for item in work.candidates.items]
        lists.append(items[:K])
        scores.append(work.candidates.scores)
        labels.append(np.array([item in relevant for item in items], np.bool_))
    return Ranked(lists, scores, labels)
