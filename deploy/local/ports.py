"""Ports of the loopback interface: find free ones, and say who holds a taken one."""

from __future__ import annotations

import random
import socket

import psutil

from deploy.errors import PortTakenError
from deploy.local.settings import variable

HOST = "127.0.0.1"

# Below the ranges from which Linux (32768) and macOS (49152) take the ports of outgoing connections. A port from
# within them may be gone by the time a JVM has started, and a client that retries a killed server there can be
# connected to itself, after which the server cannot have its port back.
FREE_PORTS = range(20000, 30000)


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port of the loopback interface now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port that lingers in TIME_WAIT is not taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_ports(count: int) -> list[int]:
    """Return that many different ports on which nobody listens now.

    Raises:
        PortTakenError: there are not so many.
    """
    candidates = random.sample(FREE_PORTS, len(FREE_PORTS))
    free = [port for port, _ in zip(filter(is_free, candidates), range(count), strict=False)]
    if len(free) < count:
        raise PortTakenError(f"no {count} free ports between {FREE_PORTS.start} and {FREE_PORTS.stop}")
    return free


def require_free(port: int, owner: str, field: str) -> None:
    """Make sure that a server can listen on the port.

    Args:
        port: the port of the loopback interface.
        owner: the server that wants it, for the message.
        field: the field of `StackSettings` that chooses another one, for the message.

    Raises:
        PortTakenError: somebody else listens there; the message says who, where the system tells.
    """
    if not is_free(port):
        raise PortTakenError(
            f"port {port}, wanted by {owner}, is taken{_holder(port)}; stop that process or set {variable(field)}"
        )


def _holder(port: int) -> str:
    """Return ' by NAME (pid N)', or nothing where the system does not tell."""
    try:
        listening = [
            connection.pid
            for connection in psutil.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid
        ]
        return f" by {psutil.Process(listening[0]).name()} (pid {listening[0]})" if listening else ""
    except psutil.Error:  # other users' processes are hidden on some systems
        return ""
