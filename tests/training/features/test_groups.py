"""Features by example: exact values for what is known."""

import math
from typing import Any

import numpy as np
import pytest

from schemas.hashing import id_hash
from tests.training.features.moments import (
    DAY,
    HIDE,
    HOUR,
    LIKE,
    NOW,
    RATE,
    VIEW,
    counts_of,
    facts_of,
    moment_of,
    user_of,
)
from training.features.catalog import FEATURES
from training.features.counts import ItemCounts
from training.features.facts import ItemFacts
from training.features.feature_set import sequence
from training.features.moment import Moment
from training.features.recents import YEAR_MS


def value(name: str, moment: Moment) -> Any:
    """Return what the feature is of each candidate, None where it is not known."""
    return [None if math.isnan(each) else pytest.approx(each, abs=1e-5) for each in FEATURES[name].values(moment)]


def published_in(*years: float) -> list[int]:
    return [round((year - 1970) * YEAR_MS) for year in years]


def of_items(**counts: list[Any]) -> Moment:
    size = len(next(iter(counts.values())))
    return moment_of(size, counts=counts_of(**counts))


def with_recents(facts: ItemFacts, recent: ItemFacts, *acts: tuple[int, int], **given: Any) -> Moment:
    """Return a moment after these (action, value), the latest first, one an hour."""
    user = user_of([(at, action, NOW - (at + 1) * HOUR, value) for at, (action, value) in enumerate(acts)])
    return moment_of(len(facts), facts=facts, user=user, recent_facts=recent, **given)


def test_item_counts_are_logs() -> None:
    moment = of_items(
        events=[0, 9], window_events=[[0, 0, 0, 0], [1, 3, 5, 7]], window_positives=[[0] * 4, [0, 2, 2, 2]]
    )
    assert value("item_popularity", moment) == [0, math.log(10)]
    for days, count in ((1, 1), (7, 3), (30, 5), (365, 7)):
        assert value(f"item_events_{days}d", moment) == [0, math.log(1 + count)]
    assert value("item_positives_7d", moment) == [0, math.log(3)]


def test_item_trends_are_short_over_long() -> None:
    moment = of_items(window_events=[[0, 0, 0, 0], [3, 7, 30, 365]])
    assert value("item_trend_1d_7d", moment) == [0, math.log(4 / 2)]
    assert value("item_trend_7d_30d", moment) == [0, 0]
    assert value("item_trend_30d_365d", moment) == [0, 0]


def test_item_rates_are_drawn_towards_their_priors() -> None:
    moment = of_items(events=[0, 10], positives=[0, 8], shown=[0, 80], rates=[0, 5], rating_sum=[0, 22_500])
    assert value("item_click_rate", moment) == [0.05, (8 + 1) / (80 + 20)]
    assert value("item_rating_mean", moment) == [3.5, (22.5 + 17.5) / 10]
    assert value("item_positive_share", moment) == [0.5, (8 + 2.5) / (5 + 5)]


def test_more_positive_actions_than_impressions_are_a_rate_of_one() -> None:
    assert value("item_click_rate", of_items(positives=[50], shown=[30])) == [(30 + 1) / (30 + 20)]


def test_item_ages_are_logs_of_days_and_of_hours() -> None:
    facts = facts_of([[], [], []], published=[NOW - 9 * DAY, -1, NOW + DAY])
    moment = moment_of(3, facts=facts, counts=counts_of(last_event=[NOW - 7 * HOUR, -1, NOW]))
    assert value("item_age", moment) == [math.log(10), None, 0]
    assert value("item_last_event", moment) == [math.log(8), None, 0]
    assert value("item_year", moment_of(2, facts=facts_of([[], []], published=[*published_in(1950.5), -1]))) == [
        -19.5,
        None,
    ]


def test_the_share_of_a_scenario_is_known_where_there_are_events() -> None:
    moment = moment_of(2, counts=counts_of(events=[8, 0]), scenario_counts=counts_of(events=[2, 0]))
    assert value("item_scenario_share", moment) == [0.25, None]
    assert value("item_scenario_popularity", moment) == [math.log(3), 0]


def test_categories_and_scenarios_are_hashed_alike_in_every_process() -> None:
    facts = ItemFacts.none(2)
    hashes = np.array([id_hash("drama"), 0], np.uint64)
    moment = moment_of(
        2, facts=ItemFacts(**{n: getattr(facts, n) for n in ItemFacts.__slots__} | {"category_hash": hashes})
    )
    assert value("item_category", moment) == [id_hash("drama") % 64, 0]
    assert value("scenario", moment) == [id_hash("feed") % 32] * 2


def test_user_features_count_back_from_the_moment() -> None:
    times = [NOW - 1, NOW - HOUR, NOW - HOUR - 1, NOW - 2 * DAY, NOW - 9 * DAY]
    user = user_of([(at, VIEW, time, 0) for at, time in enumerate(times)], {3: 1.0}, seen=99)
    moment = moment_of(1, user=user)
    counts = {span: value(f"user_actions_{span}", moment)[0] for span in ("1h", "1d", "7d", "30d")}
    assert counts == {"1h": 2, "1d": 3, "7d": 4, "30d": 5}
    assert value("user_since_1", moment) == [math.log1p(1 / HOUR)]
    assert value("user_since_5", moment) == [math.log1p(9 * 24)]
    assert value("user_since_20", moment) == [None]
    assert value("user_span", moment) == [math.log1p((9 * DAY - 1) / DAY)]
    assert (value("user_seen", moment), value("user_tags", moment)) == ([math.log(100)], [1])


def test_what_is_done_at_the_moment_itself_is_not_known_yet() -> None:
    """It may be what a model is to foretell."""
    user = user_of([(7, LIKE, NOW + 1, 0), (8, LIKE, NOW, 0), (9, LIKE, NOW - 1, 0)])
    moment = moment_of(1, user=user)
    assert value("user_recents", moment) == [1]
    assert sequence("user_items", moment)[:2].tolist() == [9, -1]


def test_user_stars_are_those_of_rates_with_a_value() -> None:
    recent = ItemFacts.none(4)
    moment = with_recents(ItemFacts.none(1), recent, (RATE, 5_000), (RATE, 3_000), (RATE, 0), (LIKE, 9_000))
    assert value("user_stars_mean", moment) == [(8 + 3 * 3.5) / (2 + 3)]
    assert value("user_stars_deviation", moment) == [1]
    assert value("user_positive_share", moment) == [(2 + 1.5) / (4 + 3)]


def test_context_is_utc() -> None:
    moment = moment_of(1)  # 20,000 days after a Thursday, and 15 hours
    assert (value("hour", moment), value("weekday", moment)) == ([15], [(3 + 20_000) % 7])
    quarter = math.sin(2 * math.pi * (15 + 1 / HOUR) / 24)
    assert value("hour_sine", moment) == [quarter]
    assert value("position", moment) == [None]
    assert value("position", moment_of(2, position=np.array([4, 0], np.float32))) == [4, 0]


def test_tag_affinities_are_summed_over_the_tags() -> None:
    user = user_of(tags={1: 3.0, 2: -4.0})
    facts = facts_of([[1], [1, 2], [9], [], [2, 7, 8, 9]], category=[1, 2, 9, -1, 2])
    moment = moment_of(5, user=user, facts=facts)
    assert value("cross_tag_sum", moment) == [3, -1, 0, 0, -4]
    assert value("cross_tag_mean", moment) == [3, -0.5, 0, None, -1]
    assert value("cross_tag_max", moment) == [3, 3, 0, None, 0]
    assert value("cross_tag_cosine", moment) == [0.6, -1 / (5 * math.sqrt(2)), 0, None, -4 / (5 * 2)]
    assert value("cross_category_tag", moment) == [3, -4, 0, None, -4]


def test_similarity_is_the_mean_cosine_with_the_last_items() -> None:
    recent = facts_of([[1, 2], [3], [], [1]])
    moment = with_recents(facts_of([[1], [1, 2], [3, 4], [5], []]), recent, *[(VIEW, 0)] * 4)
    half = 1 / math.sqrt(2)
    assert value("cross_similarity_1", moment) == [half, 1, 0, 0, None]
    assert value("cross_similarity_3", moment) == [half / 3, 1 / 3, half / 3, 0, None]
    assert value("cross_similarity_10", moment) == [(half + 1) / 4, (1 + half) / 4, half / 4, 0, None]
    assert value("cross_tag_met", moment) == [1, 1, 0.5, 0, None]


def test_the_cosine_with_what_was_done_lately_fades() -> None:
    moment = with_recents(facts_of([[1], [2]]), facts_of([[1], [2]]), (VIEW, 0), (VIEW, 0))
    fade = 2 ** (-1 / 10)
    length = math.sqrt(1 + fade**2)
    assert value("cross_tag_recent", moment) == [1 / length, fade / length]


def test_the_stars_of_a_tag_are_against_the_users_mean_and_shrunk() -> None:
    recent = facts_of([[1], [1], [2], [2]])
    acts = ((RATE, 5_000), (RATE, 4_000), (RATE, 3_000), (LIKE, 0))
    moment = with_recents(facts_of([[1], [2], [1, 2], [7]]), recent, *acts)
    one, two = (1 + 0) / (2 + 3), -1 / (1 + 3)
    assert value("cross_tag_stars", moment) == [one, two, (one + two) / 2, 0]
    assert value("cross_tag_stars", with_recents(facts_of([[1]]), facts_of([[1]]), (LIKE, 0))) == [None]


@pytest.mark.parametrize("word", ["author", "category"])
def test_the_same_author_and_category_count_where_there_is_one(word: str) -> None:
    facts = facts_of([[]] * 4, **{word: [1, 2, 3, -1]})
    recent = facts_of([[]] * 4, **{word: [1, 2, 1, -1]})
    moment = with_recents(facts, recent, (LIKE, 0), (HIDE, 0), (RATE, 5_000), (LIKE, 0))
    assert value(f"cross_{word}_recents", moment) == [2, 1, 0, 0]
    fade = 2 ** (-1 / 10)
    assert value(f"cross_{word}_affinity", moment) == [2 + 2 * fade**2, -2.5 * fade, 0, 0]


def test_years_are_compared_with_those_of_the_last_items() -> None:
    facts = facts_of([[], []], published=[*published_in(2000), -1])
    recent = facts_of([[]] * 3, published=[*published_in(1990, 1994), -1])
    moment = with_recents(facts, recent, *[(VIEW, 0)] * 3)
    assert value("cross_year_gap_1", moment) == [10, None]
    assert value("cross_year_gap_3", moment) == [8, None]
    fade = 2 ** (-1 / 10)
    mean = (1990 + 1994 * fade) / (1 + fade)
    deviation = math.sqrt(((1990 - mean) ** 2 + fade * (1994 - mean) ** 2) / (1 + fade))
    assert value("cross_year_standard", moment) == [(2000 - mean) / (deviation + 1), None]


def test_differences_are_item_less_user() -> None:
    counts = counts_of(events=[9, 0], rates=[5, 0], rating_sum=[25_000, 0])
    recent_counts = counts_of(events=[0, 99])
    moment = with_recents(
        facts_of([[], []]), ItemFacts.none(2), (RATE, 2_000), (VIEW, 0), counts=counts, recent_counts=recent_counts
    )
    user = (2 + 10.5) / 4
    assert value("cross_stars_difference", moment) == [(25 + 17.5) / 10 - user, 3.5 - user]
    assert value("cross_popularity_difference", moment) == [math.log(10) - math.log(100) / 2, -math.log(100) / 2]


def test_a_channels_list_is_told_by_score_rank_and_distance() -> None:
    proposed = np.array([[4, np.nan], [2, 7], [np.nan, np.nan], [2, np.inf], [0, np.nan]], np.float32)
    moment = moment_of(5, proposed=proposed, channels=("als", "hot"))
    deviation = math.sqrt((2**2 + 2**2) / 4)
    assert value("recall_als_score", moment) == [4, 2, None, 2, 0]
    assert value("recall_als_standard", moment) == [2 / deviation, 0, None, 0, -2 / deviation]
    assert value("recall_als_rank", moment) == [0, math.log(2), None, math.log(2), math.log(4)]
    assert value("recall_als_reciprocal", moment) == [1, 0.5, None, 0.5, 0.25]
    assert value("recall_als_proposed", moment) == [1, 1, 0, 1, 1]
    assert value("recall_hot_standard", moment) == [None, 0, None, None, None]
    assert value("recall_channels", moment) == [1, 2, 0, 1, 1]
    assert value("recall_tag_proposed", moment) == [0] * 5


def test_the_merged_list_is_told_like_a_channels() -> None:
    moment = moment_of(3, fused=np.array([0.2, 0.4, -0.1], np.float32))
    assert value("recall_fused_rank", moment) == [math.log(2), 0, math.log(3)]
    assert value("recall_fused_reciprocal", moment) == [0.5, 1, 1 / 3]


def test_nothing_is_counted_of_nothing() -> None:
    none = ItemCounts.none(2)
    assert none.take(slice(1)).window_events.tolist() == [[0, 0, 0, 0]]
    assert none.last_event.tolist() == [-1, -1]
