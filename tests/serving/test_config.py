"""The names that a configuration may use are those of the components that there are."""

from functools import cached_property
from typing import cast

import pytest
from pydantic import ValidationError

from schemas.loading import local_codecs
from serving.config import CHANNELS, FILTERS, RULES, ScenarioConfig
from serving.models.shelf import Shelf
from serving.ranking.rankers import RANKERS, make_rankers
from serving.recall.channels import make_channels
from serving.recall.settings import RecallSettings
from serving.views.settings import ViewsSettings
from serving.views.stored import CatchUp
from serving.views.world import Views
from topics.changelogs import CHANGELOGS


def test_every_channel_may_be_named_and_set() -> None:
    views = Views(
        ViewsSettings(),
        local_codecs({topic.subject: topic.record for topic in CHANGELOGS}),
        cast(CatchUp, None),  # nothing is opened, so nothing is caught up
    )
    assert set(make_channels(views, Shelf(), RecallSettings())) == set(CHANNELS)
    assert all(ScenarioConfig().channel(name).limit for name in CHANNELS)


def test_every_ranker_may_be_named() -> None:
    assert set(make_rankers(Shelf())) == set(RANKERS)


def test_every_filter_and_rule_can_be_made() -> None:
    config = ScenarioConfig(filters=FILTERS, rules=RULES)
    assert [rule.name for rule in config.filter_chain(exclude_seen=True).rules] == list(FILTERS)
    assert [rule.name for rule in config.rule_chain.rules] == list(RULES)


def test_availability_stays_when_seen_goes() -> None:
    assert [rule.name for rule in ScenarioConfig().filter_chain(exclude_seen=False).rules] == ["availability"]


def test_nothing_stands_behind_what_is_pinned() -> None:
    with pytest.raises(ValidationError, match="must have pin last"):
        ScenarioConfig(rules=("pin", "diversity"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("block", {"items": [str(n) for n in range(1001)]}),
        ("block", {"tags": ["t" * 129]}),
        ("boost", {"authors": {"a": 0}}),
        ("boost", {"items": {"i": float("inf")}}),
        ("boost", {"items": {str(n): 2.0 for n in range(1001)}}),
        ("pin", {"places": [{"item": "a", "position": 0}, {"item": "b", "position": 0}]}),
        ("pin", {"places": [{"item": "a", "position": 0}, {"item": "a", "position": 1}]}),
        ("pin", {"places": [{"item": "a", "position": 500}]}),
        ("pin", {"places": [{"item": str(n), "position": n} for n in range(51)]}),
        ("frequency_cap", {"most": 0}),
        ("frequency_cap", {"window_days": 366}),
        ("freshness", {"percent": 101}),
        ("mmr", {"balance": 1.1}),
        ("hot", {"quota": 0}),
        ("hot", {"guaranteed": -1}),
        ("stale_after_s", 0),
    ],
)
def test_what_is_out_of_its_range_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        ScenarioConfig.model_validate({field: value})


def test_a_copy_has_nothing_that_was_derived_from_the_other() -> None:
    config = ScenarioConfig()
    _ = config.digest, config.rule_chain, config.merging, config.filter_chain(exclude_seen=True)
    other = {"rules": (), "filters": ("availability",)}
    copy, fresh = config.model_copy(update=other), ScenarioConfig(**other)
    assert copy.digest == fresh.digest != config.digest
    assert copy.rule_chain == fresh.rule_chain != config.rule_chain
    assert copy.filter_chain(exclude_seen=False) == fresh.filter_chain(exclude_seen=False)
    assert {name for name, kind in vars(ScenarioConfig).items() if isinstance(kind, cached_property)} == {
        "digest",
        "_filter_chains",
        "rule_chain",
        "merging",
    }, "each is left out of copies"
