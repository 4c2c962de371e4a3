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
T = TypeVar("T")

_SIGNATURE: Final = "void({})"


def only_read(number: str, dimensions: int = 1) -> str:
    """Return the type of a contiguous array of such numbers that is not written to: it may be one that cannot be."""
    return f"Array({number}, {dimensions}, 'C', readonly=True)"


def compiled(*arguments: str, reorder: bool = False, free: bool = False) -> Callable[[F], F]:
    """Compile a function that returns nothing, of arguments of these types, in numba's words.

    They are told so that it is compiled now: the first request would wait a second for it.

    Args:
        arguments: the types.
        reorder: whether sums of floating point may be taken in another order than written, the same one each time: the
            processor then adds up several numbers at once.
        free: whether it lets go of the interpreter while it runs.
    """
    signature = _SIGNATURE.format(", ".join(arguments))
    fast: set[str] = {"reassoc", "contract"} if reorder else set()

    def compile_(function: F) -> F:
        return kept(lambda keep: cast("F", njit(signature, cache=keep, fastmath=fast, nogil=free)(function)))

    return compile_


def kept(compile_: Callable[[bool], T]) -> T:
    """Return what `compile_` makes if it may keep the code, which is for the next process: all of ours takes four
    seconds to compile. It is kept beside the module, or in the user's cache."""
    try:
        return compile_(True)
    except RuntimeError:  # no folder may be written to: each process compiles for itself
        return compile_(False)
