"""The names that a configuration may use are those of the components that there are."""

from typing import cast

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
    config = ScenarioConfig(rules=RULES)
    assert [rule.name for rule in config.filter_chain(exclude_seen=True).rules] == list(FILTERS)
    assert [rule.name for rule in config.rule_chain().rules] == list(RULES)


def test_availability_stays_when_seen_goes() -> None:
    assert [rule.name for rule in ScenarioConfig().filter_chain(exclude_seen=False).rules] == ["availability"]
