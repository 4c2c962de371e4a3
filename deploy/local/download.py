"""Fetch Maven artifacts whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from pathlib import Path

import httpx
from jgo.maven import Artifact, PythonResolver
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

from deploy.errors import ArtifactError, DiskFullError
from deploy.local.progress import Progress
from deploy.local.settings import variable


class VerifiedResolver(PythonResolver):  # type: ignore[misc]  # jgo is not typed
    """jgo's resolver with a download of its own.

    jgo writes straight to the cache and only warns of a wrong checksum, so a cut connection or a killed process
    leaves half a jar that every later start takes for whole. Here a file takes its name in the cache when all of
    it has come and its checksum is right; two processes may fetch the same file at once.
    """

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress
        self._client = httpx.Client(follow_redirects=True, timeout=httpx.Timeout(30, connect=10))

    def close(self) -> None:
        """Close the connections to the repository."""
        self._client.close()

    def download(self, artifact: Artifact) -> Path:
        """Fetch the artifact into the local repository and return its path.

        Raises:
            ArtifactError: no repository could be reached, or none has it, or its checksum is wrong.
            DiskFullError: there was no room to write it.
        """
        target: Path = artifact.cached_path
        target.parent.mkdir(parents=True, exist_ok=True)
        repository = next(iter(artifact.context.remote_repos.values())).rstrip("/")
        url = f"{repository}/{artifact.component.path_prefix.as_posix()}/{artifact.filename}"
        try:
            self._fetch(url, target)
        except httpx.HTTPStatusError as error:
            raise ArtifactError(f"{url} answered {error.response.status_code}") from error
        except httpx.TransportError as error:
            raise ArtifactError(
                f"cannot fetch {artifact.filename} from {httpx.URL(url).host}: {error or type(error).__name__}; "
                "the first start downloads about 220 MB: check the network, "
                f"or set {variable('maven_url')} to a mirror"
            ) from error
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise DiskFullError(f"no room for {target}; free some space and try again") from error
            raise
        return target

    @retry(
        retry=retry_if_exception_type((httpx.ReadError, httpx.RemoteProtocolError, httpx.ReadTimeout)),
        stop=stop_after_attempt(3),
        wait=wait_exponential(max=5),
        reraise=True,
    )
    def _fetch(self, url: str, target: Path) -> None:
        digest = hashlib.sha1(usedforsecurity=False)
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        part = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file, self._client.stream("GET", url) as response:
                response.raise_for_status()
                size = int(response.headers.get("content-length", 0))
                with self._progress.download(target.name, size) as advance:
                    for piece in response.iter_bytes():
                        file.write(piece)
                        digest.update(piece)
                        advance(len(piece))
            self._verify(url, digest.hexdigest())
            part.chmod(0o644)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def _verify(self, url: str, found: str) -> None:
        """Compare with the checksum that every file of Maven Central has beside it."""
        response = self._client.get(f"{url}.sha1").raise_for_status()
        expected = response.text.split()[0]
        if found != expected:
            raise ArtifactError(f"{url} is damaged: its SHA-1 is {found}, not {expected}; try again")
