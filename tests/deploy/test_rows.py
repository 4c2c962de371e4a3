from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.load.errors import LoadError
from deploy.load.rows import Place, rows


def read(path: Path, content: bytes) -> tuple[list[tuple[int, list[str]]], dict[int, str]]:
    file = path / "some.csv"
    file.write_bytes(content)
    bad: dict[int, str] = {}
    good = [
        (place.line, row) for place, row in rows(file, ("a", "b"), lambda place, why: bad.update({place.line: why}))
    ]
    return good, bad


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rows")


@given(lines=st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line)))
def test_every_line_is_a_row_or_is_rejected_at_its_place(folder: Path, lines: list[bytes]) -> None:
    good, bad = read(folder, b"\n".join([b"a,b", *lines]) + b"\n")

    assert sorted([line for line, _ in good] + list(bad)) == list(range(2, len(lines) + 2))
    assert all(len(row) == 2 for _, row in good)


def test_a_stray_quote_costs_its_own_line_only(folder: Path) -> None:
    good, bad = read(folder, b'a,b\n1,2\n3,"4\n5,6\n')

    assert good == [(2, ["1", "2"]), (4, ["5", "6"])]
    assert list(bad) == [3]


@pytest.mark.parametrize(
    ("line", "why"), [(b"1", "1 columns"), (b"1,2,3", "3 columns"), (b"", "0 columns"), (b"\xff,2", "UTF-8")]
)
def test_a_bad_line_says_why(folder: Path, line: bytes, why: str) -> None:
    good, bad = read(folder, b"a,b\n" + line + b"\n1,2\n")

    assert good == [(3, ["1", "2"])]
    assert why in bad[2]


def test_columns_are_found_by_name_behind_a_byte_order_mark(folder: Path) -> None:
    good, bad = read(folder, b'\xef\xbb\xbfb,x,a\r\n2,-,"1,5"\r\n')

    assert good == [(2, ["1,5", "2"])]
    assert not bad


@pytest.mark.parametrize("content", [b"", b"a,c\n1,2\n", b"\xff\n"])
def test_a_file_without_the_columns_cannot_be_loaded(folder: Path, content: bytes) -> None:
    with pytest.raises(LoadError, match=r"some\.csv"):
        read(folder, content)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"absent\.csv"):
        list(rows(tmp_path / "absent.csv", ("a",), lambda _place, _why: None))


def test_a_place_reads_as_compilers_write_it() -> None:
    assert str(Place("ratings.csv", 17)) == "ratings.csv:17"
