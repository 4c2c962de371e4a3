"""The agents together: every table has one writer, and `agents` is our package, not the one of that name on PyPI."""

from collections import Counter
from pathlib import Path

import pytest

import agents
from agents.errors import UnknownAgentError
from agents.roster import AGENTS, chosen
from topics.changelogs import CHANGELOGS


def test_every_table_is_written_by_exactly_one_agent() -> None:
    writers = Counter(table.changelog.name for agent in AGENTS for table in agent.tables)
    assert writers == {changelog.name: 1 for changelog in CHANGELOGS}


def test_agents_is_ours() -> None:
    assert agents.__file__ is not None
    assert Path(agents.__file__).parent.parent == Path(__file__).parents[2]


def test_all_agents_run_unless_some_are_named() -> None:
    assert chosen(frozenset()) == AGENTS
    assert [agent.name for agent in chosen({"audience", "behavior"})] == ["behavior", "audience"]


def test_an_unknown_agent_is_named_with_those_that_there_are() -> None:
    with pytest.raises(UnknownAgentError, match="no agent is named x; there are audience, behavior"):
        chosen({"behavior", "x"})
