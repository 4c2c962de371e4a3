"""The agents that a worker runs."""

from typing import Any, Final

from agents.audience import AUDIENCE_AGENT
from agents.behavior import BEHAVIOR_AGENT
from agents.catalogue import CATALOGUE_AGENT
from agents.profiles import PROFILES_AGENT
from agents.runtime.agent import Agent

AGENTS: Final[tuple[Agent[Any], ...]] = (BEHAVIOR_AGENT, AUDIENCE_AGENT, CATALOGUE_AGENT, PROFILES_AGENT)
