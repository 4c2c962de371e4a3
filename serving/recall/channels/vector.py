"""What lies near to the user among the vectors in Milvus: items of after the model's training, too."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from schemas.model_records import VectorSubject
from serving.candidate import Proposal
from serving.errors import WrongModelError
from serving.models.kinds import Recall
from serving.models.shelf import Loaded, Shelf
from serving.query import Query
from serving.recall.channels.learned import history_of
from serving.recall.nearest import Nearest
from topics.vector_store import VectorSpace
from training.artifact.forward.sequential import Retrieval

if TYPE_CHECKING:
    from serving.recall.vector_index import VectorIndex


@dataclass(frozen=True, slots=True)
class Vector:
    """Proposes the items whose vectors have the greatest product with the user's; nothing without an index.

    User and items are compared by one version of the model. A version that is released answers here once all of its
    vectors are in the index; until then the one before does.
    """

    name: ClassVar[str] = "vector"
    shelf: Shelf
    index: "VectorIndex | None"
    model: str = "retrieval"
    _met: dict[str, list[Loaded]] = field(default_factory=dict)
    """By tenant, the two versions of the model that were met last."""

    @property
    def waits(self) -> bool:
        """Whether there is an index to wait for."""
        return self.index is not None

    async def recall(self, query: Query, limit: int) -> Proposal:
        """Return the nearest items with a product above 0; see `Channel.recall`."""
        if self.index is None or self.shelf.get(query.tenant, self.model) is None:
            return Proposal.none()
        space = VectorSpace(query.tenant, VectorSubject.ITEM, self.model)
        loaded = self._of_version(query.tenant, await self.index.version(space))
        if loaded is None:
            return Proposal.none()
        recall = loaded.ready
        if not isinstance(recall, Recall) or not isinstance(recall.model, Retrieval):
            raise WrongModelError(query.tenant, self.model, loaded.manifest.kind, "makes vectors")
        user = recall.model.user(history_of(query, recall.items.numbering(query.catalogue)))
        if not user.any():
            return Proposal.none()
        # What was seen is likely near: it is asked for on top. A filter in Milvus would cost more than it saves.
        near = Nearest(self.index, space, loaded.version, query.catalogue, query.eligible)
        return await near.to(user, limit, more=len(query.state.seen) + len(query.earlier))

    def _of_version(self, tenant: str, version: str | None) -> Loaded | None:
        """Return the model of that version, if it is the one on the shelf, or was before."""
        met, now = self._met.setdefault(tenant, []), self.shelf.get(tenant, self.model)
        if now is not None and (not met or met[-1] is not now):
            met[:] = [*met[-1:], now]
        return next((loaded for loaded in reversed(met) if loaded.version == version), None)
