"""The agents together: every table has one writer, and `agents` is our package, not the one of that name on PyPI."""

from collections import Counter
from pathlib import Path

import agents
from agents.roster import AGENTS
from topics.changelogs import CHANGELOGS


def test_every_table_is_written_by_exactly_one_agent() -> None:
    writers = Counter(table.changelog.name for agent in AGENTS for table in agent.tables)
    assert writers == {changelog.name: 1 for changelog in CHANGELOGS}


def test_agents_is_ours() -> None:
    assert agents.__file__ is not None
    assert Path(agents.__file__).parent.parent == Path(__file__).parents[2]
