from __future__ import annotations

from pathlib import Path

import pytest

from deploy.errors import DiskFullError
from deploy.local.disk import require_space
from deploy.local.settings import StackSettings
from deploy.local.stack import LocalStack


def test_enough_room_is_no_error_even_for_a_folder_to_be_made(tmp_path: Path) -> None:
    require_space(tmp_path / "not" / "yet", 1)


async def test_a_full_disk_stops_the_stack_before_it_writes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = StackSettings.disposable(home=home, min_free_mb=10**12)
    with pytest.raises(DiskFullError, match=rf"{home} has \d+ MiB free.*TIDELINE_STACK_HOME"):
        async with LocalStack(settings):
            pass
    assert not home.exists()
