"""Bringing the registry to what is released: the only code that writes to it, run by `tideline schemas register`."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from schemas.catalog import promised_level, schema_name
from schemas.errors import IncompatibleSchemaError, UnregisteredSchemaError
from schemas.governance.check import check_all
from schemas.governance.problem import Problem
from schemas.governance.releases import releases
from schemas.records import Record
from schemas.registry import Registry


class Registration(NamedTuple):
    """A subject as it stands in the registry: its level, the id of the newest version, and how many were added."""

    subject: str
    level: str
    schema_id: int
    added: int


def register(registry: Registry, subjects: Mapping[str, type[Record]]) -> Iterator[Registration]:
    """Register every released version of each subject's record, oldest first; yield each subject when it is done.

    The compatibility level is set first and read back, since a registry whose level is NONE (Apicurio's default)
    accepts anything. Nothing is registered if any schema fails `check_all`. Registering again changes nothing.
    Raises IncompatibleSchemaError, UnregisteredSchemaError or RegistryUnavailableError.
    """
    if problems := check_all():
        raise IncompatibleSchemaError("nothing was registered:\n" + "\n".join(str(problem) for problem in problems))
    for subject, record in subjects.items():
        yield _register(registry, subject, record)


def registry_problems(registry: Registry, subjects: Mapping[str, type[Record]]) -> list[Problem]:
    """Return why the registry would refuse the newest release of each subject, or hold it to another level."""
    problems = []
    for subject, record in subjects.items():
        level, promised = registry.level(subject), promised_level(record)
        known = registry.versions(subject)
        if known and level != promised:
            problems.append(Problem(subject, f"is at level {level}, not {promised}; run `tideline schemas register`"))
        newest = releases(schema_name(record))[-1]
        if not registry.is_compatible(subject, newest.schema):
            problems.append(Problem(subject, f"the registry refuses v{newest.version} beside its versions {known}"))
    return problems


def _register(registry: Registry, subject: str, record: type[Record]) -> Registration:
    promised = promised_level(record)
    registry.set_level(subject, promised)
    level = registry.level(subject)
    if level != promised:
        raise IncompatibleSchemaError(f"the registry keeps {subject} at level {level} though {promised} was set")
    added = 0
    known = releases(schema_name(record))
    for release in known:
        if registry.lookup(subject, release.schema) is None:
            registry.register(subject, release.schema)
            added += 1
    schema_id = registry.lookup(subject, known[-1].schema)
    if schema_id is None:
        raise UnregisteredSchemaError(f"the registry accepted {subject} v{known[-1].version} but does not find it")
    return Registration(subject, promised, schema_id, added)
