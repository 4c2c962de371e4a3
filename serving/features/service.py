"""FeatureService: what a ranker reads of items for a user, and datasets of what it read."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

import numpy as np

from schemas.errors import InvalidFieldError
from schemas.packing import pack_floats
from schemas.rows_read import of_items
from schemas.tenancy import check_id
from schemas.text import check_name
from schemas.validation import MAX_SCENARIO
from serving.api.recommender.v1 import feature_pb2 as pb
from serving.api.recommender.v1.common_pb2 import TablePosition
from serving.api.recommender.v1.job_pb2 import RequestedJob
from serving.bff.asking import DEFAULT_SCENARIO
from serving.bff.read_model import ReadModel
from serving.candidate import Candidates
from serving.clock import check_as_of
from serving.errors import UnknownModelError, WrongModelError
from serving.features.moment import moment_of
from serving.features.rows import item_rows, user_rows
from serving.ids import check_ids
from serving.jobs.desk import JobDesk
from serving.models.kinds import Ranking
from serving.models.names import check_model
from serving.models.shelf import Shelf
from serving.query import Query
from training.features.catalog import FEATURES
from training.features.errors import FeatureError
from training.features.feature_set import FeatureSet

MAX_ITEMS: Final = 500
MAX_USERS: Final = 50
MAX_NUMBERS: Final = 786_432
"""Of one answer: 3 MiB, for a client takes no message above 4."""

_Ask: TypeAlias = pb.GetFeaturesRequest | pb.BatchGetFeaturesRequest


class Worlds(Protocol):
    """What gives the world that serves; `serving.generations.switch.Switch` is one."""

    @property
    def world(self) -> ReadModel:
        """The world; raises NotReadyError while there is none."""
        ...


class _Wanted(NamedTuple):
    """What is asked for, checked."""

    tenant: str
    scenario: str
    items: Sequence[str]
    features: FeatureSet
    model_version: str
    as_of_ms: int


class _Made(NamedTuple):
    """What was made for one user."""

    matrix: pb.FeatureMatrix
    unknown: Sequence[str]


@dataclass(frozen=True, slots=True)
class FeatureService:
    """Serves `recommender.v1.FeatureService`; errors become statuses in `interceptors/errors.py`."""

    worlds: Worlds
    shelf: Shelf
    desk: JobDesk
    clock: Callable[[], int]
    """Returns the time in milliseconds since 1970."""

    async def GetFeatures(  # noqa: N802
        self, request: pb.GetFeaturesRequest, context: Any
    ) -> pb.GetFeaturesResponse:
        """Return a user's features.

        Raises InvalidFieldError, UnknownModelError, WrongModelError, UnknownTenantError or NotReadyError.
        """
        check_id(request.user_id, "user_id")
        wanted = self._wanted(request)
        world = self.worlds.world
        positions, staleness_ms = world.positions(), world.staleness_ms()  # before the reads, which are then as new
        made = _made(world, wanted, request.user_id, with_rows=request.with_rows)
        return pb.GetFeaturesResponse(
            features=wanted.features.names,
            model_version=wanted.model_version,
            matrix=made.matrix,
            unknown_item_ids=made.unknown,
            as_of_ms=wanted.as_of_ms,
            state=[TablePosition(topic=topic, offsets=offsets) for topic, offsets in sorted(positions.items())],
            staleness_ms=staleness_ms,
        )

    async def BatchGetFeatures(  # noqa: N802
        self, request: pb.BatchGetFeaturesRequest, context: Any
    ) -> pb.BatchGetFeaturesResponse:
        """Return the features of several users, in the order of the request; raise as GetFeatures does."""
        _check_ids(request.user_ids, "user_ids", MAX_USERS)
        wanted = self._wanted(request)
        numbers = len(request.user_ids) * len(wanted.items) * len(wanted.features)
        if numbers > MAX_NUMBERS:
            why = f"makes {numbers:,} numbers with these users and features, more than {MAX_NUMBERS:,}; ask for fewer"
            raise InvalidFieldError("item_ids", why)
        made = []
        for user in request.user_ids:
            made.append(_made(self.worlds.world, wanted, user))
            await asyncio.sleep(0)  # a user takes a millisecond or more, in which no other request is worked on
        return pb.BatchGetFeaturesResponse(
            features=wanted.features.names,
            model_version=wanted.model_version,
            matrices=[each.matrix for each in made],
            unknown_item_ids=made[-1].unknown,
            as_of_ms=wanted.as_of_ms,
        )

    async def Materialize(self, request: pb.MaterializeRequest, context: Any) -> RequestedJob:  # noqa: N802
        """Ask for a dataset; raise InvalidFieldError, or what the desk raises."""
        _check_names(request.features)
        arguments = {"dataset": request.dataset, "source": request.source, "format": request.format}
        arguments["features"] = ",".join(request.features)
        return await self.desk.request(request.tenant_id, "features", arguments, request.request_id, {})

    def _wanted(self, request: _Ask) -> _Wanted:
        """Return what is asked for if every field is within its range."""
        scenario = request.scenario_id or DEFAULT_SCENARIO
        check_name(scenario, "scenario_id", MAX_SCENARIO)
        _check_ids(request.item_ids, "item_ids", MAX_ITEMS)
        now_ms = self.clock()
        as_of_ms = check_as_of(request.as_of_ms if request.HasField("as_of_ms") else now_ms, now_ms)
        features, version = self._features(request)
        return _Wanted(request.tenant_id, scenario, request.item_ids, features, version, as_of_ms)

    def _features(self, request: _Ask) -> tuple[FeatureSet, str]:
        """Return the features, and the version of the model that reads them."""
        if not request.model:
            _check_names(request.features)
            return FeatureSet(list(request.features or FEATURES)), ""
        model = check_model(request.model)
        if request.features:
            raise InvalidFieldError("features", "must be empty where a model is given, which has its own")
        loaded = self.shelf.get(request.tenant_id, model)
        if loaded is None:
            raise UnknownModelError(request.tenant_id, request.model)
        if not isinstance(loaded.ready, Ranking):
            raise WrongModelError(request.tenant_id, request.model, loaded.manifest.kind, "ranks")
        return loaded.ready.features, loaded.version


def _made(world: ReadModel, wanted: _Wanted, user: str, *, with_rows: bool = False) -> _Made:
    """Return the features of the wanted items that the catalogue knows: of candidates that no channel proposed."""
    catalogue = world.catalogue(wanted.tenant)
    size = len(catalogue)  # an item that comes meanwhile has no columns yet
    numbers = [catalogue.numbers.get(item, size) for item in wanted.items]
    items = np.array([number for number in numbers if number < size], np.int32)
    query = Query(
        tenant=wanted.tenant,
        user=user,
        scenario=wanted.scenario,
        count=len(wanted.items),
        as_of_ms=wanted.as_of_ms,
        catalogue=catalogue,
        state=world.user_state(wanted.tenant, user, wanted.as_of_ms),
    )
    nothing = np.empty((len(items), 0), np.float32)
    unranked = np.full(len(items), np.nan, np.float32)
    read = moment_of(world, query, Candidates(items, unranked, nothing, ()))
    rows = [*user_rows(query), *of_items(*item_rows(query, read, np.arange(len(items))))] if with_rows else []
    matrix = pb.FeatureMatrix(
        user_id=user,
        item_ids=[item for item, number in zip(wanted.items, numbers, strict=True) if number < size],
        values=pack_floats(wanted.features.matrix(read.moment)),
        rows=[
            pb.RowPosition(
                table=row.table,
                id=row.id,
                chunk=row.chunk,
                offsets={int(partition): offset for partition, offset in row.applied.items()},
            )
            for row in rows
        ],
    )
    return _Made(matrix, [item for item, number in zip(wanted.items, numbers, strict=True) if number >= size])


def _check_ids(ids: Sequence[str], field: str, most: int) -> None:
    """Raise InvalidFieldError unless there are 1 to `most` ids, each valid and none twice."""
    check_ids(ids, field, most)
    seen: set[str] = set()
    for index, each in enumerate(ids):
        if each in seen:
            raise InvalidFieldError(f"{field}[{index}]", f"stands twice: {each}")
        seen.add(each)


def _check_names(names: Sequence[str]) -> None:
    """Raise InvalidFieldError, with the index, unless each names one feature, and none stands twice."""
    for index, name in enumerate(names):
        try:
            FeatureSet([name])
        except FeatureError as error:
            raise InvalidFieldError(f"features[{index}]", str(error)) from error
        if name in names[:index]:
            raise InvalidFieldError(f"features[{index}]", f"stands twice: {name}")
