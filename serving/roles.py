"""Roles: which services a process runs, where they listen, and which parts of a request it asks others for."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from serving.bff.lines import PARTS
from serving.bff.work import RECOMMEND
from serving.discovery.addresses import Address, address_of, port_of
from serving.discovery.settings import DiscoverySettings
from serving.errors import InvalidConfigError
from serving.roster import SERVICES


class Roles(NamedTuple):
    """What one process is there for."""

    names: tuple[str, ...]
    """The services that it runs, by the names of the roster."""

    ports: tuple[int, ...]
    """Where it listens; on each of them all of its services answer. None: as `ServingSettings` says."""

    elsewhere: Mapping[str, Address]
    """The parts of a recommendation that other processes do, and where they are."""

    def folder(self, state_dir: Path) -> Path:
        """Return where the process keeps views: a folder of its own, for each of RocksDB's has one owner."""
        return state_dir if set(self.names) == set(SERVICES) else state_dir / "-".join(self.names)

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        port: int | None,
        discovery: DiscoverySettings,
        environment: Mapping[str, str],
    ) -> Self:
        """Return the roles of a process that is to run these services, all where none is named.

        All together have one port. Named ones have one each, their own, unless a port is given; a part of a
        recommendation that is not among them is another process's. Raises InvalidConfigError for an unknown name.
        """
        for name in names:
            if name not in SERVICES:
                raise InvalidConfigError("NAMES", f"no service is named {name!r}; there are {', '.join(SERVICES)}")
        if not names:
            return cls(tuple(SERVICES), () if port is None else (port,), {})
        own = tuple(dict.fromkeys(names))
        ports = tuple(port_of(name, environment) for name in own) if port is None else (port,)
        missing = [part for part in PARTS if part not in own] if RECOMMEND in own else []
        return cls(own, ports, {part: address_of(part, discovery, environment) for part in missing})
