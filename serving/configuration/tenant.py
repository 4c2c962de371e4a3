"""TenantConfig: how a tenant's requests are answered. Nothing in it changes: another one takes its place."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from schemas.config_records import ConfigChange
from serving.config import ScenarioConfig
from serving.config_file import Table, overlaid, scenario_config
from serving.configuration.choice import Choice
from serving.configuration.components import EXPERIMENT, SERVING, Component
from serving.configuration.experiments import Experiment
from serving.errors import InvalidConfigError
from topics.configs import History

_LOG = logging.getLogger(__name__)

_Arms: TypeAlias = tuple[tuple[str, str], ...]


class Refusal(NamedTuple):
    """The newest version of a component, and why it is not in force."""

    change: ConfigChange
    error: InvalidConfigError


@dataclass(frozen=True)
class TenantConfig:
    """What `assembly.assemble` made of a tenant's history."""

    tenant: str
    base: Table
    """For scenarios with nothing of their own."""

    scenarios: Mapping[str, Table]
    """Whole, for those that have something of their own."""

    experiments: Sequence[Experiment]
    """In the order in which their arms are laid over."""

    history: History
    in_force: Mapping[str, ConfigChange]
    """By component, the version that is."""

    refused: Mapping[str, Refusal]
    """By component, why its newest version is not in force."""

    _made: dict[tuple[str | None, _Arms], Choice] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What was asked for before: by scenario, if it has something of its own, and by arms."""

    def of(self, scenario: str) -> ScenarioConfig:
        """Return the scenario's configuration without experiments."""
        return self._choice(scenario, ()).config

    def choose(self, scenario: str, user: str) -> Choice:
        """Return how a request of the user is answered."""
        arms = tuple((each.name, each.arm_of(user)) for each in self.experiments if each.applies_to(scenario))
        return self._choice(scenario, arms)

    def experiment(self, name: str) -> Experiment | None:
        """Return the experiment of that name, if there is one in force."""
        return next((each for each in self.experiments if each.name == name), None)

    def _choice(self, scenario: str, arms: _Arms) -> Choice:
        # Scenarios with nothing of their own share one entry: clients may name any number of them.
        at = scenario if scenario in self.scenarios else None, arms
        found = self._made.get(at)
        if found is None:
            found = self._made[at] = self._laid(scenario, arms)
        return found

    def _laid(self, scenario: str, arms: _Arms) -> Choice:
        table = self.scenarios.get(scenario, self.base)
        for name, arm in arms:
            made = self.experiment(name)
            table = overlaid(table, made.design.arms[arm].config) if made else table
        try:
            config = scenario_config(table, scenario)
        except InvalidConfigError as error:
            if not arms:
                raise
            # Each arm was checked by itself; that two do not go together shows only here, and must fail no request.
            _LOG.error("tenant %s: arms %s do not go together, and are left out: %s", self.tenant, dict(arms), error)
            return self._choice(scenario, ())
        return Choice(config, dict(arms), self._versions(scenario, [name for name, _ in arms]))

    def _versions(self, scenario: str, experiments: Sequence[str]) -> str:
        parts = [Component(SERVING, ""), *([Component(SERVING, scenario)] if scenario else [])]
        parts += [Component(EXPERIMENT, name) for name in experiments]
        changes = [self.in_force[part.text] for part in parts if part.text in self.in_force]
        return ", ".join(f"{change.component}@{change.version}" for change in changes)
