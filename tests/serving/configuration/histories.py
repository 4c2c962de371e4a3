"""Histories of a tenant's configuration, as tests write them."""

import tomllib
from typing import Any

import orjson

from schemas.config_records import ConfigChange
from serving.config_file import ServingConfig

TENANT = "acme"
FILE = ServingConfig.parse(
    tomllib.loads(
        """
        [default]
        hot = { limit = 50 }
        candidates = 400
        [tenant.acme]
        hot = { limit = 60 }
        [tenant.acme.scenario.vlog]
        candidates = 300
        """
    )
)


def change(component: str, version: int, document: dict[str, Any] | str, tenant: str = TENANT) -> ConfigChange:
    """Return a change; a text stands for itself, whatever it holds."""
    json = document if isinstance(document, str) else orjson.dumps(document).decode()
    return ConfigChange(f"{component}@{version}", tenant, component, version, json, 1_700_000_000_000 + version)


def history(*documents: dict[str, Any] | str, component: str = "serving") -> dict[str, tuple[ConfigChange, ...]]:
    """Return the history of one component: version 1, 2 and so on."""
    return {component: tuple(change(component, number, each) for number, each in enumerate(documents, 1))}
