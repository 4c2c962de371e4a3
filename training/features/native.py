"""Native: compiled functions that any thread may run without the interpreter.

Such a function takes one number, the address of its argument: that holds addresses and sizes of arrays. It returns
nothing, and must not raise: to say so it would wait for the interpreter, and whoever has that may be waiting for the
function.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
from llvmlite import ir
from numba import cfunc, literal_unroll, njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.numpy_support import carray
from numpy.typing import NDArray

from training.features.compiled import compiled, kept

Arrays = tuple[NDArray[Any], ...]


@dataclass(frozen=True, slots=True)
class Task:
    """One call of a native function, now or later, here or there."""

    address: int
    """Of the function."""

    argument: NDArray[np.int64]
    arrays: Arrays
    """What the argument tells of; they have to stay until it was run."""

    def run(self) -> None:
        """Call it here."""
        _run(self.address, self.argument)


@dataclass(frozen=True, slots=True)
class Native:
    """A native function, and what writes its argument."""

    compiled: Any
    tell: Callable[[Arrays, NDArray[np.int64]], None]

    def task(self, *arrays: NDArray[Any]) -> Task:
        """Return the call with these arrays; raise TypeError if they are not of the types that it was compiled for."""
        argument = np.empty(2 * len(arrays), np.int64)
        self.tell(arrays, argument)
        return Task(self.compiled.address, argument, arrays)


def native(*arguments: str) -> Callable[[Callable[[int], None]], Native]:
    """Compile a function of its argument's address, which takes arrays of these types, in numba's words, from it.

    By `told` and `array`, which give them flat; the function has to know, or to ask, that their sizes fit together.
    """
    tell = compiled(f"Tuple([{', '.join(arguments)}])", "int64[::1]")(_tell)

    def compile_(function: Callable[[int], None]) -> Native:
        return Native(kept(lambda keep: cfunc("void(int64)", cache=keep)(function)), tell)

    return compile_


def _tell(arrays: Arrays, argument: NDArray[np.int64]) -> None:
    at = 0
    for each in literal_unroll(arrays):
        argument[at] = each.ctypes.data
        argument[at + 1] = each.size
        at += 2


def _as_pointer(_: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(address), generate


def _call(_: Any, function: Any, argument: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64)])
        builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), [arguments[1]])
        return context.get_dummy_value()

    return types.void(function, argument), generate


_pointer: Final = cast("Callable[[int], Any]", intrinsic(_as_pointer))

call: Final = cast("Callable[[int, int], None]", intrinsic(_call))
"""Calls the native function at one address with another; in compiled functions only."""


@njit
def told(address: int, arrays: int) -> Any:
    """Return what the argument at the address tells of so many arrays, for `array`; in compiled functions only."""
    return carray(_pointer(address), (arrays, 2), np.int64)


@njit
def array(argument: NDArray[np.int64], place: int, number: Any) -> Any:
    """Return the array at this place of what was told, its numbers of that type; in compiled functions only."""
    return carray(_pointer(argument[place, 0]), (argument[place, 1],), number)


@compiled("int64", "int64[::1]")
def _run(function: int, argument: NDArray[np.int64]) -> None:
    call(function, argument.ctypes.data)
