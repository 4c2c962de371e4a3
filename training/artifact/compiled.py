"""Compiled: loops over single numbers, compiled for this machine when their module is imported.

For sums over many short lists, where numpy writes an array for each step: three to five times as fast. They hold the
interpreter: each takes a fraction of a millisecond, and to wait for the interpreter again can take longer than that.
"""

from collections.abc import Callable
from typing import Final, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., None])

_SIGNATURE: Final = "void({})"


def compiled(*arguments: str) -> Callable[[F], F]:
    """Compile a function that returns nothing, of arguments of these types, in numba's words.

    They are told so that it is compiled now: the first request would wait a second for it. Nothing is kept on disk,
    for that needs a folder that may be written to.
    """
    return cast("Callable[[F], F]", njit(_SIGNATURE.format(", ".join(arguments))))
