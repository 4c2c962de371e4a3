"""Scoring: figures of each system with intervals, and which one is better beyond chance."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from deploy.evaluation.baselines import Baseline
from deploy.evaluation.pipeline import Ranked, Systems
from deploy.evaluation.task import Task, acted_on
from training.metrics.bootstrap import Estimate, difference, mean, statistic
from training.metrics.lists import Hits, novelty
from training.metrics.scores import gauc, log_loss, pooled_auc

K: Final = 20
METRICS: Final = ("ndcg@10", "hr@10", "recall@20", "mrr", "coverage@20", "novelty@20")
RANKING: Final = ("auc", "gauc", "log_loss")
DECIDING: Final = ("ndcg@10", "recall@20")
"""What a system must have more of to count as better."""

Figures = Mapping[str, Estimate]


class Scores(msgspec.Struct, frozen=True):
    """What the evaluation came to."""

    users: int
    items: int
    pipeline: Figures
    recall_only: Figures
    baselines: Mapping[str, Figures]
    settings: Mapping[str, str]
    """By baseline, the setting that validation chose."""

    over_best_baseline: Figures
    """Of each deciding metric, what the pipeline has more than the baseline that is best in it, user by user."""

    over_recall: Figures
    """What the pipeline has more than its own recall."""

    beats_best_baseline: bool
    """Whether all intervals of `over_best_baseline` lie above zero."""

    ranking_beats_recall: bool
    """Whether the interval of NDCG@10 in `over_recall` lies above zero."""


def score(task: Task, systems: Systems, baselines: Sequence[Baseline]) -> Scores:
    """Return the figures of all systems on the task."""
    judge = _Judge(task)
    pipeline, recall_only = judge.hits(systems.pipeline.lists), judge.hits(systems.recall_only.lists)
    others = {baseline.name: judge.hits(baseline.lists) for baseline in baselines}
    over_baseline: dict[str, Estimate] = {}
    for metric in DECIDING:
        best = max((_of(hits, metric) for hits in others.values()), key=lambda values: float(values.mean()))
        over_baseline[metric] = difference(_of(pipeline, metric), best)
    over_recall = {metric: difference(_of(pipeline, metric), _of(recall_only, metric)) for metric in DECIDING}
    return Scores(
        users=len(task.users),
        items=judge.items,
        pipeline={**judge.figures(systems.pipeline.lists), **_ranking(systems.pipeline)},
        recall_only=judge.figures(systems.recall_only.lists),
        baselines={baseline.name: judge.figures(baseline.lists) for baseline in baselines},
        settings={baseline.name: baseline.setting for baseline in baselines},
        over_best_baseline=over_baseline,
        over_recall=over_recall,
        beats_best_baseline=all(estimate.above_zero for estimate in over_baseline.values()),
        ranking_beats_recall=over_recall["ndcg@10"].above_zero,
    )


class _Judge:
    """Judges lists by what was relevant to the task's users."""

    def __init__(self, task: Task) -> None:
        self._task = task
        known = acted_on(task.train)
        users_of: dict[str, int] = {}
        for items in known.values():
            for item in items:
                users_of[item] = users_of.get(item, 0) + 1
        self._shares = {item: count / len(known) for item, count in users_of.items()}
        self.items = len(users_of)
        """Items that somebody acted on in the train part: the catalogue that coverage is a share of."""

    def hits(self, lists: Sequence[Sequence[str]]) -> Hits:
        return Hits.of(lists, self._task.relevant, K)

    def figures(self, lists: Sequence[Sequence[str]]) -> dict[str, Estimate]:
        hits = self.hits(lists)
        figures = {metric: mean(_of(hits, metric)) for metric in ("ndcg@10", "hr@10", "recall@20", "mrr")}
        figures["coverage@20"] = self._coverage(lists)
        figures["novelty@20"] = mean(novelty(lists, self._shares, K))
        return figures

    def _coverage(self, lists: Sequence[Sequence[str]]) -> Estimate:
        """Return the coverage, and an interval: a sample of users repeats some, so it lies below the whole's value."""
        numbers: dict[str, int] = {}
        rows = [np.array([numbers.setdefault(item, len(numbers)) for item in own[:K]], np.intp) for own in lists]

        def of(users: NDArray[np.intp]) -> NDArray[np.float64]:
            shares = np.empty(len(users))
            for at, sample in enumerate(users):
                shown = np.zeros(len(numbers), np.bool_)
                shown[np.concatenate([rows[user] for user in np.unique(sample)])] = True
                shares[at] = shown.sum() / self.items
            return shares

        return statistic(len(lists), of)


def _of(hits: Hits, metric: str) -> NDArray[np.float64]:
    match metric:
        case "ndcg@10":
            return hits.ndcg(10)
        case "hr@10":
            return hits.hit_rate(10)
        case "recall@20":
            return hits.recall(20)
        case _:
            return hits.mrr()


def _ranking(ranked: Ranked) -> dict[str, Estimate]:
    return {
        "auc": pooled_auc(ranked.scores, ranked.labels),
        "gauc": gauc(ranked.scores, ranked.labels),
        "log_loss": log_loss(ranked.scores, ranked.labels),
    }
