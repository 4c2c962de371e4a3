"""A world of two tenants, neither of which may see anything of the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.records import Item
from serving.errors import UnknownTenantError
from serving.views.catalogue import Catalogue
from tests.serving.fakes import TENANT, FixedWorld

OTHER: Final = "other"
SECRET: Final = "secret"  # an item's id


@dataclass
class TwoTenants(FixedWorld):
    """A world with another tenant, whose only item is `secret`."""

    def catalogue(self, tenant: str) -> Catalogue:
        if tenant == TENANT:
            return self.tenant_catalogue
        if tenant != OTHER:
            raise UnknownTenantError(tenant)
        other = Catalogue()
        other.put(other.number(SECRET), Item(title="Secret", status="active"))
        other.commit()
        return other
