"""Roles: what a process runs, where it listens, and whom it asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.bff.lines import PARTS
from serving.discovery.addresses import Address
from serving.discovery.settings import DiscoverySettings
from serving.errors import InvalidConfigError
from serving.roles import Roles
from serving.roster import SERVICES

PLAIN = DiscoverySettings()


def test_a_process_runs_all_services_on_the_port_of_the_settings_by_default() -> None:
    roles = Roles.of([], None, PLAIN, {})
    assert (set(roles.names), roles.ports, roles.elsewhere) == (set(SERVICES), (), {})
    assert roles.folder(Path("views")) == Path("views")


def test_named_ones_have_ports_and_a_folder_of_their_own() -> None:
    roles = Roles.of(["ranking", "recall", "ranking"], None, PLAIN, {"TIDELINE_DISCOVERY_RECALL_PORT": "9000"})
    assert (roles.names, roles.ports, roles.elsewhere) == (("ranking", "recall"), (8082, 9000), {})
    assert roles.folder(Path("views")) == Path("views/ranking-recall")


def test_a_given_port_is_the_only_one() -> None:
    assert Roles.of(["ranking", "recall"], 7000, PLAIN, {}).ports == (7000,)
    assert Roles.of([], 0, PLAIN, {}).ports == (0,)


def test_recommend_alone_asks_others_for_the_parts() -> None:
    roles = Roles.of(["recommend", "ranking"], None, PLAIN, {"TIDELINE_DISCOVERY_RECALL_ADDRESS": "box:7"})
    assert roles.elsewhere == {"recall": Address("box:7", False), "reranking": Address("127.0.0.1:8083", False)}


@given(st.lists(st.sampled_from(sorted(SERVICES)), min_size=1))
def test_what_is_not_run_here_is_asked_for_and_nothing_else(names: list[str]) -> None:
    roles = Roles.of(names, None, PLAIN, {})
    assert set(roles.names) == set(names)
    assert len(set(roles.ports)) == len(roles.names)
    asked = set(roles.elsewhere)
    assert asked == (set(PARTS) - set(names) if "recommend" in names else set())


@pytest.mark.parametrize("name", ["", "oracle", "Recall", "recall "])
def test_an_unknown_service_is_refused(name: str) -> None:
    with pytest.raises(InvalidConfigError, match="recall, ranking"):
        Roles.of(["recall", name], None, PLAIN, {})
