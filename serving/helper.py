"""Helper: a thread of compiled code that takes up work beside the interpreter, and never asks for it.

A thread of Python that computes has to get the interpreter before and after, and whoever has it waits for the switch:
the server was slower with such threads. This one waits on a semaphore of the system's, runs native tasks
(`training.features.native`), and says by another one that they are done. Whoever gave a task comes for what it writes
later, and runs it then if nobody has begun it. So nothing ever waits for a free core, and without one, or without a
helper, all is as if there were none.
"""

import ctypes
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Final, Self, cast

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from training.features.compiled import compiled
from training.features.native import Task, call

_LOG = logging.getLogger(__name__)

_PLACES: Final = 32
"""Jobs that may be open at a time; further ones are run by whoever gives them."""

_CELL: Final = 64
"""Bytes from one semaphore to the next: more than it has, so that no two lie in one line of the cache."""

_SEMAPHORES: Final = 1 + 2 * _PLACES
"""First the bell, which says that there are jobs; then whether the job of each place may be begun; then whether it is
done."""

_CLAIM: Final = _CELL
_DONE: Final = _CELL * (1 + _PLACES)
"""How far behind the bell those of the first place are."""

_STOP: Final = 0
_RUNG: Final = 1
"""What the thread is told by numbers other than 0: to stop, and that the bell was rung since it last looked."""

_Of = Callable[[int], int]

_wait: Final = cast("_Of", types.ExternalFunction("sem_wait", types.intc(types.int64)))
_try: Final = cast("_Of", types.ExternalFunction("sem_trywait", types.intc(types.int64)))
_post: Final = cast("_Of", types.ExternalFunction("sem_post", types.intc(types.int64)))


class Helper:
    """Does jobs on a thread of its own while it is entered; before and after, they are done by whoever gives them.

    Threads may share it.
    """

    def __init__(self, idle: bool = False) -> None:
        """Make a helper; an idle one does nothing when it is entered, either."""
        self._idle = idle
        self._memory = np.zeros((_SEMAPHORES + 1) * _CELL, np.uint8)
        self._bell = -(-self._memory.ctypes.data // _CELL) * _CELL
        self._free: list[int] = []
        self._jobs = np.zeros((_PLACES, 4), np.int64)
        self._held: list[Job | None] = [None] * _PLACES
        self._told = np.zeros(2, np.int64)
        self._thread = Thread(target=_work, args=(self._bell, self._jobs, self._told), name="helper", daemon=True)

    def __enter__(self) -> Self:
        if self._idle:
            return self
        if not sys.platform.startswith("linux"):
            _LOG.warning("no helper on %s: it has no semaphores without a name", sys.platform)
            return self
        library = ctypes.CDLL(None)
        for place in range(_SEMAPHORES):
            library.sem_init(ctypes.c_void_p(self._bell + place * _CELL), 0, 0)
        self._thread.start()
        self._free.extend(range(_PLACES - 1, -1, -1))
        return self

    def __exit__(self, *_: object) -> None:
        self._free.clear()
        self._told[_STOP] = 1
        if self._thread.is_alive():
            _ring(self._bell)
            self._thread.join()

    def begin(self, first: Task, then: Task) -> "Job":
        """Let the tasks be run, one after the other; `Job.finish` is to be called for it, once.

        What is begun first is done first, and best finished last: what nobody has begun by then whoever comes does.
        """
        try:
            place = self._free.pop()
        except IndexError:
            return Job(first, then, None, -1)
        job = self._held[place] = Job(first, then, self, place)
        arguments = first.argument, then.argument
        _begin(self._bell, place, self._jobs, self._told, first.address, then.address, *arguments)
        return job

    def finish(self, place: int) -> None:
        """Return when the job at the place is done."""
        _finish(self._bell, place, self._jobs)
        self._held[place] = None
        self._free.append(place)


@dataclass(frozen=True, slots=True)
class Job:
    """Two tasks that were given to a helper."""

    first: Task
    then: Task
    helper: Helper | None
    """Who has it; None if nobody."""

    place: int

    def finish(self) -> None:
        """Return when the tasks were run: here, if nobody has begun them."""
        if self.helper is None:
            self.first.run()
            self.then.run()
        else:
            self.helper.finish(self.place)


@njit
def _run(job: NDArray[np.int64]) -> None:
    call(job[0], job[1])
    call(job[2], job[3])


@compiled("int64", "int64[:, ::1]", "int64[::1]", free=True)
def _work(bell: int, jobs: NDArray[np.int64], told: NDArray[np.int64]) -> None:
    """Do jobs until told to stop."""
    while told[_STOP] == 0:
        if _wait(bell) == 0:  # or a signal came
            told[_RUNG] = 0
            for place in range(len(jobs)):
                if _try(bell + _CLAIM + _CELL * place) == 0:
                    _run(jobs[place])
                    _post(bell + _DONE + _CELL * place)


@compiled("int64", "int64", "int64[:, ::1]", "int64[::1]", "int64", "int64", "int64[::1]", "int64[::1]")
def _begin(
    bell: int,
    place: int,
    jobs: NDArray[np.int64],
    told: NDArray[np.int64],
    first: int,
    then: int,
    argument: NDArray[np.int64],
    next_argument: NDArray[np.int64],
) -> None:
    jobs[place, 0], jobs[place, 1] = first, argument.ctypes.data
    jobs[place, 2], jobs[place, 3] = then, next_argument.ctypes.data
    _post(bell + _CLAIM + _CELL * place)
    if told[_RUNG] == 0:  # to ring costs as much as all else here; where this comes too late, the job is not taken
        told[_RUNG] = 1
        _post(bell)


@compiled("int64", "int64", "int64[:, ::1]")
def _finish(bell: int, place: int, jobs: NDArray[np.int64]) -> None:
    if _try(bell + _CLAIM + _CELL * place) == 0:
        _run(jobs[place])
    else:
        while _wait(bell + _DONE + _CELL * place) != 0:  # a signal came
            pass


@compiled("int64")
def _ring(bell: int) -> None:
    _post(bell)
