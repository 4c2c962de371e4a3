"""Downloads from a Maven repository of this test's own."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from jgo.maven import Artifact, MavenContext

from deploy.errors import ArtifactError
from deploy.local.artifacts import Artifacts
from deploy.local.download import VerifiedResolver
from deploy.local.ports import HOST, free_ports
from deploy.local.progress import Silent
from deploy.local.settings import Service

CONTENT = b"not really a jar" * 100
JAR = "/org/example/thing/1.0/thing-1.0.jar"
SHA1 = hashlib.sha1(CONTENT).hexdigest().encode()


class Repository(BaseHTTPRequestHandler):
    """Serves `files`; a file of more bytes than it sends is cut off."""

    files: dict[str, bytes]
    missing = 0

    def do_GET(self) -> None:
        content = self.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content) + self.missing))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@contextmanager
def repository(files: dict[str, bytes], missing: int = 0) -> Iterator[str]:
    handler = type("Handler", (Repository,), {"files": files, "missing": missing})
    with ThreadingHTTPServer((HOST, 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()


class Recorder(Silent):
    """Remembers what was downloaded."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        self.fetched: dict[str, int] = {}

    @contextmanager
    def download(self, name: str, size: int) -> Iterator[Callable[[int], None]]:
        self.sizes[name] = size
        self.fetched[name] = 0

        def advance(count: int) -> None:
            self.fetched[name] += count

        yield advance

    def service(self, service: Service, doing: str) -> None:
        raise AssertionError((service, doing))


@pytest.fixture
def artifact(tmp_path: Path) -> Callable[[str], Artifact]:
    def of(url: str) -> Artifact:
        context = MavenContext(
            resolver=VerifiedResolver(Silent()), repo_cache=tmp_path / "m2", remote_repos={"test": url}
        )
        return context.project("org.example", "thing").at_version("1.0").artifact()

    return of


def files_of(artifact: Artifact) -> list[Path]:
    return [path for path in artifact.context.repo_cache.rglob("*") if path.is_file()]


def test_a_whole_file_is_kept_and_progress_is_told(artifact: Callable[[str], Artifact]) -> None:
    recorder = Recorder()
    with repository({JAR: CONTENT, f"{JAR}.sha1": SHA1}) as url:
        thing = artifact(url)
        path = VerifiedResolver(recorder).download(thing)
    assert path.read_bytes() == CONTENT
    assert thing.resolve() == path  # from the cache: the repository is gone
    assert recorder.sizes == recorder.fetched == {"thing-1.0.jar": len(CONTENT)}


@pytest.mark.parametrize(
    ("files", "missing", "message"),
    [
        ({JAR: CONTENT, f"{JAR}.sha1": b"0" * 40}, 0, "is damaged"),
        ({}, 0, "answered 404"),
        ({JAR: CONTENT, f"{JAR}.sha1": SHA1}, 7, "cannot fetch thing-1.0.jar"),
    ],
    ids=["wrong checksum", "not there", "cut off"],
)
def test_anything_less_leaves_nothing(
    artifact: Callable[[str], Artifact], files: dict[str, bytes], missing: int, message: str
) -> None:
    with repository(files, missing) as url:
        thing = artifact(url)
        with pytest.raises(ArtifactError, match=message):
            thing.resolve()
    assert files_of(thing) == []


def test_without_a_network_the_message_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    (port,) = free_ports(1)
    with Artifacts(tmp_path / "cache", Silent(), f"http://{HOST}:{port}") as artifacts:
        with pytest.raises(ArtifactError, match=r"cannot fetch .*check the network.*TIDELINE_STACK_MAVEN_URL"):
            artifacts.kafka_classpath()
        with pytest.raises(ArtifactError, match="cannot fetch apicurio-registry-app"):
            artifacts.registry_home()
    assert not (tmp_path / "cache").exists()


def test_a_damaged_archive_is_not_unpacked_by_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    archive = "/io/apicurio/apicurio-registry-app/3.3.3/apicurio-registry-app-3.3.3-all.tar.gz"
    files = {archive: CONTENT, f"{archive}.sha1": SHA1}
    with (
        repository(files) as url,
        Artifacts(tmp_path / "cache", Silent(), url) as artifacts,
        pytest.raises(ArtifactError, match="is damaged"),
    ):
        artifacts.registry_home()
    assert list((tmp_path / "cache").iterdir()) == []
