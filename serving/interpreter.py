"""The interpreter, told what a server does: make few cycles, and answer at once."""

import gc
from typing import Final

_ALLOCATIONS: Final = 20_000
"""Containers between two looks for cycles. What a request makes goes when its last reference does; at Python's own 700
the looks take a twentieth of the time in which lists made ahead are answered."""


def calm_collector() -> None:
    """Have the collector look seldom.

    What exists is not frozen, as agents do: a generation of tables that another one takes over from has to go.
    """
    gc.set_threshold(_ALLOCATIONS, 10, 10)
