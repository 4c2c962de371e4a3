"""Features: what the configured ranker's model reads of the candidates, where it has one."""

from collections.abc import Mapping
from dataclasses import dataclass

from serving.bff.read_model import ReadModel
from serving.bff.work import Work
from serving.features.moment import moment_of
from serving.ranking.protocol import Ranker, ReadsFeatures


@dataclass(frozen=True, slots=True)
class Features:
    """Computes features for the rankers that read them, and does nothing for the others."""

    world: ReadModel
    rankers: Mapping[str, Ranker]

    async def __call__(self, work: Work, until: float) -> None:
        """Set scorer, read and features if the ranker has a model for the query."""
        ranker = self.rankers[work.config.ranker]
        scorer = ranker.scorer(work.query) if isinstance(ranker, ReadsFeatures) else None
        if scorer is not None:
            work.read = moment_of(self.world, work.query, work.candidates)
            work.features = scorer.features.matrix(work.read.moment)
            work.scorer = scorer
