"""The pipeline: gate, refreshed, recall, merge, filter, fill, features, rank, rerank. Which stages is data."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.errors import TidelineError
from serving.bff.stages import Policy, Stage
from serving.bff.work import Request, StageReport, Work
from serving.metrics import Metrics

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Takes each request through the stages, in order."""

    stages: Sequence[Stage]
    metrics: Metrics

    async def run(self, request: Request, deadline: float) -> Work:
        """Return what the stages made of the request; what waits is cut off at `deadline` (event loop's clock).

        Raises whatever a stage that fails closed raises; the failure of any other is reported in the work.
        """
        work, now = Work(request), asyncio.get_running_loop().time
        for stage in self.stages:
            if work.ahead is None or stage.always:
                await self._run(stage, work, min(now() + stage.budget_ms / 1000, deadline))
        return work

    async def _run(self, stage: Stage, work: Work, until: float) -> None:
        began = time.perf_counter()
        try:
            await stage.run(work, until)
        except Exception as error:
            self._note(stage, work, began, failed=True)
            if stage.policy is Policy.CLOSED:
                raise
            # What is raised on purpose says all there is to say, and at every request while a process is gone.
            trace = None if isinstance(error, TidelineError) else error
            told = stage.name, work.request.tenant, error
            _LOG.error("stage %s failed open for a request of tenant %s: %s", *told, exc_info=trace)
        else:
            self._note(stage, work, began, failed=False)

    def _note(self, stage: Stage, work: Work, began: float, failed: bool) -> None:
        took = time.perf_counter() - began
        late = took * 1000 > stage.budget_ms
        self.metrics.stages.note(stage.name, "failed" if failed else "over_budget" if late else "ok")
        self.metrics.stage_seconds.note(took, stage.name)
        work.reports.append(StageReport(stage.name, round(took * 1e6), len(work.candidates), failed))
