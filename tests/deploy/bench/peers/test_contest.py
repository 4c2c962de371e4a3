"""Peers that cannot be run are reported, not guessed."""

from pathlib import Path

import pytest
from rich.console import Console

from deploy.bench.peers.contest import CONTESTANTS, Contest


@pytest.mark.parametrize("scripts", [None, "empty"])
async def test_without_scripts_all_are_absent(tmp_path: Path, scripts: str | None) -> None:
    folder = None if scripts is None else tmp_path
    outcomes = await Contest(Console(quiet=True), folder, "127.0.0.1:1", 10, tmp_path).run()
    assert outcomes.rates == {}
    assert list(outcomes.absent) == list(CONTESTANTS)
