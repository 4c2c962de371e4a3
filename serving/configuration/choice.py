"""Choice: the configuration that one request is answered by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from serving.config import ScenarioConfig


@dataclass(frozen=True, slots=True)
class Choice:
    """How one request is answered, and by whose word."""

    config: ScenarioConfig

    arms: Mapping[str, str] = field(default_factory=dict)
    """By experiment, the arm that the user is in."""

    versions: str = ""
    """`component@version` of each that was written to the log, joined by `, `; empty where all is from a file."""


class Configured(Protocol):
    """What knows how requests are to be answered: a file, or a file and what operators changed since."""

    def choose(self, tenant: str, scenario: str, user: str) -> Choice:
        """Return how a request is answered; asked once a request, which keeps to it until its end."""
        ...
