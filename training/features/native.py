"""Native: compiled functions that any thread may run without the interpreter.

Such a function takes one number, the address of its argument: a few whole numbers, sizes and addresses of arrays. It
returns nothing, and must not raise: to say so it would wait for the interpreter, and whoever has that may be waiting
for the function.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

import numpy as np
from llvmlite import ir
from numba import cfunc, njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.numpy_support import carray
from numpy.typing import NDArray

from training.features.compiled import compiled, kept

_SIGNATURE: Final = "void(int64)"


class Native(Protocol):
    """A compiled function with an address of its own."""

    address: int


def native(function: Callable[[int], None]) -> Native:
    """Compile a function of its argument's address; it reads that, and what that tells of, by `array`."""
    return kept(lambda keep: cast("Native", cfunc(_SIGNATURE, cache=keep)(function)))


@dataclass(frozen=True, slots=True)
class Task:
    """One call of a native function, now or later, here or there."""

    function: Native
    argument: NDArray[np.int64]
    arrays: tuple[NDArray[Any], ...]
    """What the argument gives the addresses of; they have to stay until it was run."""

    def run(self) -> None:
        """Call it here."""
        _run(self.function.address, self.argument)


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
def array(address: int, size: int, number: Any) -> Any:
    """Return the (size,) numbers of that type at the address; in compiled functions only."""
    return carray(_pointer(address), (size,), number)


@compiled("int64", "int64[::1]")
def _run(function: int, argument: NDArray[np.int64]) -> None:
    call(function, argument.ctypes.data)
