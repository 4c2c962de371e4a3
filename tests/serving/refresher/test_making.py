"""Making: an answer becomes a record that says when it may be answered again."""

from schemas.packing import unpack_floats, unpack_rows
from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.refresher.making import list_of, request_for
from serving.refresher.triggers import Wanted
from topics.catalog import BEHAVIOR
from topics.changelogs import USER_ACTIVITY, USER_HISTORY, USER_PROFILE


def test_the_question_is_for_later_and_for_a_state_that_knows_the_event() -> None:
    asked = request_for(Wanted("t", "u", "home"), 50, 3, 7)
    assert (asked.tenant_id, asked.user_id, asked.scenario_id, asked.count) == ("t", "u", "home", 50)
    assert asked.ahead
    assert (asked.at_least[0].topic, asked.at_least[0].partition, asked.at_least[0].offset) == (BEHAVIOR.name, 3, 7)


def test_a_list_is_written_with_all_that_says_when_it_holds() -> None:
    rows = [
        pb.FoldedRow(topic=USER_ACTIVITY.name, applied={0: 7}),
        pb.FoldedRow(topic=USER_HISTORY.name, applied={0: 6}),
        pb.FoldedRow(topic=USER_PROFILE.name, applied={1: 5}),
    ]
    items = [
        pb.RecommendedItem(item_id="a", score=2, channels=[pb.ChannelScore(channel="hot", score=3)], reason="popular"),
        pb.RecommendedItem(item_id="b", score=1, channels=[pb.ChannelScore(channel="als", score=4)], reason="near"),
    ]
    made = list_of(
        pb.RecommendResponse(
            items=items, request_id="r", as_of_ms=5, rows=rows, ranker="deepfm", model_version="v1", config_digest="d"
        )
    )
    assert (made.applied, made.history, made.profile) == ({"0": 7}, {"0": 6}, {"1": 5})
    assert (made.request_id, made.as_of, made.ranker, made.model_version) == ("r", 5, "deepfm", "v1")
    assert (made.items, made.reasons, made.channels) == (["a", "b"], ["popular", "near"], ["hot", "als"])
    assert unpack_floats(made.scores).tolist() == [2, 1]
    proposed = unpack_rows(made.proposed, 2)
    assert (proposed[0, 0], proposed[1, 1]) == (3, 4)
    assert proposed[0, 1] != proposed[0, 1]
    assert made.config_digest == "d"
