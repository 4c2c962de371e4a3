"""Shape: a record as the fields that its Avro schema has, and back."""

from typing import Any, Final, Generic, TypeVar, get_args, get_type_hints

from msgspec.structs import asdict

from schemas.packing import JOINED, join, split
from schemas.records import Record

R = TypeVar("R", bound=Record)


class Shape(Generic[R]):
    """What a record type's fields look like in Avro: structs in lists are records there, joined words a string."""

    def __init__(self, record: type[R]) -> None:
        self._record: Final = record
        self._nested: Final = _nested(record)
        self._joined: Final = tuple(name for name in record.__struct_fields__ if f"{record.__name__}.{name}" in JOINED)

    def fields(self, record: R) -> dict[str, Any]:
        """Return the fields to write."""
        fields = asdict(record)
        for name in self._joined:
            fields[name] = join(fields[name])
        for name in self._nested:
            fields[name] = [asdict(part) for part in fields[name]]
        return fields

    def record(self, fields: dict[str, Any]) -> R:
        """Return the record whose fields were read; may change `fields`."""
        for name in self._joined:
            fields[name] = split(fields[name])
        for name, part in self._nested.items():
            fields[name] = [part(**entry) for entry in fields[name]]
        return self._record(**fields)


def _nested(record: type[Record]) -> dict[str, type[Record]]:
    """Return the fields of the record that are lists of records, with the type of an entry."""
    entries = {name: get_args(hint)[0] for name, hint in get_type_hints(record).items() if get_args(hint)}
    return {name: entry for name, entry in entries.items() if isinstance(entry, type) and issubclass(entry, Record)}
