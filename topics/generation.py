"""Generations: the derived topics of one rebuild, beside those of every other."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from topics.topic import Topic


@dataclass(frozen=True, slots=True)
class Generation:
    """One complete set of what agents derive from the events: the tables' changelogs and what travels between agents.

    The first has number 0 and the plain names, every later one its number behind each name. Generations share the
    events and nothing else, so one is built, or thrown away, while another serves.
    """

    number: int = 0

    def of(self, topic: Topic) -> Topic:
        """Return this generation's topic for a topic of the catalog: events are the same for all."""
        return replace(topic, name=self.name(topic), subject=topic.subject)

    def name(self, topic: Topic) -> str:
        """Return the name of this generation's topic for a topic of the catalog."""
        return self._named(topic.name) if topic.derived else topic.name

    def group(self, group: str) -> str:
        """Return the consumer group of this generation's workers."""
        return self._named(group)

    def folder(self, parent: Path) -> Path:
        """Return where this generation's rows are kept below `parent`."""
        return parent / f"g{self.number}" if self.number else parent

    def _named(self, name: str) -> str:
        return f"{name}.g{self.number}" if self.number else name

    def __str__(self) -> str:
        return str(self.number)


FIRST: Final = Generation()

_NUMBER: Final = re.compile(r"\.g\d+$")


def catalog_name(name: str) -> str:
    """Return the catalog's name of a topic of any generation."""
    return _NUMBER.sub("", name)
