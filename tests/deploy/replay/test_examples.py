"""Examples from history: nothing of what is to be foretold is known when they are made."""

from pathlib import Path

import numpy as np
import orjson
import pytest
from typer.testing import CliRunner

from deploy.load.movielens import read_behavior, read_catalogue
from deploy.replay.cli import app
from deploy.replay.examples import HEADS, HistorySettings, history_examples, taken
from schemas.records import Action, BehaviorEvent, ItemChange
from serving.config import ScenarioConfig
from tests.deploy.evaluation.movies import write_movies
from topics.catalog import BEHAVIOR
from topics.topic import Topic
from training.behavior_log import TenantEvents
from training.errors import UnfitExamplesError
from training.example_files import ExampleReader
from training.split import per_user

SETTINGS = HistorySettings("demo", "movies", levels=2, share=0.2)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[BehaviorEvent], list[ItemChange]]:
    folder = write_movies(tmp_path_factory.mktemp("history") / "data")
    catalogue = list(read_catalogue(folder, "demo", lambda place, why: None))
    genres = {change.item_id: change.categories or [] for change in catalogue}
    return read_behavior(folder, "demo", genres, lambda place, why: None), catalogue


def test_lists_hold_what_was_taken_next_among_others(log: tuple[list[BehaviorEvent], list[ItemChange]]) -> None:
    events, catalogue = log
    told: list[str] = []
    examples = history_examples(events, catalogue, ScenarioConfig(), SETTINGS, told.append)
    examples.checked()
    assert examples.heads == HEADS
    assert len(told) == 2
    positives = np.add.reduceat(examples.labels[:, 0], examples.starts[:-1])
    assert (positives >= 1).all()  # a list without any says nothing of order
    assert (examples.labels[:, 1] >= examples.labels[:, 0]).all()
    assert examples.labels[:, 0].mean() < 0.5


def test_what_comes_after_the_cut_changes_no_feature(log: tuple[list[BehaviorEvent], list[ItemChange]]) -> None:
    """The same history with its last level's outcomes turned around: other labels, the same features."""
    events, catalogue = log
    one = history_examples(events, catalogue, ScenarioConfig(), SETTINGS)
    before, after = per_user(events, SETTINGS.share)
    turned = [
        BehaviorEvent(**{**{name: getattr(e, name) for name in e.__struct_fields__}, "value": 5.0}) for e in after
    ]
    other = history_examples([*before, *turned], catalogue, ScenarioConfig(), SETTINGS)
    first = {(int(time), row.tobytes()) for time, row in zip(one.time, one.values, strict=True)}
    second = {(int(time), row.tobytes()) for time, row in zip(other.time, other.values, strict=True)}
    assert first <= second


def test_stars_decide_what_was_liked() -> None:
    events = [
        BehaviorEvent("1", "t", "u", "a", Action.RATE, 1, value=3.5),
        BehaviorEvent("2", "t", "u", "b", Action.RATE, 1, value=3.0),
        BehaviorEvent("3", "t", "u", "c", Action.LIKE, 1),
        BehaviorEvent("4", "t", "u", "c", Action.VIEW, 1),
    ]
    assert taken(events, 3.5) == {"u": {"a": True, "b": False, "c": True}}
    assert taken(events, 4.0) == {"u": {"a": False, "b": False, "c": True}}


def test_an_empty_log_is_refused() -> None:
    with pytest.raises(UnfitExamplesError, match="nothing to learn from"):
        history_examples([], [], ScenarioConfig(), SETTINGS)


def test_the_command_writes_what_training_reads(
    log: tuple[list[BehaviorEvent], list[ItemChange]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Held(list[object]):
        refused = 0

    def connect(topic: Topic, tenant: str) -> Held:
        assert tenant == "demo"
        return Held(log[0] if topic is BEHAVIOR else log[1])

    monkeypatch.setattr(TenantEvents, "connect", connect)
    out = tmp_path / "examples.arrow"
    result = CliRunner().invoke(app, ["history", "--out", str(out), "--levels", "1", "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    printed = orjson.loads(result.stdout.splitlines()[-1])
    reader = ExampleReader.open(out)
    assert printed["examples"] == sum(map(len, reader.batches(1000)))
    assert reader.digests.keys() == set(reader.features)
