"""Kafka and the registry as Maven artifacts: resolved once, then read from the local repository."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from jgo.maven import Artifact, MavenContext

from deploy.errors import ArtifactError
from deploy.local.download import VerifiedResolver
from deploy.local.progress import Progress

KAFKA = "org.apache.kafka:kafka_2.13:4.1.1"
# Kafka logs through SLF4J 1.7 and leaves the choice of a backend to its distribution; without one it logs nothing.
# Its version is that of the log4j which Kafka brings along.
KAFKA_LOGGING = "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3"
REGISTRY = ("io.apicurio", "apicurio-registry-app", "3.3.3")

PARALLEL_DOWNLOADS = 8


class Artifacts:
    """Finds the servers' files, and fetches those that are not in the local Maven repository yet.

    A context manager: leaving it closes its connections. All methods block, and raise ArtifactError or
    DiskFullError as `VerifiedResolver.download` does.
    """

    def __init__(self, cache: Path, progress: Progress, maven_url: str | None = None) -> None:
        """Choose where files come from and go to.

        Args:
            cache: folder for unpacked archives. Jars stay in Maven's own repository (~/.m2 or M2_REPO).
            progress: told of each download.
            maven_url: a repository to ask instead of Maven Central.
        """
        self._cache = cache
        self._resolver = VerifiedResolver(progress)
        self._context = MavenContext(resolver=self._resolver, remote_repos={"maven": maven_url} if maven_url else None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._resolver.close()

    def kafka_classpath(self) -> list[Path]:
        """Return the jars of the Kafka broker and all that it needs."""
        inputs, transitive = self._resolver.resolve([self._context.create_dependency(KAFKA)])
        # Not resolved together with Kafka: log4j's parent would choose the versions of Kafka's own jars.
        logging = self._context.create_dependency(KAFKA_LOGGING)
        return self._fetch([dependency.artifact for dependency in (*inputs, *transitive, logging)])

    def registry_home(self) -> Path:
        """Return the unpacked folder of Apicurio Registry."""
        group, name, version = REGISTRY
        home = self._cache / f"{name}-{version}"
        if not home.is_dir():
            component = self._context.project(group, name).at_version(version)
            (archive,) = self._fetch([component.artifact(classifier="all", packaging="tar.gz")])
            _unpack(archive, home)
        return home

    @staticmethod
    def _fetch(artifacts: Sequence[Artifact]) -> list[Path]:
        with ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool:
            return list(pool.map(Artifact.resolve, artifacts))


def _unpack(archive: Path, home: Path) -> None:
    """Unpack so that `home` exists only when it is whole, whoever else unpacks it meanwhile."""
    home.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=home.parent, prefix=f".{home.name}."))
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(part, filter="data")
        part.chmod(0o755)
        part.rename(home)  # fails where another process was quicker, which is as good
    except (tarfile.TarError, EOFError) as error:
        raise ArtifactError(f"{archive} is damaged ({error}); delete it and try again") from error
    except OSError:
        if not home.is_dir():
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
