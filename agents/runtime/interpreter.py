"""The interpreter, told what agents do: make no cycles, wait for the broker, and share one memory."""

import gc
import sys
from ctypes import CDLL
from typing import Final

_ALLOCATIONS: Final = 100_000
"""Containers between two looks for cycles: a batch makes hundreds of thousands, and keeps rows of many more."""

_SWITCH_S: Final = 0.0005
"""How long a thread computes while another one waits. A runner asks for the interpreter for every record that the
broker has confirmed; at Python's own 5 ms each may cost it as much, and under load a batch took twice as long."""

_M_ARENA_MAX: Final = -8
"""The parameter's number in glibc's malloc.h."""

_ARENAS: Final = 2


def share_memory() -> None:
    """Have the threads share two heaps of the C library, where that is glibc; call it before there are any.

    By itself it gives each thread a heap, up to eight a core, and what one of them frees none of the others can use.
    """
    mallopt = getattr(CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)


def calm_collector() -> None:
    """Have the collector leave alone what exists already, and look seldom; call it when all is set up.

    Events and rows hold no cycles and go when the last reference does. At Python's own thresholds a batch starts
    hundreds of collections, which walk the rows kept in memory again and again: a tenth of a worker's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, 20, 100)


def yield_soon() -> None:
    """Let a thread that has something from the broker go on soon, though another one computes."""
    sys.setswitchinterval(_SWITCH_S)
