"""Given: items that a request brings itself, in place of what recall would find."""

from dataclasses import dataclass

from serving.api.recommender.v1.candidates_pb2 import Candidates
from serving.bff.columns import numbered
from serving.bff.work import Work


@dataclass(frozen=True, slots=True)
class GivenItems:
    """The items of a message that was checked, and the ranker that it names, if it names one."""

    candidates: Candidates
    ranker: str = ""

    def __call__(self, work: Work) -> None:
        """Let them be the candidates; those that the tenant's catalogue lacks are the work's unknown ones."""
        work.candidates, work.unknown = numbered(self.candidates, work.query.catalogue)
        if self.ranker:
            work.config = work.config.model_copy(update={"ranker": self.ranker})
