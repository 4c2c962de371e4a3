"""Recall features: what the channels said of a candidate."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from training.features.feature import Feature, Group
from training.features.lists import ChannelList

CHANNELS: Final = (
    "als",
    "ease",
    "ease_acts",
    "ease_any",
    "hot",
    "item_cf",
    "recent",
    "retrieval",
    "sasrec",
    "tag",
    "transitions",
    "user_cf",
    "vector",
)
"""Channels that a model may read of; one that was not asked proposed nothing."""

_DEEPEST: Final = 2000
"""Most items that a channel may propose; and the rank of what it did not."""

_HUGE: Final = 1e9


def _channel(name: str) -> tuple[Feature, ...]:
    def feature(
        what: str, doc: str, compute: Callable[[ChannelList], NDArray[Any]], default: float, low: float, high: float
    ) -> Feature:
        return Feature(
            name=f"recall_{name}_{what}",
            group=Group.RECALL,
            doc=doc,
            compute=lambda moment: compute(moment.channel(name)),
            default=default,
            low=low,
            high=high,
            params={"channel": name},
        )

    return (
        feature("score", f"score of channel {name}", lambda of: of.score, 0.0, -_HUGE, _HUGE),
        feature(
            "standard",
            f"score of channel {name}: standard deviations above the mean of its list; -3 if not proposed",
            lambda of: of.standard,
            -3.0,
            -100.0,
            100.0,
        ),
        feature(
            "rank",
            f"natural logarithm of the rank in the list of channel {name} among the candidates; 0 for the first",
            lambda of: np.log(of.rank),
            float(np.log(_DEEPEST)),
            0.0,
            float(np.log(_DEEPEST)),
        ),
        feature(
            "relative",
            f"score of channel {name} over the greatest in its list by magnitude; 0 if not proposed",
            lambda of: of.relative,
            0.0,
            -1.0,
            1.0,
        ),
        feature("reciprocal", f"1 / rank in the list of channel {name}", lambda of: 1 / of.rank, 0.0, 0.0, 1.0),
        feature("proposed", f"1 if channel {name} proposed it", lambda of: ~np.isnan(of.rank), 0.0, 0.0, 1.0),
    )


RECALL: Final = (
    *(feature for name in CHANNELS for feature in _channel(name)),
    Feature(
        name="recall_channels",
        group=Group.RECALL,
        doc="how many channels proposed it",
        # A product: numpy takes four times as long to add up many short rows.
        compute=lambda moment: (
            np.isfinite(moment.proposed).astype(np.float32) @ np.ones(len(moment.channels), np.float32)
        ),
        high=100.0,
    ),
    Feature(
        name="recall_fused_score",
        group=Group.RECALL,
        doc="merged score of all channels",
        compute=lambda moment: moment.fused_list.score,
        low=-_HUGE,
        high=_HUGE,
    ),
    Feature(
        name="recall_fused_standard",
        group=Group.RECALL,
        doc="merged score of all channels: standard deviations above the mean of the list",
        compute=lambda moment: moment.fused_list.standard,
        default=-3.0,
        low=-100.0,
        high=100.0,
    ),
    Feature(
        name="recall_fused_rank",
        group=Group.RECALL,
        doc="natural logarithm of the rank by the merged score; 0 for the first",
        compute=lambda moment: np.log(moment.fused_list.rank),
        default=8.0,
        high=16.0,
    ),
    Feature(
        name="recall_fused_reciprocal",
        group=Group.RECALL,
        doc="1 / rank by the merged score",
        compute=lambda moment: 1 / moment.fused_list.rank,
        high=1.0,
    ),
)
