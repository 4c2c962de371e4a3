"""Rules that the repository keeps about itself."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("schemas", "topics", "training", "agents", "serving", "deploy")
MAX_LINES = 300


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, check=True, capture_output=True, text=True)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists()]


def written() -> list[Path]:
    """Python files that a person wrote."""
    return [path for path in tracked("*.py") if not path.stem.endswith(("_pb2", "_pb2_grpc"))]


def test_files_stay_small_enough_to_have_one_job() -> None:
    too_long = {str(path): count for path in written() if (count := len(path.read_text().splitlines())) > MAX_LINES}
    assert too_long == {}


def test_every_module_says_what_it_is_for() -> None:
    product = [path for path in written() if "tests" not in path.relative_to(ROOT).parts]
    silent = [str(path) for path in product if path.read_text().strip() and not path.read_text().startswith('"""')]
    assert silent == []


@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if tracked(f"{folder}/*/*.py", f"{folder}/*.py")[1:]])
def test_every_folder_introduces_itself_in_sixty_lines(folder: str) -> None:
    readme = (ROOT / folder / "README.md").read_text().splitlines()
    assert len(readme) <= 60
    assert "## Decisions" in readme


@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if (ROOT / folder / "errors.py").exists()])
def test_every_folder_has_one_root_of_its_errors(folder: str) -> None:
    roots = re.findall(r"^class (\w+)\((?:TidelineError)\):", (ROOT / folder / "errors.py").read_text(), re.MULTILINE)
    assert roots == [f"{folder.capitalize()}Error"]


def test_nothing_crosses_a_process_as_a_pickle() -> None:
    pickled = [
        str(path) for path in written() if re.search(r"^\s*(import|from) pickle", path.read_text(), re.MULTILINE)
    ]
    assert pickled == []


def test_no_fold_and_no_feature_reads_a_clock() -> None:
    clock = re.compile(r"time\.time\(|datetime\.now|utcnow|perf_counter|monotonic")
    pure = tracked("agents/folds/*.py", "training/features/*.py")
    assert pure
    assert [str(path) for path in pure if clock.search(path.read_text())] == []


def test_no_file_names_a_package_index_or_this_machine() -> None:
    index = re.compile(r"https?://[a-z0-9.-]*(pypi|pythonhosted|maven|npmjs|crates)[a-z0-9.-]*")
    machine = re.compile(r"(?<![\w.])/(work|tmp)/\w")
    own = Path(__file__)
    text_files = [path for path in tracked() if path != own and path.suffix not in {".golden", ".png"}]
    assert [str(path) for path in text_files if index.search(path.read_text(errors="ignore"))] == []
    source = [path for path in written() if "tests" not in path.parts]
    assert [str(path) for path in source if machine.search(path.read_text())] == []


def test_every_entry_point_leads_to_a_command() -> None:
    from importlib.metadata import entry_points

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["tideline.cli"]
    assert declared == {entry.name: entry.value for entry in entry_points(group="tideline.cli")}
    for entry in entry_points(group="tideline.cli"):
        assert callable(entry.load()), entry.name


def test_every_locked_requirement_has_its_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pinned = re.findall(r"^[\w.-]+(?:\[[\w,]+\])?==", lock, re.MULTILINE)
    assert len(pinned) > 50
    assert all("--hash=sha256:" in block for block in re.split(r"^(?=[\w.-]+==)", lock, flags=re.MULTILINE)[1:])
