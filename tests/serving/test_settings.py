import pytest

from serving.settings import ServingSettings


def test_the_workers_group_is_the_one_that_workers_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIDELINE_WORKER_GROUP", raising=False)
    assert ServingSettings().worker_group == "tideline"
    monkeypatch.setenv("TIDELINE_WORKER_GROUP", "others")
    assert ServingSettings().worker_group == "others"
    assert ServingSettings(worker_group="mine").worker_group == "mine"
