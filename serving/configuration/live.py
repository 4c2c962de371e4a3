"""LiveConfig: how requests are answered now, of every tenant; swapped whole, so that no request sees two at once."""

from serving.config import ScenarioConfig
from serving.config_file import ServingConfig
from serving.configuration.assembly import assemble
from serving.configuration.choice import Choice
from serving.configuration.tenant import TenantConfig


class LiveConfig:
    """Answers from the newest configuration; threads may share it."""

    def __init__(self, file: ServingConfig) -> None:
        """Take what holds where nothing was changed since."""
        self.file = file
        self._tenants: dict[str, TenantConfig] = {}

    def of(self, tenant: str, scenario: str) -> ScenarioConfig:
        """Return the scenario's configuration without experiments."""
        changed = self._tenants.get(tenant)
        return self.file.of(tenant, scenario) if changed is None else changed.of(scenario)

    def choose(self, tenant: str, scenario: str, user: str) -> Choice:
        """Return how a request is answered; see `Configured.choose`."""
        changed = self._tenants.get(tenant)
        return self.file.choose(tenant, scenario, user) if changed is None else changed.choose(scenario, user)

    def tenant(self, tenant: str) -> TenantConfig:
        """Return the tenant's configuration as it is now; that of the file where nothing was changed."""
        return self._tenants.get(tenant) or assemble(self.file, tenant, {})

    def put(self, config: TenantConfig) -> None:
        """Let the tenant's requests be answered so from now on; those under way keep what they began with."""
        self._tenants[config.tenant] = config
