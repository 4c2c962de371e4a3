"""Record: the last stage. What was decided, and from what, goes into the log; the answer does not wait for it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from serving.bff.decision import decision, reads
from serving.bff.read_model import ReadModel
from serving.bff.recorder import Recorder
from serving.bff.work import Work
from serving.call import REQUEST_ID


@dataclass(frozen=True, slots=True)
class Record:
    """Hands the decision to the recorder, unless the scenario is configured not to be recorded."""

    world: ReadModel
    recorder: Recorder
    clock: Callable[[], int]

    async def __call__(self, work: Work, until: float) -> None:
        """Take down which rows were read, now, and leave the rest to the recorder's thread."""
        if work.config.record:
            read = reads(self.world, work)
            self.recorder.put(partial(decision, work, read, REQUEST_ID.get(), self.clock()))
