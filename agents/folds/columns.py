"""Columns of 64-bit integers as arrays: what struct would unpack to objects one by one is copied here as it lies.

A fold looks one number up and inserts one. In an array that is a binary search and two moves of memory, whether the
column holds twenty entries or fifty thousand; unpacking and packing it again would cost a new integer for each.
"""

import sys
from array import array
from typing import Final, Literal

FOREIGN: Final = sys.byteorder != "little"
"""Packed columns are little-endian, arrays have the machine's order."""


def load(code: Literal["q", "Q"], column: bytes) -> "array[int]":
    """Return the column as a new array: `q` signed, `Q` unsigned; its length must be a multiple of 8 bytes."""
    numbers = array(code, column)
    if FOREIGN:
        numbers.byteswap()
    return numbers


def dump(numbers: "array[int]") -> bytes:
    """Return the column that `load` reads."""
    if FOREIGN:
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()
