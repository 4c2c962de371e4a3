"""Admitted: a pipeline that takes on a bounded number of requests, and refuses early what would come too late.

Only what computes lists is held back: reading a row, writing an event, and waiting for a state that is new enough take
no time to speak of.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from functools import partial

from serving.admission import Admission
from serving.bff.work import Request, Runs, Work
from serving.errors import OverloadedError
from serving.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Admitted:
    """Runs each request in the pipeline within, once it is admitted."""

    pipeline: Runs
    admission: Admission
    metrics: Metrics

    async def run(self, request: Request, deadline: float) -> Work:
        """Return what `Runs.run` returns; raise OverloadedError if it is not to be had by the deadline."""
        try:
            return await self.admission.run(partial(self._begun, request, deadline), deadline)
        except OverloadedError:
            self.metrics.admissions.note("refused")
            raise

    def _begun(self, request: Request, deadline: float) -> Awaitable[Work]:
        self.metrics.admissions.note("admitted")
        return self.pipeline.run(request, deadline)
