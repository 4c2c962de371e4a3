"""Many payloads of one schema to records at once, through Arrow columns: a quarter of the time of one by one."""

import os
from collections.abc import Iterable, Sequence
from itertools import repeat, starmap
from typing import Any, Final, Generic, TypeVar

import numpy as np
import orjson
import pyarrow as pa
import pyruhvro
from pyarrow import compute

from schemas.errors import UndecodableError
from schemas.records import Record

R = TypeVar("R", bound=Record)

_END_BYTES: Final = bytes(byte | 0x80 for byte in os.urandom(8)) + b"\x01"
"""A random long behind each payload, read as its last field: only a payload that ends where its bytes end reads it
back. pyruhvro says nothing of bytes that are left."""


def _long(written: bytes) -> int:
    """Return the number that Avro writes so: seven bits a byte, the lowest first, and zigzag."""
    bits = sum((byte & 0x7F) << 7 * index for index, byte in enumerate(written))
    return bits >> 1 ^ -(bits & 1)


_END: Final = _long(_END_BYTES)

_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1


_READABLE: Final = frozenset({"null", "boolean", "int", "long", "double", "string", "enum", "array", "map"})
"""What fields may be made of. Of bytes pyruhvro makes nothing, and a record in a record would stay a dict."""


def can_read(schema: dict[str, Any]) -> bool:
    """Tell whether records of the schema, which has no logical types, can be read in bulk: events can, rows cannot."""
    return all(_is_readable(field["type"]) for field in schema["fields"])


def _is_readable(node: Any) -> bool:
    match node:
        case list():
            return all(map(_is_readable, node))
        case {"type": "array", "items": inner} | {"type": "map", "values": inner}:
            return _is_readable(inner)
        case {"type": kind}:
            return _is_readable(kind)
        case _:
            return node in _READABLE


class BulkReader(Generic[R]):
    """Reads what one schema wrote. What it returns is what `schemas.codec` returns one by one, or it refuses all.

    A payload that is not a record, or that the two might read differently, makes it refuse: whoever calls it then
    asks the codec about each. So what becomes of a payload does not depend on those beside it.
    """

    def __init__(self, record: type[R], schema: dict[str, Any]) -> None:
        """Take a record and its schema, without logical types, whose fields are those of the record."""
        self._record = record
        ended = {**schema, "fields": [*schema["fields"], {"name": "_end", "type": "long"}]}
        self._schema = orjson.dumps(_widened(ended)).decode()
        self._ints = [field["name"] for field in schema["fields"] if "int" in _branches(field["type"])]

    def read(self, payloads: Sequence[bytes], skip: int) -> list[R]:
        """Return the record of each payload, whose first `skip` bytes are left out.

        Raises UndecodableError: some of them is not a whole record, it is not known which.
        """
        try:
            batch = pyruhvro.deserialize_array([payload[skip:] + _END_BYTES for payload in payloads], self._schema)
            if not self._is_sound(batch):
                raise UndecodableError(f"a {self._record.__name__} does not end where its bytes end, or overflows")
            columns = [_values(batch.column(name)) for name in self._record.__struct_fields__]
            return list(starmap(self._record, zip(*columns, strict=False)))
        except (ValueError, pa.ArrowException) as error:  # UnicodeDecodeError is a ValueError
            raise UndecodableError(
                f"one of {len(payloads)} is not a whole {self._record.__name__}: {error}"
            ) from error

    def _is_sound(self, batch: pa.RecordBatch) -> bool:
        # Not by a scalar of Arrow's: making the first one imports pandas where that is installed, 60 MB of it.
        ends = np.frombuffer(batch.column("_end").buffers()[1], np.int64)
        return bool((ends == _END).all()) and all(_fits(batch.column(name)) for name in self._ints)


def _fits(column: pa.Array) -> bool:
    """Tell whether all numbers are of Avro's int: a longer one is read here, but refused one by one."""
    if column.null_count == len(column):
        return True
    extremes = compute.min_max(column).as_py()
    return bool(extremes["min"] >= _INT_MIN and extremes["max"] <= _INT_MAX)


def _values(column: pa.Array) -> Iterable[Any]:
    """Return the column's values as Python's; a column of nothing but one empty value costs nothing."""
    if column.null_count == len(column):
        return repeat(None)
    if pa.types.is_map(column.type):
        return _filled(column, dict)
    if pa.types.is_list(column.type):
        return _filled(column, list)
    if pa.types.is_string(column.type) and column.null_count == 0:
        return _words(column)
    return column.to_pylist()  # type: ignore[no-any-return]


def _words(column: Any) -> Iterable[str]:
    """Return the words, equal ones as one object where many are: made once, hashed once, and in the cache."""
    encoded = column.dictionary_encode()
    if 2 * len(encoded.dictionary) > len(column):
        return column.to_pylist()  # type: ignore[no-any-return]
    words = np.array(encoded.dictionary.to_pylist(), object)
    places = np.frombuffer(encoded.indices.buffers()[1], np.int32)[: len(column)]
    return words[places].tolist()  # type: ignore[no-any-return]


def _filled(column: Any, make: type[dict[Any, Any]] | type[list[Any]]) -> Iterable[Any]:
    entries = column.keys if make is dict else column.values
    if column.null_count == 0 and len(entries) == 0:
        return [make() for _ in range(len(column))]
    return [None if value is None else make(value) for value in column.to_pylist()]


def _widened(node: Any) -> Any:
    """Return the schema with every int a long: both are written alike, but a read of an int drops the upper bits."""
    match node:
        case "int":
            return "long"
        case dict():
            return {
                key: _widened(value) if key in {"type", "items", "values", "fields"} else value
                for key, value in node.items()
            }
        case list():
            return [_widened(part) for part in node]
        case _:
            return node


def _branches(node: Any) -> list[Any]:
    return node if isinstance(node, list) else [node]
