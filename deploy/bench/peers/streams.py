"""Kafka Streams: jars by jgo, compiled and run with the JDK that is installed."""

import asyncio
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from jgo.maven import Artifact, MavenContext

from deploy.bench.errors import PeerAbsentError, PeerError
from deploy.local.download import VerifiedResolver
from deploy.local.progress import Silent

HEAP: Final = "-Xmx1g"
BUCKETS: Final = Path(str(files("deploy.bench.peers") / "Buckets.java"))
"""The same job with Tideline's algorithm."""


async def classpath(project: Path, classes: Path) -> str:
    """Compile the project's sources and ours into `classes`; return the class path that runs them.

    Args:
        project: folder of a Maven project: `pom.xml` names the jars.
        classes: folder to compile into.

    Raises:
        PeerAbsentError: no Java compiler is installed.
        PeerError: it does not compile.
        ArtifactError: the jars cannot be fetched.
    """
    javac = shutil.which("javac")
    if javac is None or shutil.which("java") is None:
        raise PeerAbsentError("no JDK is installed, with which to compile and run Kafka Streams")
    jars = await asyncio.to_thread(_jars, project / "pom.xml")
    path = ":".join(map(str, [classes, *jars]))
    sources = [*(project / "src" / "main" / "java").rglob("*.java"), BUCKETS]
    await asyncio.to_thread(_compile, [javac, "-d", str(classes), "-cp", path, *map(str, sources)])
    return path


def command(path: str, main: str, events: int, tag: str, threads: int, folder: Path) -> list[str]:
    """Return the command that runs a class; `tag` names its application, `folder` takes its state."""
    java = shutil.which("java") or "java"
    options = [HEAP, f"-Djava.io.tmpdir={folder}", "-cp", path]
    return [java, *options, main, str(events), tag, str(threads)]


def coordinates(pom: Path) -> list[str]:
    """Return the dependencies that a pom.xml names, as `group:artifact:version`."""
    found = ElementTree.parse(pom).iterfind(".//{*}dependency")  # noqa: S314  # a file of ours, not from outside
    names = ("groupId", "artifactId", "version")
    return [":".join(dependency.findtext("{*}" + name, "") for name in names) for dependency in found]


def _jars(pom: Path) -> list[Path]:
    resolver = VerifiedResolver(Silent())
    try:
        context = MavenContext(resolver=resolver)
        inputs, transitive = resolver.resolve([context.create_dependency(name) for name in coordinates(pom)])
        with ThreadPoolExecutor() as pool:
            return list(pool.map(Artifact.resolve, [found.artifact for found in (*inputs, *transitive)]))
    finally:
        resolver.close()


def _compile(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PeerError(f"Kafka Streams' job does not compile:\n{done.stderr.strip()}")
