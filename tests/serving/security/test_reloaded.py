"""Files are read again when they change; what is wrong with them is told once, and changes nothing."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from serving.errors import InvalidConfigError
from serving.security.reloaded import Reloaded


def number(files: Sequence[bytes]) -> int:
    return sum(map(int, files))


def test_what_changes_is_read_again(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1")
    two.write_text("20")
    found = Reloaded([one, two], number)
    assert found.get() == 21
    one.write_text("300")
    assert found.get() == 320


def test_a_file_that_is_swapped_is_read_again(tmp_path: Path) -> None:
    shown, first, second = tmp_path / "shown", tmp_path / "first", tmp_path / "second"
    first.write_text("1")
    second.write_text("2")
    shown.symlink_to(first)
    found = Reloaded([shown], number)
    (tmp_path / "next").symlink_to(second)
    (tmp_path / "next").rename(shown)
    assert found.get() == 2


def test_while_it_is_wrong_what_was_read_before_stays(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "file"
    path.write_text("1")
    found = Reloaded([path], number)
    path.write_text("one")
    assert [found.get(), found.get()] == [1, 1]
    assert len(caplog.records) == 1
    path.unlink()
    assert found.get() == 1
    path.write_text("22")
    assert found.get() == 22


def test_at_start_it_has_to_be_right(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigError, match=r"absent: cannot be read"):
        Reloaded([tmp_path / "absent"], number)
    (tmp_path / "wrong").write_text("x")
    with pytest.raises(InvalidConfigError, match=r"wrong: invalid literal"):
        Reloaded([tmp_path / "wrong"], number)
