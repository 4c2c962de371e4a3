"""How long a ranker takes for the candidates of a request: features and scores, as the stages of serving do it."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from deploy.bench.untrained import untrained
from deploy.bench.workload import Workload
from deploy.replay.tables import FoldedTables
from deploy.replay.world import ReplayWorld, replay_world
from schemas.records import Change, ItemChange
from schemas.validation import Event
from serving.candidate import Candidates
from serving.features.moment import moment_of
from serving.query import Query
from training.artifact.forward.arrays import Array
from training.artifact.forward.ranking import RankingModel
from training.features.catalog import FEATURES
from training.features.feature_set import FeatureSet
from training.features.recall import CHANNELS
from training.recipe import find, read

_EVENTS: Final = 60_000
_SCENARIO: Final = "bench"
_TAGS: Final = 40
_WARM: Final = 20


def measure_ranking(recipe: str, candidates: int, rounds: int, device: str) -> list[float]:
    """Return the milliseconds of each round, rising, with weights as they are before training: the cost is the same.

    On a CPU a round is what one request costs on one core, moment and features included; on a GPU it is the scoring of
    a matrix that lies in the memory of the host, its way there and back included.

    Args:
        recipe: of the ranker, by file or name.
        candidates: of each request.
        rounds: requests that are measured.
        device: `cpu` or `cuda`.
    """
    with _one_core(), replay_world(FoldedTables(_world_events())) as world:
        queries = _queries(world, candidates)
        query, proposed = next(queries)
        names = list(FEATURES)
        made = untrained(read(find(recipe)), FeatureSet(names).matrix(moment_of(world, query, proposed).moment))
        model = RankingModel.of(made.manifest, made.tensors)
        features = FeatureSet(model.features)
        score = _OnGPU(model) if device == "cuda" else model.probabilities
        times = []
        for number in range(rounds + _WARM):
            query, proposed = next(queries)
            matrix = features.matrix(moment_of(world, query, proposed).moment) if device == "cuda" else None
            begun = time.perf_counter()
            if matrix is None:
                matrix = features.matrix(moment_of(world, query, proposed).moment)
            score(matrix)
            if number >= _WARM:
                times.append((time.perf_counter() - begun) * 1000)
    return sorted(times)


def _world_events() -> Iterator[Event]:
    workload = Workload(_EVENTS)
    events = list(workload.events())
    random = np.random.default_rng(7)
    items = sorted({event.item_id for event in events})
    first = min(event.event_time for event in events)
    for number, item in enumerate(items):
        tags = [f"tag-{tag}" for tag in random.choice(_TAGS, random.integers(1, 5), replace=False)]
        yield ItemChange(
            f"bench-{number}",
            events[0].tenant_id,
            item,
            Change.CREATE,
            first,
            title=item,
            categories=tags[:1],
            tags=tags,
            author=f"author-{number % 200}",
            publish_time=first - int(random.integers(0, 10**12)),
        )
    yield from events


def _queries(world: ReplayWorld, candidates: int) -> Iterator[tuple[Query, Candidates]]:
    """Yield requests of busy users, each with other candidates, of which every channel proposes half."""
    workload = Workload(_EVENTS)
    events = list(workload.events())
    tenant, as_of = events[0].tenant_id, max(event.event_time for event in events) + 1
    users = sorted({event.user_id for event in events})
    random = np.random.default_rng(7)
    catalogue = world.catalogue(tenant)
    count = min(candidates, len(catalogue))
    while True:
        user = users[int(random.integers(len(users)))]
        state = world.user_state(tenant, user, as_of)
        query = Query(tenant, user, _SCENARIO, 20, as_of, catalogue, state, exclude_seen=True)
        items = random.choice(len(catalogue), count, replace=False).astype(np.int32)
        proposed = random.random((count, len(CHANNELS)), np.float32)
        proposed[random.random(proposed.shape) < 0.5] = np.nan
        scores = np.sort(random.random(count, np.float32))[::-1].copy()
        yield query, Candidates(items, scores, proposed, CHANNELS)


class _OnGPU:
    """Scores on the GPU, and waits for the answer."""

    def __init__(self, model: RankingModel) -> None:
        import torch

        self._torch = torch
        members = [
            {name: torch.from_numpy(np.ascontiguousarray(each)).cuda() for name, each in member.items()}
            for member in model.members
        ]
        a, b = (torch.from_numpy(each).cuda() for each in (model.a, model.b))
        self._model = RankingModel(model.kind, model.heads, model.features, members, a, b)

    def __call__(self, values: NDArray[np.float32]) -> Array:
        with self._torch.inference_mode():
            return self._model.probabilities(self._torch.from_numpy(values).cuda()).cpu().numpy()


@contextmanager
def _one_core() -> Iterator[None]:
    """Keep the process and its libraries to one core, as a server's thread has it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        with threadpool_limits(1):
            yield
    finally:
        os.sched_setaffinity(0, before)
