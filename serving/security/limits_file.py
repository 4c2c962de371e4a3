"""Limits in the configuration file. What a tenant's own table does not name is as `[limits]` says, or the settings:

[limits]
requests_per_s = 200
burst = 400

[limits.tenant.acme]
requests_per_s = 2000
concurrent_calls = 100
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from schemas.errors import InvalidFieldError
from schemas.tenancy import check_tenant
from serving.errors import InvalidConfigError
from serving.security.limits import Limits, TenantLimits
from serving.security.settings import LimitsSettings

_TABLE = "limits"


def tenant_limits(settings: LimitsSettings, document: Mapping[str, Any]) -> TenantLimits:
    """Return what the settings and the file say; raise InvalidConfigError with the path of the first wrong value."""
    table = _table(document.get(_TABLE, {}), _TABLE)
    tenants = _table(table.get("tenant", {}), f"{_TABLE}.tenant")
    everybody = _laid_over(settings, {name: value for name, value in table.items() if name != "tenant"}, _TABLE)
    own = {}
    for tenant, values in tenants.items():
        path = f"{_TABLE}.tenant.{tenant}"
        try:
            check_tenant(tenant)
        except InvalidFieldError as error:
            raise InvalidConfigError(path, error.why) from error
        own[tenant] = Limits.of(_laid_over(everybody, _table(values, path), path))
    return TenantLimits(Limits.of(everybody), own)


def _laid_over(base: LimitsSettings, values: Mapping[str, Any], path: str) -> LimitsSettings:
    for name in values:
        if name not in LimitsSettings.model_fields:
            raise InvalidConfigError(f"{path}.{name}", f"is none of {', '.join(LimitsSettings.model_fields)}")
    try:
        return LimitsSettings(**{**base.model_dump(), **values})
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidConfigError(".".join([path, *map(str, first["loc"])]), first["msg"]) from error


def _table(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidConfigError(path, f"must be a table, not {type(value).__name__}")
    return value
