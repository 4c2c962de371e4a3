from __future__ import annotations

import pytest
from pydantic import ValidationError

from deploy.local.ports import FREE_PORTS
from deploy.local.servers import PORT_FIELDS, with_ports
from deploy.local.settings import Backend, Service, StackSettings, variable


def test_the_environment_sets_what_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_STACK", "testcontainers")
    monkeypatch.setenv(variable("kafka_port"), "1234")
    monkeypatch.setenv(variable("registry_port"), "1235")
    settings = StackSettings(registry_port=4321)
    assert settings.backend is Backend.TESTCONTAINERS
    assert settings.kafka_port == 1234
    assert settings.registry_port == 4321


def test_a_disposable_stack_shares_no_port_or_folder_with_that_of_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in (*PORT_FIELDS, "home"):
        monkeypatch.setenv(variable(field), "19")
    settings = with_ports(StackSettings.disposable())
    ports = [getattr(settings, field) for field in PORT_FIELDS]
    assert settings.home is None
    assert len(set(ports)) == len(ports)
    assert all(port in FREE_PORTS for port in ports)


def test_a_chosen_port_is_kept() -> None:
    assert with_ports(StackSettings.disposable(kafka_port=4711)).kafka_port == 4711


def test_a_registry_without_kafka_is_refused() -> None:
    with pytest.raises(ValidationError, match="add kafka"):
        StackSettings(services=frozenset({Service.REGISTRY}))


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_does_not_exist_is_refused(port: int) -> None:
    with pytest.raises(ValidationError, match="kafka_port"):
        StackSettings(kafka_port=port)
