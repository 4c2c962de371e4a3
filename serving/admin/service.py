"""AdminService: its methods on configuration and those on tenants, as one service."""

from serving.admin.configuration import ConfigAdmin
from serving.admin.tenants import TenantAdmin


class AdminService:
    """Serves `recommender.v1.AdminService`: each method is that of one of its parts."""

    def __init__(self, configuration: ConfigAdmin, tenants: TenantAdmin) -> None:
        """Join the parts."""
        self.GetConfig = configuration.GetConfig
        self.SetConfig = configuration.SetConfig
        self.ListConfig = configuration.ListConfig
        self.ConfigHistory = configuration.ConfigHistory
        self.RollbackConfig = configuration.RollbackConfig
        self.ListTenants = tenants.ListTenants
        self.CreateTenant = tenants.CreateTenant
        self.RotateKey = tenants.RotateKey
