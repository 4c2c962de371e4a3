from __future__ import annotations

import os

import pytest

from deploy.errors import PortTakenError
from deploy.local.ports import FREE_PORTS, free_ports, is_free, require_free
from tests.deploy.listening import listening


def test_a_listener_takes_its_port() -> None:
    with listening() as port:
        assert not is_free(port)
    assert is_free(port)


def test_the_holder_of_a_taken_port_is_named() -> None:
    with listening() as port, pytest.raises(PortTakenError, match=rf"\(pid {os.getpid()}\)") as refused:
        require_free(port, "kafka", "kafka_port")
    assert "TIDELINE_STACK_KAFKA_PORT" in str(refused.value)


def test_more_free_ports_than_there_are_is_an_error() -> None:
    with pytest.raises(PortTakenError, match="no 10001 free ports"):
        free_ports(len(FREE_PORTS) + 1)
