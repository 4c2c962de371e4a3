"""Compiled: loops over single numbers, compiled for this machine when their module is imported.

For sums over many short lists, where numpy writes an array for each step: three to five times as fast. They hold the
interpreter: each takes a fraction of a millisecond, and to wait for the interpreter again can take longer than that.

Nothing looks whether a position is within its array: whoever calls has to know that it is, or to look before.

Positions are unsigned, or a loop takes twice as long: of a signed one it is asked each time whether it counts from the
end.
"""

from collections.abc import Callable
from typing import Final, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., None])

_SIGNATURE: Final = "void({})"


def only_read(number: str, dimensions: int = 1) -> str:
    """Return the type of a contiguous array of such numbers that is not written to: it may be one that cannot be."""
    return f"Array({number}, {dimensions}, 'C', readonly=True)"


def compiled(*arguments: str) -> Callable[[F], F]:
    """Compile a function that returns nothing, of arguments of these types, in numba's words.

    They are told so that it is compiled now: the first request would wait a second for it. The code is kept beside the
    module, or in the user's cache, where the next process finds it: all of ours take three seconds to compile.
    """
    signature = _SIGNATURE.format(", ".join(arguments))

    def compile_(function: F) -> F:
        try:
            return cast("F", njit(signature, cache=True)(function))
        except RuntimeError:  # no folder may be written to: each process compiles for itself
            return cast("F", njit(signature)(function))

    return compile_
