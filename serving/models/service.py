"""ModelService: training is asked for and told of; which version of a model answers is told, and changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from schemas.errors import InvalidFieldError
from schemas.model_records import JobStatus, ModelRelease
from schemas.text import check_name
from serving.api.recommender.v1 import job_pb2
from serving.api.recommender.v1 import model_pb2 as pb
from serving.behavior.service import Producer, log_position
from serving.blocking import Blocking
from serving.errors import VersionConflictError
from serving.jobs.desk import MAX_REQUEST_ID, JobDesk, shown
from serving.models.names import check_model, check_version
from serving.models.shelf import Shelf
from topics.jobs.kinds import KINDS
from topics.releases import Releases
from training.artifact.manifest import Manifest
from training.artifact.releasing import METRIC, chosen, repeated, rolled_back, unreleased
from training.artifact.store import ModelStore

MAX_JOBS: Final = 1000
DEFAULT_JOBS: Final = 100
_MAX_METRIC: Final = 64
_STATUSES: Final = tuple(each.value for each in JobStatus if each is not JobStatus.RETURNED)


@dataclass(frozen=True, slots=True)
class ModelService:
    """Serves `recommender.v1.ModelService`; errors become statuses in `interceptors/errors.py`."""

    desk: JobDesk
    releases: Releases
    store: ModelStore
    shelf: Shelf
    producer: Producer
    blocking: Blocking
    clock: Callable[[], int]
    """Returns the time in milliseconds since 1970."""

    async def Train(self, request: pb.TrainRequest, context: Any) -> job_pb2.RequestedJob:  # noqa: N802
        """Ask for a training job; raise InvalidFieldError, or what the desk raises."""
        # A name, and never a path: a file of the workers' machines is not the tenant's to name.
        arguments = {"recipe": check_model(request.recipe, "recipe"), "dataset": request.dataset}
        arguments["seed"] = str(request.seed) if request.HasField("seed") else ""
        arguments["release"] = "true" if request.release else ""
        return await self.desk.request(request.tenant_id, "train", arguments, request.request_id, {})

    async def GetJob(self, request: pb.GetJobRequest, context: Any) -> job_pb2.Job:  # noqa: N802
        """Return the job; raise InvalidFieldError, UnknownJobError, or what the log raises."""
        return shown(await self.desk.job(request.tenant_id, request.job_id))

    async def ListJobs(self, request: pb.ListJobsRequest, context: Any) -> pb.ListJobsResponse:  # noqa: N802
        """Return the jobs that fit; raise InvalidFieldError, or what the log raises."""
        if not 0 <= request.count <= MAX_JOBS:
            raise InvalidFieldError("count", f"must be 1 to {MAX_JOBS}, or 0 for {DEFAULT_JOBS}, not {request.count}")
        _check_one_of(request.kind, tuple(KINDS), "kind")
        _check_one_of(request.status, _STATUSES, "status")
        fit = [
            job
            for job in await self.desk.of(request.tenant_id)
            if request.kind in ("", job.kind) and request.status in ("", job.status)
        ]
        told = fit[: request.count or DEFAULT_JOBS]
        return pb.ListJobsResponse(jobs=map(shown, told), more=len(fit) - len(told))

    async def CancelJob(self, request: pb.CancelJobRequest, context: Any) -> job_pb2.Job:  # noqa: N802
        """Cancel the job; raise as GetJob does."""
        return shown(await self.desk.cancel(request.tenant_id, request.job_id))

    async def ListModels(self, request: pb.ListModelsRequest, context: Any) -> pb.ListModelsResponse:  # noqa: N802
        """Return the models; raise what the log raises."""
        tenant = request.tenant_id
        released, kept = await self.blocking.run(self._known, tenant)
        models = []
        for name in sorted({*released, *kept}):
            own, loaded = released.get(name, []), self.shelf.get(tenant, name)
            models.append(
                pb.Model(
                    model=name,
                    answering=own[0].version if own else "",
                    loaded=loaded.version if loaded is not None else "",
                    versions=[*map(_released, own), *map(_kept, kept.get(name, ()))],
                )
            )
        return pb.ListModelsResponse(models=models)

    async def ReleaseModel(  # noqa: N802
        self, request: pb.ReleaseModelRequest, context: Any
    ) -> pb.ReleaseModelResponse:
        """Release the version.

        Raises InvalidFieldError, NoReleaseError, WorseModelError, VersionConflictError, or what the log and the
        producer raise.
        """
        key = request.tenant_id, check_model(request.model), check_version(request.version)
        metric = request.metric or METRIC
        check_name(metric, "metric", _MAX_METRIC)
        choose = partial(chosen, key, self.store, metric=metric, force=request.force, request_id=request.request_id)
        return await self._release(request, lambda before: choose(before, self.clock()))

    async def RollbackModel(  # noqa: N802
        self, request: pb.RollbackModelRequest, context: Any
    ) -> pb.ReleaseModelResponse:
        """Release an earlier version again; raise as ReleaseModel does, WorseModelError excepted."""
        name, version = check_model(request.model), request.version
        if version:
            check_version(version)
        return await self._release(
            request, lambda before: rolled_back(before, name, self.clock(), version or None, request.request_id)
        )

    async def _release(
        self,
        request: pb.ReleaseModelRequest | pb.RollbackModelRequest,
        choose: Callable[[Sequence[ModelRelease]], ModelRelease],
    ) -> pb.ReleaseModelResponse:
        """Publish what is chosen of the model's releases, unless the request was answered before."""
        if request.request_id:
            check_name(request.request_id, "request_id", MAX_REQUEST_ID)
        if request.expected_version:
            check_version(request.expected_version, "expected_version")

        def decided() -> tuple[ModelRelease, bool]:
            before = self.releases.of(request.tenant_id).get(request.model, [])
            again = repeated(before, request.request_id)
            if again is not None:
                return again, False
            answering = before[0].version if before else ""
            if request.expected_version not in ("", answering):
                raise VersionConflictError(
                    f"of model {request.model} version {answering or 'none'} answers, not {request.expected_version}; "
                    "look again, and decide anew"
                )
            release = choose(before)
            return release, not before or release is not before[0]

        release, fresh = await self.blocking.run(decided)
        if not fresh:
            return pb.ReleaseModelResponse(version=_released(release))
        origin = await self.producer.deliver(self.releases.parcel(release))
        return pb.ReleaseModelResponse(version=_released(release), position=log_position(origin))

    def _known(self, tenant: str) -> tuple[Mapping[str, list[ModelRelease]], Mapping[str, list[Manifest]]]:
        """Return the tenant's releases, and what lies in the store besides; blocks."""
        releases = self.releases.of(tenant)
        return releases, unreleased(self.store.versions(tenant), releases)


def _released(release: ModelRelease) -> pb.ModelVersion:
    return pb.ModelVersion(
        version=release.version,
        kind=release.kind,
        number=release.number,
        released_at_ms=release.released_at,
        metrics=release.metrics,
        digest=release.digest,
    )


def _kept(manifest: Manifest) -> pb.ModelVersion:
    return pb.ModelVersion(
        version=manifest.version, kind=manifest.kind, metrics=manifest.metrics, digest=manifest.digest
    )


def _check_one_of(value: str, known: Sequence[str], field: str) -> None:
    if value and value not in known:
        raise InvalidFieldError(field, f"must be one of {', '.join(known)}, not {value!r}")
