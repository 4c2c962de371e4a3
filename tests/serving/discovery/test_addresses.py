"""Addresses: each mode's, what overrides them, and that nothing but settings and environment decides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.credentials import ClientSettings
from serving.discovery.addresses import Address, address_of, mode_of, port_of
from serving.discovery.settings import DiscoverySettings, Mode
from serving.errors import InvalidConfigError
from serving.remote.calls import channel_to
from serving.roster import SERVICES

PLAIN = DiscoverySettings()
POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}
MESH = POD | {"ISTIO_META_MESH_ID": "mesh"}

services = st.sampled_from(sorted(SERVICES))
environments = st.sampled_from([{}, POD, MESH])


@pytest.mark.parametrize(
    ("environment", "mode"),
    [
        ({}, Mode.LOCAL),
        ({"ISTIO_META_MESH_ID": "mesh"}, Mode.LOCAL),
        (POD, Mode.K8S),
        (MESH, Mode.ISTIO),
        (POD | {"ISTIO_PROXY": "1"}, Mode.ISTIO),
        (POD | {"HISTOIRE": "1"}, Mode.K8S),
    ],
)
def test_the_environment_shows_the_mode(environment: dict[str, str], mode: Mode) -> None:
    assert mode_of(PLAIN, environment) is mode


@given(st.sampled_from(Mode), environments)
def test_a_mode_that_is_set_stands(mode: Mode, environment: dict[str, str]) -> None:
    assert mode_of(DiscoverySettings(mode=mode), environment) is mode


@pytest.mark.parametrize(
    ("settings", "environment", "address"),
    [
        (PLAIN, {}, Address("127.0.0.1:8081", False)),
        (PLAIN, MESH, Address("lemo-service-recommender-recall:8081", False)),
        (PLAIN, POD, Address("dns:///lemo-service-recommender-recall.default.svc.cluster.local:8081", True)),
        (
            PLAIN,
            POD | {"POD_NAMESPACE": "prod"},
            Address("dns:///lemo-service-recommender-recall.prod.svc.cluster.local:8081", True),
        ),
        (
            DiscoverySettings(prefix="rec", namespace="own", cluster_domain="corp.internal"),
            POD | {"POD_NAMESPACE": "prod"},
            Address("dns:///rec-recall.own.svc.corp.internal:8081", True),
        ),
        (DiscoverySettings(mode=Mode.ISTIO, prefix="rec"), {}, Address("rec-recall:8081", False)),
        (PLAIN, {"TIDELINE_DISCOVERY_RECALL_PORT": "9000"}, Address("127.0.0.1:9000", False)),
        (PLAIN, MESH | {"TIDELINE_DISCOVERY_RECALL_HOST": "box"}, Address("box:8081", False)),
        (
            PLAIN,
            POD | {"TIDELINE_DISCOVERY_RECALL_HOST": "10.1.2.3", "TIDELINE_DISCOVERY_RECALL_PORT": "9"},
            Address("10.1.2.3:9", False),
        ),
        (PLAIN, POD | {"TIDELINE_DISCOVERY_RECALL_ADDRESS": "box:77"}, Address("box:77", False)),
        (PLAIN, {"TIDELINE_DISCOVERY_RECALL_ADDRESS": "[::1]:77"}, Address("[::1]:77", False)),
        (PLAIN, {"TIDELINE_DISCOVERY_RECALL_ADDRESS": "dns:///box:77"}, Address("dns:///box:77", True)),
        (PLAIN, {"TIDELINE_DISCOVERY_RANKING_ADDRESS": "box:77"}, Address("127.0.0.1:8081", False)),
        (PLAIN, {"TIDELINE_DISCOVERY_RECALL_ADDRESS": ""}, Address("127.0.0.1:8081", False)),
    ],
)
def test_where_recall_is(settings: DiscoverySettings, environment: dict[str, str], address: Address) -> None:
    assert address_of("recall", settings, environment) == address


@given(services, st.sampled_from(Mode), environments, st.integers(1, 65535))
def test_each_service_is_at_an_address_of_its_own_with_its_port(
    service: str, mode: Mode, environment: dict[str, str], port: int
) -> None:
    settings = DiscoverySettings(mode=mode)
    found = {name: address_of(name, settings, environment) for name in SERVICES}
    assert len(set(found.values())) == len(SERVICES)
    assert found[service].target.endswith(f":{SERVICES[service].port}")
    assert found[service].balanced == (mode is Mode.K8S)
    moved = environment | {f"TIDELINE_DISCOVERY_{service.upper()}_PORT": str(port)}
    assert port_of(service, moved) == port
    own = address_of(service, settings, moved)
    assert own.target == found[service].target.removesuffix(str(SERVICES[service].port)) + str(port)
    others = {name: address_of(name, settings, moved) for name in SERVICES if name != service}
    assert others.items() <= found.items()


@given(services, environments)
def test_a_full_address_overrides_all(service: str, environment: dict[str, str]) -> None:
    prefix = f"TIDELINE_DISCOVERY_{service.upper()}"
    given = environment | {f"{prefix}_ADDRESS": "box:7", f"{prefix}_HOST": "nowhere", f"{prefix}_PORT": "99"}
    assert address_of(service, PLAIN, given) == Address("box:7", balanced=False)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ADDRESS", "box"),
        ("ADDRESS", ":77"),
        ("ADDRESS", "box:0"),
        ("ADDRESS", "box:65536"),
        ("ADDRESS", "box:http"),
        ("ADDRESS", "http://box:77"),
        ("ADDRESS", "dns:///"),
        ("HOST", "a b"),
        ("HOST", "box:77"),
        ("HOST", "-x"),
        ("PORT", "0"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("PORT", "8081.5"),
        ("PORT", "٨٠"),
    ],
)
def test_a_wrong_override_is_named(variable: str, value: str) -> None:
    name = f"TIDELINE_DISCOVERY_RECALL_{variable}"
    with pytest.raises(InvalidConfigError) as refused:
        address_of("recall", PLAIN, {name: value})
    assert refused.value.path == name


@pytest.mark.parametrize(
    "wrong", [{"prefix": "Upper"}, {"prefix": ""}, {"prefix": "-x"}, {"namespace": "a/b"}, {"cluster_domain": ""}]
)
def test_a_name_that_kubernetes_has_not_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        DiscoverySettings(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("balanced", [False, True])
async def test_a_channel_opens_to_an_address(balanced: bool) -> None:
    channel = channel_to(Address("dns:///127.0.0.1:9" if balanced else "127.0.0.1:9", balanced), ClientSettings())
    await channel.close()
