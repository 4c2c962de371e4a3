from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.errors import StackBusyError, StackStateError
from deploy.local.process import Process
from deploy.local.settings import Service
from deploy.local.state import Record, StateFile

processes = st.builds(
    Process,
    pid=st.integers(1, 2**31 - 1),
    started_at=st.floats(0, 4e9),
    command=st.lists(st.text()).map(tuple),
)
records = st.dictionaries(
    st.sampled_from(Service),
    st.builds(Record, processes, st.text(), st.dictionaries(st.text(), st.integers(0, 65535))),
)


@given(records)
def test_what_is_saved_is_loaded(given_records: dict[Service, Record]) -> None:
    with TemporaryDirectory() as folder:
        file = StateFile(Path(folder) / "home")
        file.save(given_records)
        assert file.load() == given_records


def test_without_servers_there_is_no_file(tmp_path: Path) -> None:
    file = StateFile(tmp_path)
    file.save({Service.KAFKA: Record(Process(1, 2.0, ("java",)), "127.0.0.1:9092")})
    assert [path.name for path in tmp_path.iterdir()] == ["stack.json"]
    file.save({})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"{", b'{"kafka": 1}', b'{"zookeeper": {}}'])
def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "stack.json").write_bytes(content)
    with pytest.raises(StackStateError, match=r"stack\.json cannot be read"):
        StateFile(tmp_path).load()


def test_one_command_at_a_time_is_at_work_in_a_folder(tmp_path: Path) -> None:
    with StateFile(tmp_path).locked():
        with pytest.raises(StackBusyError, match="another tideline up or down"), StateFile(tmp_path).locked():
            pass
        with StateFile(tmp_path / "other").locked():
            pass
    with StateFile(tmp_path).locked():
        pass
