"""Making: what is asked of the recommender, and its answer as a record."""

from typing import Final

import numpy as np

from schemas.list_records import RefreshedList
from schemas.packing import pack_floats
from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.api.recommender.v1.common_pb2 import LogPosition
from serving.refresher.triggers import Wanted
from topics.catalog import BEHAVIOR
from topics.changelogs import USER_ACTIVITY, USER_HISTORY, USER_PROFILE

_NAN: Final = float("nan")


def request_for(wanted: Wanted, count: int, partition: int, offset: int) -> pb.RecommendRequest:
    """Return the question for a list that knows the event at this place."""
    return pb.RecommendRequest(
        tenant_id=wanted.tenant,
        user_id=wanted.user,
        scenario_id=wanted.scenario,
        count=count,
        ahead=True,
        at_least=[LogPosition(topic=BEHAVIOR.name, partition=partition, offset=offset)],
    )


def list_of(answer: pb.RecommendResponse) -> RefreshedList:
    """Return the answer as it is written: with all that says when it may be answered again."""
    channels = list(dict.fromkeys(each.channel for item in answer.items for each in item.channels))
    column = {channel: at for at, channel in enumerate(channels)}
    proposed = np.full((len(answer.items), len(channels)), _NAN, np.float32)
    for row, item in enumerate(answer.items):
        for each in item.channels:
            proposed[row, column[each.channel]] = each.score
    rows = {row.topic: {str(partition): at for partition, at in row.applied.items()} for row in answer.rows}
    return RefreshedList(
        applied=rows.get(USER_ACTIVITY.name, {}),
        history=rows.get(USER_HISTORY.name, {}),
        profile=rows.get(USER_PROFILE.name, {}),
        request_id=answer.request_id,
        as_of=answer.as_of_ms,
        items=[item.item_id for item in answer.items],
        scores=pack_floats(np.array([item.score for item in answer.items], np.float32)),
        channels=channels,
        proposed=pack_floats(proposed),
        reasons=[item.reason for item in answer.items],
        ranker=answer.ranker,
        model_version=answer.model_version,
        config_digest=answer.config_digest,
    )
