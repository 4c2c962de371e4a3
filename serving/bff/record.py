"""Record: the last stage. What was decided, and from what, goes into the log; the answer does not wait for it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from serving.bff.decision import decision
from serving.bff.recorder import Recorder
from serving.bff.work import Work
from serving.call import REQUEST_ID


@dataclass(frozen=True, slots=True)
class Record:
    """Hands the decision to the recorder, unless the scenario is configured not to be recorded."""

    recorder: Recorder
    clock: Callable[[], int]

    async def __call__(self, work: Work, until: float) -> None:
        """Leave it to the recorder to make the record, when the answer is on its way."""
        if work.config.record:
            self.recorder.put(partial(decision, work, REQUEST_ID.get(), self.clock()))
