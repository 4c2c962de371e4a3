"""The agents that a worker runs."""

from collections.abc import Set
from typing import Any, Final

from agents.audience import AUDIENCE_AGENT
from agents.behavior import BEHAVIOR_AGENT
from agents.catalogue import CATALOGUE_AGENT
from agents.errors import UnknownAgentError
from agents.profiles import PROFILES_AGENT
from agents.runtime.agent import Agent

AGENTS: Final[tuple[Agent[Any], ...]] = (BEHAVIOR_AGENT, AUDIENCE_AGENT, CATALOGUE_AGENT, PROFILES_AGENT)


def chosen(names: Set[str]) -> tuple[Agent[Any], ...]:
    """Return the agents of these names, all of them for none; raise UnknownAgentError if there is no such."""
    known = {agent.name for agent in AGENTS}
    if unknown := names - known:
        there_are = ", ".join(sorted(known))
        raise UnknownAgentError(f"no agent is named {', '.join(sorted(unknown))}; there are {there_are}")
    return tuple(agent for agent in AGENTS if agent.name in (names or known))
