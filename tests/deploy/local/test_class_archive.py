from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from deploy.local.artifacts import Artifacts
from deploy.local.class_archive import ClassArchive
from deploy.local.jvm import Jvm
from deploy.local.progress import Silent
from deploy.local.settings import StackSettings

WHOLE = b"\xf0\x0b\xab\xa8 and the rest"
BEING_WRITTEN = b"\x00\x00\x00\x00 and the rest"


@pytest.fixture
def archive(tmp_path: Path) -> ClassArchive:
    jar = tmp_path / "some.jar"
    jar.write_bytes(b"")
    archive = ClassArchive(tmp_path / "cache", "some", [jar])
    archive.prepare()
    return archive


def recorded_to(archive: ClassArchive) -> Path:
    (option,) = (option for option in archive.options(record=True) if "ArchiveClassesAtExit" in option)
    return Path(option.partition("=")[2])


def test_each_jvm_writes_a_file_of_its_own_until_there_is_an_archive(archive: ClassArchive) -> None:
    first, second = recorded_to(archive), recorded_to(archive)
    assert first != second
    first.write_bytes(WHOLE)
    second.write_bytes(WHOLE)
    archive.prepare()
    (option,) = archive.options(record=True)
    shared = Path(option.removeprefix("-XX:SharedArchiveFile="))
    assert shared.read_bytes() == WHOLE
    assert not first.exists()
    assert not second.exists()


def test_what_a_killed_jvm_left_is_not_used(archive: ClassArchive) -> None:
    recorded_to(archive).write_bytes(BEING_WRITTEN)
    archive.prepare()
    assert recorded_to(archive)


def test_a_tool_only_reads(archive: ClassArchive) -> None:
    assert archive.options(record=False) == []


def test_changed_jars_have_another_archive(archive: ClassArchive) -> None:
    recorded_to(archive).write_bytes(WHOLE)
    archive.prepare()
    assert len(archive.options(record=False)) == 1
    archive.classpath[0].write_bytes(b"another version")
    assert archive.options(record=False) == []


@pytest.mark.integration
def test_a_jvm_reads_what_another_one_wrote(tmp_path: Path) -> None:
    with Artifacts(StackSettings().cache.expanduser(), Silent()) as artifacts:
        classpath = artifacts.kafka_classpath()
    archive = ClassArchive(tmp_path, "tool", classpath)
    for sharing in ("record", "require"):
        archive.prepare()
        options = archive.options(record=True) + (["-Xshare:on"] if sharing == "require" else [])
        command = Jvm(128, quick=True, sharing=options).run_class(classpath, "kafka.tools.StorageTool", "random-uuid")
        # -Xshare:on refuses to start without a usable archive.
        subprocess.run(command, check=True, capture_output=True)
        assert any("ArchiveClassesAtExit" in option for option in options) == (sharing == "record")
