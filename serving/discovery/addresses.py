"""Addresses: where a service is, as a function of settings and environment, and of nothing else."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from serving.discovery.settings import DiscoverySettings, Mode
from serving.errors import InvalidConfigError
from serving.roster import SERVICES

_IN_KUBERNETES: Final = "KUBERNETES_SERVICE_HOST"
"""Set in every container of every pod."""

_OF_THE_MESH: Final = ("ISTIO_META_", "ISTIO_PROXY")
"""What names begin with that Istio's injection, or an operator, sets where a proxy stands beside the process."""

_OVERRIDES: Final = "TIDELINE_DISCOVERY_"
_DNS: Final = "dns:///"
_DEFAULT_NAMESPACE: Final = "default"
_HOST: Final = re.compile(r"\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")


class Address(NamedTuple):
    """Where a service is."""

    target: str
    """What a gRPC channel is opened to."""

    balanced: bool
    """Whether the client is to take turns among all addresses that the name stands for."""


def mode_of(settings: DiscoverySettings, environment: Mapping[str, str]) -> Mode:
    """Return the mode that is set, or else the one that the environment shows."""
    if settings.mode is not None:
        return settings.mode
    if _IN_KUBERNETES not in environment:
        return Mode.LOCAL
    return Mode.ISTIO if any(name.startswith(_OF_THE_MESH) for name in environment) else Mode.K8S


def address_of(service: str, settings: DiscoverySettings, environment: Mapping[str, str]) -> Address:
    """Return where the service of that name in the roster is.

    `TIDELINE_DISCOVERY_<NAME>_ADDRESS` overrides all: host:port, or dns:///host:port to take turns among the host's
    addresses. `_HOST` and `_PORT` override one half each. Raises InvalidConfigError, naming the variable, if one of
    them is not what it should be.
    """
    given = environment.get(_variable(service, "ADDRESS"))
    if given:
        plain = given.removeprefix(_DNS)
        balanced = plain != given
        return Address(f"{_DNS if balanced else ''}{_checked(plain, _variable(service, 'ADDRESS'))}", balanced)
    port = port_of(service, environment)
    host = environment.get(_variable(service, "HOST"))
    if host:
        if not _HOST.fullmatch(host):
            raise InvalidConfigError(_variable(service, "HOST"), f"must be a host, not {host!r}")
        return Address(f"{host}:{port}", balanced=False)
    name = f"{settings.prefix}-{service}"
    match mode_of(settings, environment):
        case Mode.LOCAL:
            return Address(f"127.0.0.1:{port}", balanced=False)
        case Mode.ISTIO:
            return Address(f"{name}:{port}", balanced=False)
        case Mode.K8S:
            namespace = settings.namespace or environment.get("POD_NAMESPACE") or _DEFAULT_NAMESPACE
            return Address(f"{_DNS}{name}.{namespace}.svc.{settings.cluster_domain}:{port}", balanced=True)


def port_of(service: str, environment: Mapping[str, str]) -> int:
    """Return where the service listens when it runs by itself: its own setting's, or else the roster's.

    Raises InvalidConfigError, naming the variable, if that is no port.
    """
    variable = _variable(service, "PORT")
    given = environment.get(variable)
    return _port(given, variable) if given else SERVICES[service].port


def _variable(service: str, what: str) -> str:
    return f"{_OVERRIDES}{service.upper()}_{what}"


def _checked(address: str, variable: str) -> str:
    host, _, port = address.rpartition(":")
    if not _HOST.fullmatch(host):
        raise InvalidConfigError(variable, f"must be host:port, not {address!r}")
    return f"{host}:{_port(port, variable)}"


def _port(text: str, variable: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535):
        raise InvalidConfigError(variable, f"must be a port from 1 to 65535, not {text!r}")
    return int(text)
