"""The configuration file: which scenario is served how. The most specific wins, field by field:

[default]
channels = ["item_cf", "tag", "recent", "hot"]
item_cf = { weight = 2.0, limit = 300 }

[tenant.acme]
filters = ["availability"]

[tenant.acme.scenario.vlog]
ranker = "random"
diversity = { window = 5, same_author = 1 }
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeAlias

from pydantic import ValidationError

from schemas.errors import InvalidFieldError
from schemas.tenancy import check_tenant
from schemas.text import check_name
from schemas.validation import MAX_SCENARIO
from serving.config import UNKNOWN_COMPONENT, ScenarioConfig
from serving.configuration.choice import Choice
from serving.errors import InvalidConfigError, UnknownComponentError

Table: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServingConfig:
    """The configuration of every tenant and scenario."""

    default: ScenarioConfig = field(default_factory=ScenarioConfig)
    tenants: Mapping[str, ScenarioConfig] = field(default_factory=dict)
    scenarios: Mapping[tuple[str, str], ScenarioConfig] = field(default_factory=dict)
    """By tenant and scenario."""

    document: Table = field(default_factory=dict)
    """What it was made of: what is configured while servers run is laid over it."""

    def of(self, tenant: str, scenario: str) -> ScenarioConfig:
        """Return the most specific configuration that there is."""
        return self.scenarios.get((tenant, scenario)) or self.tenants.get(tenant) or self.default

    def choose(self, tenant: str, scenario: str, user: str) -> Choice:
        """Return the same for every user: a file holds no experiments."""
        return Choice(self.of(tenant, scenario))

    @classmethod
    def load(cls, path: Path | None) -> Self:
        """Return what the TOML file says; the defaults where there is no path.

        Raises InvalidConfigError, or UnknownComponentError, with the path of the wrong value.
        """
        if path is None:
            return cls()
        try:
            return cls.parse(tomllib.loads(path.read_text()))
        except OSError as error:
            raise InvalidConfigError(str(path), f"cannot be read: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InvalidConfigError(str(path), f"is not TOML: {error}") from error

    @classmethod
    def parse(cls, document: Table) -> Self:
        """Return what the document says; raise as `load` does."""
        for name in document:
            if name not in ("default", "tenant", "limits"):  # the last is read by `security.limits_file`
                raise InvalidConfigError(name, "is neither default nor tenant nor limits")
        default = _table(document, "default", "")
        tenants: dict[str, ScenarioConfig] = {}
        scenarios: dict[tuple[str, str], ScenarioConfig] = {}
        for tenant, own in _tables(document, "tenant", "", check_tenant).items():
            path = f"tenant.{tenant}"
            base = overlaid(default, {name: value for name, value in own.items() if name != "scenario"})
            tenants[tenant] = scenario_config(base, path)
            for scenario, most in _tables(own, "scenario", path, _check_scenario).items():
                scenarios[tenant, scenario] = scenario_config(overlaid(base, most), f"{path}.scenario.{scenario}")
        return cls(scenario_config(default, "default"), tenants, scenarios, document)


def scenario_config(table: Table, path: str) -> ScenarioConfig:
    """Return the scenario that the table describes; raise with the path of its first wrong value, below `path`."""
    try:
        return ScenarioConfig.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        kind = UnknownComponentError if first["type"] == UNKNOWN_COMPONENT else InvalidConfigError
        raise kind(".".join([path, *map(str, first["loc"])]), first["msg"]) from error


def _table(parent: Table, name: str, path: str) -> Table:
    table: Any = parent.get(name, {})
    if not isinstance(table, dict):
        raise InvalidConfigError(_joined(path, name), f"must be a table, not {type(table).__name__}")
    return table


def _tables(parent: Table, name: str, path: str, check: Callable[[str], object]) -> Mapping[str, Table]:
    """Return the tables in table `name` by their own names, each of which `check` accepts."""
    within = _table(parent, name, path)
    for key in within:
        try:
            check(key)
        except InvalidFieldError as error:
            raise InvalidConfigError(f"{_joined(path, name)}.{key}", error.why) from error
    return {key: _table(within, key, _joined(path, name)) for key in within}


def _check_scenario(scenario: str) -> None:
    check_name(scenario, "scenario", MAX_SCENARIO)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def overlaid(base: Table, over: Table) -> Table:
    """Return `base` with the values of `over`; tables are laid over each other, anything else is replaced."""
    both = dict(base)
    for name, value in over.items():
        below = base.get(name)
        both[name] = overlaid(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return both
