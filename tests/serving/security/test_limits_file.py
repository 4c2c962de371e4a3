"""Limits in the configuration file: a tenant's own, then everybody's, then the settings'."""

from typing import Any

import pytest

from serving.errors import InvalidConfigError
from serving.security.limits import Limits, Rate
from serving.security.limits_file import tenant_limits
from serving.security.settings import LimitsSettings

SETTINGS = LimitsSettings(burst=7, concurrent_calls=3)


def test_without_a_table_the_settings_count() -> None:
    found = tenant_limits(SETTINGS, {})
    assert found.of("any") == Limits(None, 3)


def test_the_most_specific_counts_value_by_value() -> None:
    document = {"limits": {"requests_per_s": 10, "tenant": {"acme": {"burst": 9}, "big": {"requests_per_s": 1000.0}}}}
    found = tenant_limits(SETTINGS, document)
    assert found.of("any") == Limits(Rate.of(10, 7), 3)
    assert found.of("acme") == Limits(Rate.of(10, 9), 3)
    assert found.of("big") == Limits(Rate.of(1000, 7), 3)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"limits": 3}, "limits"),
        ({"limits": {"requests_per_s": 0}}, "limits.requests_per_s"),
        ({"limits": {"requests_per_s": "many"}}, "limits.requests_per_s"),
        ({"limits": {"burst": -1}}, "limits.burst"),
        ({"limits": {"burst": 1.5}}, "limits.burst"),
        ({"limits": {"per_day": 1}}, "limits.per_day"),
        ({"limits": {"tenant": 3}}, "limits.tenant"),
        ({"limits": {"tenant": {"acme": 3}}}, "limits.tenant.acme"),
        ({"limits": {"tenant": {"NOT ONE": {}}}}, "limits.tenant.NOT ONE"),
        ({"limits": {"tenant": {"acme": {"concurrent_calls": 0}}}}, "limits.tenant.acme.concurrent_calls"),
    ],
)
def test_a_wrong_value_is_refused_with_its_path(document: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidConfigError) as refused:
        tenant_limits(SETTINGS, document)
    assert refused.value.path == path
