"""VectorService: vectors by the loaded models, and the items that lie nearest to one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.errors import InvalidFieldError
from schemas.model_records import VectorSubject
from schemas.tenancy import check_id
from serving.api.recommender.v1 import vector_pb2 as pb
from serving.api.recommender.v1.job_pb2 import RequestedJob
from serving.bff.read_model import ReadModel
from serving.call import DEADLINE, before
from serving.candidate import Proposal
from serving.errors import IndexUnavailableError, NoIndexError, NoVectorError, UnknownModelError, WrongModelError
from serving.features.service import Worlds
from serving.jobs.desk import JobDesk
from serving.models.kinds import Recall
from serving.models.names import check_model
from serving.models.numbering import Numbering
from serving.models.shelf import Loaded, Shelf
from serving.recall.choosing import best_known
from serving.recall.nearest import Nearest
from serving.views.catalogue import Catalogue
from topics.vector_store import VectorSpace
from training.artifact.embedding import Embedder

if TYPE_CHECKING:
    from serving.recall.vector_index import VectorIndex

MAX_K: Final = 500
MAX_DIMENSION: Final = 4096
DEFAULT_MODEL: Final = "retrieval"


class _Embedding(NamedTuple):
    """A loaded model that makes vectors, over its tenant's state."""

    loaded: Loaded
    recall: Recall
    embedder: Embedder
    world: ReadModel
    catalogue: Catalogue
    numbering: Numbering

    @property
    def tenant(self) -> str:
        """Whose model it is."""
        return self.loaded.manifest.tenant


@dataclass(frozen=True, slots=True)
class VectorService:
    """Serves `recommender.v1.VectorService`; errors become statuses in `interceptors/errors.py`."""

    worlds: Worlds
    shelf: Shelf
    index: "VectorIndex | None"
    desk: JobDesk

    async def GenerateVectors(  # noqa: N802
        self, request: pb.GenerateVectorsRequest, context: Any
    ) -> RequestedJob:
        """Ask for the tenant's vectors to be published; raise InvalidFieldError, or what the desk raises."""
        return await self.desk.request(request.tenant_id, "vectors", {}, request.request_id, {})

    async def GetVector(self, request: pb.GetVectorRequest, context: Any) -> pb.GetVectorResponse:  # noqa: N802
        """Return the vector.

        Raises InvalidFieldError, UnknownModelError, WrongModelError, NoVectorError, UnknownTenantError or
        NotReadyError.
        """
        if request.subject not in list(VectorSubject):
            raise InvalidFieldError("subject", f"must be item or user, not {request.subject!r}")
        check_id(request.id, "id")
        embedding = self._embedding(request.tenant_id, request.model)
        vector = _vector(embedding, request.subject, request.id)
        return pb.GetVectorResponse(
            values=vector, model=embedding.loaded.manifest.name, version=embedding.loaded.version
        )

    async def SearchSimilar(  # noqa: N802
        self, request: pb.SearchSimilarRequest, context: Any
    ) -> pb.SearchSimilarResponse:
        """Return the nearest items.

        Raises as GetVector does; NoIndexError or IndexUnavailableError where the index is asked for.
        """
        if not 1 <= request.k <= MAX_K:
            raise InvalidFieldError("k", f"must be 1 to {MAX_K}, not {request.k}")
        if request.search_in not in pb.SearchIn.values():
            raise InvalidFieldError("search_in", f"must be one of {', '.join(pb.SearchIn.keys())}")
        if request.exclude_seen_by:
            check_id(request.exclude_seen_by, "exclude_seen_by")
        _check_from(request)
        embedding = self._embedding(request.tenant_id, request.model)
        vector = _searched(embedding, request)
        found, where = await self._found(embedding, request, vector)
        return pb.SearchSimilarResponse(
            items=_items(embedding.catalogue, found),
            model=embedding.loaded.manifest.name,
            version=embedding.loaded.version,
            searched_in=where,
        )

    def _embedding(self, tenant: str, name: str) -> _Embedding:
        """Return the tenant's model of that name; by default the one of retrieval."""
        world = self.worlds.world
        catalogue = world.catalogue(tenant)
        name = check_model(name) if name else DEFAULT_MODEL
        loaded = self.shelf.get(tenant, name)
        if loaded is None:
            raise UnknownModelError(tenant, name)
        recall = loaded.ready
        embedder = recall.embedder if isinstance(recall, Recall) else None
        if embedder is None or not isinstance(recall, Recall):
            raise WrongModelError(tenant, name, loaded.manifest.kind, "embeds")
        numbering = recall.items.numbering(catalogue)
        return _Embedding(loaded, recall, embedder, world, catalogue, numbering)

    async def _found(
        self, embedding: _Embedding, request: pb.SearchSimilarRequest, vector: NDArray[np.float32]
    ) -> tuple[Proposal, pb.SearchIn]:
        """Return what is nearest and where it was searched: in the model where the index cannot, unless it must."""
        allowed, left_out = _allowed(embedding, request)
        must = request.search_in == pb.SEARCH_IN_INDEX
        if must or (request.search_in == pb.SEARCH_IN_ANY and self.index is not None):
            try:
                # At the call's fifth that is kept for answering: the model is searched in what is left of it.
                async with before(DEADLINE.get(None)):
                    return await self._in_index(embedding, vector, allowed, request.k, left_out), pb.SEARCH_IN_INDEX
            except (IndexUnavailableError, TimeoutError) as error:
                if must:
                    raise IndexUnavailableError(str(error) or "the index did not answer in time") from error
        scores = embedding.embedder.vectors @ vector
        return best_known(scores, embedding.numbering, allowed, request.k), pb.SEARCH_IN_MODEL

    async def _in_index(
        self, embedding: _Embedding, vector: NDArray[np.float32], allowed: NDArray[np.bool_], k: int, left_out: int
    ) -> Proposal:
        """Return what is nearest in the index, if it answers by the version that is loaded."""
        if self.index is None:
            raise NoIndexError("no index of vectors is configured; set TIDELINE_MILVUS_URI, or search in the model")
        space = VectorSpace(embedding.tenant, VectorSubject.ITEM, embedding.loaded.manifest.name)
        answering = await self.index.version(space)
        if answering != embedding.loaded.version:
            raise IndexUnavailableError(
                f"the index has the vectors of version {answering or 'none'} of model {space.model}, while "
                f"{embedding.loaded.version} is loaded here; wait for `tideline sink milvus`, or search in the model"
            )
        near = Nearest(self.index, space, embedding.loaded.version, embedding.catalogue, allowed)
        return await near.to(vector, k, more=left_out)


def _vector(embedding: _Embedding, subject: str, name: str) -> NDArray[np.float32]:
    """Return (V,) the vector of an item or user; raise NoVectorError if there is none."""
    if subject == VectorSubject.USER:
        # No decay is read, so the moment does not matter.
        state = embedding.world.user_state(embedding.tenant, name, 0)
        vector = embedding.embedder.user(state.history.renumbered(embedding.numbering.of_model))
        known = bool(vector.any())
    else:
        active, number = embedding.catalogue.active, embedding.catalogue.numbers.get(name, -1)
        if not (0 <= number < len(active) and active[number]):
            raise NoVectorError(f"tenant {embedding.tenant} has no available item {name}")
        (vector,), (known,) = embedding.embedder.items([(name, embedding.catalogue.tags_of(number))])
    if not known:
        told = f"model {embedding.loaded.manifest.name} {embedding.loaded.version} of tenant {embedding.tenant}"
        raise NoVectorError(f"{told} can say nothing of {subject} {name}")
    return vector


def _searched(embedding: _Embedding, request: pb.SearchSimilarRequest) -> NDArray[np.float32]:
    """Return (V,) the vector to search from."""
    match request.WhichOneof("from"):
        case "item_id":
            return _vector(embedding, VectorSubject.ITEM, request.item_id)
        case "user_id":
            return _vector(embedding, VectorSubject.USER, request.user_id)
        case _:
            vector = np.array(request.vector.values, np.float32)
            if len(vector) != embedding.embedder.dimension:
                why = f"must have {embedding.embedder.dimension} numbers, as the model's have, not {len(vector)}"
                raise InvalidFieldError("vector.values", why)
            return vector


def _allowed(embedding: _Embedding, request: pb.SearchSimilarRequest) -> tuple[NDArray[np.bool_], int]:
    """Return (I,) whether each item may be told, and how many near ones may not."""
    catalogue = embedding.catalogue
    allowed, left_out = catalogue.active.copy(), 0
    if request.WhichOneof("from") == "item_id":
        number = catalogue.numbers.get(request.item_id, len(allowed))
        allowed[number : number + 1] = False
        left_out += 1
    if request.exclude_seen_by:
        seen = embedding.world.user_state(embedding.tenant, request.exclude_seen_by, 0).seen
        allowed[seen[seen < len(allowed)]] = False
        left_out += len(seen)
    return allowed, left_out


def _check_from(request: pb.SearchSimilarRequest) -> None:
    """Raise InvalidFieldError unless there is something to search from."""
    chosen = request.WhichOneof("from")
    if chosen is None:
        raise InvalidFieldError("from", "must be one of item_id, user_id, vector")
    if chosen != "vector":
        check_id(getattr(request, chosen), chosen)
        return
    values = request.vector.values
    if not 1 <= len(values) <= MAX_DIMENSION:
        raise InvalidFieldError("vector.values", f"must be 1 to {MAX_DIMENSION} numbers, not {len(values)}")
    if not np.isfinite(values).all():
        raise InvalidFieldError("vector.values", "must be finite")


def _items(catalogue: Catalogue, found: Proposal) -> list[pb.SimilarItem]:
    pairs = zip(catalogue.named(found.items), found.scores.tolist(), strict=True)
    return [pb.SimilarItem(item_id=item, score=score) for item, score in pairs]
