"""All that a schema must pass before it is registered, without a registry."""

from collections.abc import Sequence
from pathlib import Path

from schemas.catalog import RECORDS, avro_schema, promised_level
from schemas.governance.evolution import compare
from schemas.governance.golden import misread
from schemas.governance.lint import lint_record
from schemas.governance.problem import Problem
from schemas.governance.releases import REGISTERED, Release, releases


def refusals(name: str, known: Sequence[Release]) -> list[Problem]:
    """Return why the schema in avro/<name>.avsc must not follow these releases: rules, changes, golden bytes."""
    schema, level = avro_schema(name), promised_level(RECORDS[name])
    changes = [(release, change) for release in known for change in compare(release.schema, schema, level)]
    return [
        *lint_record(name),
        *(
            Problem(change.where, f"{change.what} since v{release.version}: {change.refused}")
            for release, change in changes
            if change.refused
        ),
        *misread(known, schema, level),
    ]


def check_all(folder: Path = REGISTERED) -> list[Problem]:
    """Return every reason to refuse a schema; one that differs from its newest release is refused too.

    What runs must be what was released: the registry holds nothing else.
    """
    problems = []
    for name in RECORDS:
        known = releases(name, folder)
        refused = refusals(name, known)
        if not refused and (not known or known[-1].schema != avro_schema(name)):
            refused = [Problem(name, f"is not as released; run `tideline schemas release {name}`")]
        problems += refused
    return problems
