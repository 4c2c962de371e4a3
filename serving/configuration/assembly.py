"""Assembly: a tenant's configuration, out of the file and the history of its components.

The most specific wins, field by field, and at one level what was changed since wins over the file:
file default < file tenant < `serving` < file scenario < `serving.<scenario>` < arms of `experiment.<name>`.

Of each component the newest version that can be used with those below it is in force. One that cannot, since another
version of Tideline wrote it or what it builds on changed, is refused, and the one before it stays: a function of the
history, the same on every server that knows the same file.
"""

from collections.abc import Mapping
from typing import Final

import orjson

from schemas.config_records import ConfigChange
from schemas.errors import InvalidFieldError
from serving.config_file import ServingConfig, Table, overlaid, scenario_config
from serving.configuration.components import EXPERIMENT, SERVING, Component
from serving.configuration.experiments import Experiment
from serving.configuration.tenant import Refusal, TenantConfig
from serving.errors import InvalidConfigError
from topics.configs import History

PATH: Final = "json"
"""What the paths of wrong values begin with: the field of the contract that holds the configuration."""


def assemble(file: ServingConfig, tenant: str, history: History) -> TenantConfig:
    """Return the tenant's configuration as its history leaves it."""
    found = _Assembly(file, tenant)
    known = []
    for text, versions in history.items():
        try:
            known.append(Component.parse(text))
        except InvalidFieldError as error:
            found.refused[text] = Refusal(versions[-1], InvalidConfigError("component", error.why))
    for component in sorted(known, key=lambda component: component.layer):
        found.take(component, history[component.text])
    return found.made(history)


def own_table(file: ServingConfig, tenant: str, component: Component) -> Table:
    """Return what the file says of the component, without what it lies on."""
    own = file.document.get("tenant", {}).get(tenant, {})
    if component.kind == EXPERIMENT:
        return {}
    if component.name:
        table: Table = own.get("scenario", {}).get(component.name, {})
        return table
    return {name: value for name, value in own.items() if name != "scenario"}


def parsed(json: str) -> Table:
    """Return the JSON object; raise InvalidConfigError if the text is none."""
    try:
        table = orjson.loads(json)
    except orjson.JSONDecodeError as error:
        raise InvalidConfigError(PATH, f"is not JSON: {error}") from error
    if not isinstance(table, dict):
        raise InvalidConfigError(PATH, "must be a JSON object")
    return table


class _Assembly:
    """What was put together so far."""

    def __init__(self, file: ServingConfig, tenant: str) -> None:
        self._tenant = tenant
        own = file.document.get("tenant", {}).get(tenant, {})
        self._file: Mapping[str, Table] = own.get("scenario", {})
        below = file.document.get("default", {})
        self._base = overlaid(below, own_table(file, tenant, Component(SERVING, "")))
        self._over: dict[str, Table] = {}
        """By scenario, what its own change says."""

        self._experiments: list[Experiment] = []
        self._in_force: dict[str, ConfigChange] = {}
        self.refused: dict[str, Refusal] = {}

    def take(self, component: Component, versions: tuple[ConfigChange, ...]) -> None:
        """Put the newest version in force that can be; the component's layer must be the highest so far."""
        use = self._use_experiment if component.kind == EXPERIMENT else self._use_table
        for change in reversed(versions):
            try:
                use(component, change)
            except InvalidConfigError as error:
                self.refused.setdefault(component.text, Refusal(change, error))
            else:
                self._in_force[component.text] = change
                return

    def made(self, history: History) -> TenantConfig:
        """Return the whole."""
        return TenantConfig(
            tenant=self._tenant,
            base=self._base,
            scenarios={name: self._scenario(name) for name in self._scenarios()},
            experiments=tuple(self._experiments),
            history=history,
            in_force=self._in_force,
            refused=self.refused,
        )

    def _use_table(self, component: Component, change: ConfigChange) -> None:
        table = parsed(change.json)
        if component.name:
            scenario_config(overlaid(self._scenario(component.name), table), PATH)
            self._over[component.name] = table
            return
        base = overlaid(self._base, table)
        scenario_config(base, PATH)
        for name, over in self._file.items():
            try:
                scenario_config(overlaid(base, over), PATH)
            except InvalidConfigError as error:
                raise InvalidConfigError(error.path, f"{error.why} (with scenario {name} of the file)") from error
        self._base = base

    def _use_experiment(self, component: Component, change: ConfigChange) -> None:
        table = parsed(change.json)
        made = Experiment.of(self._tenant, component.name, change.version, table, PATH)
        for other in self._experiments:
            both = sorted(made.fields & other.fields)
            if both and made.meets(other):
                raise InvalidConfigError(
                    f"{PATH}.arms", f"{both[0]} is what experiment {other.name} configures in the same scenario"
                )
        scenarios = made.design.scenarios or ("", *self._scenarios())
        for name, arm in made.design.arms.items():
            for scenario in scenarios:
                scenario_config(overlaid(self._scenario(scenario), arm.config), f"{PATH}.arms.{name}.config")
        self._experiments.append(made)

    def _scenarios(self) -> list[str]:
        return sorted({*self._file, *self._over})

    def _scenario(self, name: str) -> Table:
        return overlaid(overlaid(self._base, self._file.get(name, {})), self._over.get(name, {}))
