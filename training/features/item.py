"""Item features: how old it is, how it did, and how that changes."""

from typing import Final

import numpy as np

from training.features.counts import WINDOWS
from training.features.feature import Feature, Group, Kind
from training.features.formulas import DAY_MS, HOUR_MS, Numbers, log_age, smoothed, trend
from training.features.moment import Moment

RATING_PRIOR: Final = 3.5
RATING_WEIGHT: Final = 5.0
_CATEGORIES: Final = 64


def rating_mean(moment: Moment) -> Numbers:
    """Return (N,) mean stars, drawn towards RATING_PRIOR as if by RATING_WEIGHT rates."""
    counts = moment.counts
    return smoothed(counts.rating_sum / 1000, counts.rates, RATING_PRIOR, RATING_WEIGHT)


def _window(index: int) -> Feature:
    days = WINDOWS[index]
    return Feature(
        name=f"item_events_{days}d",
        group=Group.ITEM,
        doc=f"log(1 + actions in the {days} days before)",
        compute=lambda moment: moment.window_logs[index],
        params={"days": days},
    )


def _positives(index: int) -> Feature:
    days = WINDOWS[index]
    return Feature(
        name=f"item_positives_{days}d",
        group=Group.ITEM,
        doc=f"log(1 + positive actions other than rates in the {days} days before)",
        compute=lambda moment: np.log1p(moment.counts.window_positives[:, index]),
        params={"days": days},
    )


def _trend(index: int) -> Feature:
    short, long = WINDOWS[index], WINDOWS[index + 1]
    return Feature(
        name=f"item_trend_{short}d_{long}d",
        group=Group.ITEM,
        doc=f"log of the actions in {short} days over those that the pace of {long} days lets expect; 0 is steady",
        compute=lambda moment: trend(
            moment.window_logs[index], moment.counts.window_events[:, index + 1], short / long
        ),
        low=-30.0,
        high=30.0,
        params={"short": short, "long": long},
    )


def _click_rate(window: int | None, prior: float, weight: float) -> Feature:
    def rate(moment: Moment) -> Numbers:
        counts = moment.counts
        hits = counts.positives if window is None else counts.window_positives[:, window]
        shown = counts.shown if window is None else counts.window_shown[:, window]
        # Who found the item without our showing it acted, too: at most as many as were shown can have been hits.
        return smoothed(np.minimum(hits, shown), shown, prior, weight)

    span = "ever" if window is None else f"in the {WINDOWS[window]} days before"
    return Feature(
        name="item_click_rate" if window is None else f"item_click_rate_{WINDOWS[window]}d",
        group=Group.ITEM,
        doc=f"positive actions by impression {span}, drawn towards {prior} as if by {weight:g} impressions",
        compute=rate,
        default=prior,
        high=1.0,
        params={"prior": prior, "weight": weight, "days": 0 if window is None else WINDOWS[window]},
    )


def _scenario_share(moment: Moment) -> Numbers:
    events = moment.counts.events
    return np.where(events > 0, moment.scenario_counts.events / np.maximum(events, 1), np.nan)


ITEM: Final = (
    Feature(
        name="item_age",
        group=Group.ITEM,
        doc="log(1 + days since it was published)",
        compute=lambda moment: log_age(moment.as_of_ms, moment.facts.publish_time, DAY_MS),
    ),
    Feature(
        name="item_year",
        group=Group.ITEM,
        doc="when it was published, in years after 1970",
        compute=lambda moment: moment.years - 1970,
        low=-10_000.0,
        high=10_000.0,
    ),
    Feature(
        name="item_last_event",
        group=Group.ITEM,
        doc="log(1 + hours since the latest action on it)",
        compute=lambda moment: log_age(moment.as_of_ms, moment.counts.last_event, HOUR_MS),
        default=14.0,
    ),
    Feature(
        name="item_popularity",
        group=Group.ITEM,
        doc="log(1 + actions ever)",
        compute=lambda moment: moment.popularity,
    ),
    *(_window(index) for index in range(len(WINDOWS))),
    *(_positives(index) for index in range(len(WINDOWS))),
    *(_trend(index) for index in range(len(WINDOWS) - 1)),
    Feature(
        name="item_positive_share",
        group=Group.ITEM,
        doc="share of its actions other than rates that are positive, drawn towards 0.5 as if by 5 of them",
        compute=lambda moment: smoothed(
            moment.counts.positives, np.maximum(moment.counts.events - moment.counts.rates, 0), 0.5, 5.0
        ),
        default=0.5,
        high=1.0,
        params={"prior": 0.5, "weight": 5.0},
    ),
    Feature(
        name="item_shown",
        group=Group.ITEM,
        doc="log(1 + impressions ever)",
        compute=lambda moment: np.log1p(moment.counts.shown),
    ),
    _click_rate(None, prior=0.05, weight=20.0),
    _click_rate(1, prior=0.05, weight=20.0),
    Feature(
        name="item_rating_mean",
        group=Group.ITEM,
        doc=f"mean of its stars, drawn towards {RATING_PRIOR} as if by {RATING_WEIGHT:g} rates",
        compute=rating_mean,
        default=RATING_PRIOR,
        high=5.0,
        params={"prior": RATING_PRIOR, "weight": RATING_WEIGHT},
    ),
    Feature(
        name="item_rates",
        group=Group.ITEM,
        doc="log(1 + rates ever)",
        compute=lambda moment: np.log1p(moment.counts.rates),
    ),
    Feature(
        name="item_scenario_popularity",
        group=Group.ITEM,
        doc="log(1 + actions ever in the moment's scenario)",
        compute=lambda moment: np.log1p(moment.scenario_counts.events),
    ),
    Feature(
        name="item_scenario_share",
        group=Group.ITEM,
        doc="share of its actions that were in the moment's scenario",
        compute=_scenario_share,
        high=1.0,
    ),
    Feature(
        name="item_tags",
        group=Group.ITEM,
        doc="how many categories and tags it has",
        compute=lambda moment: moment.facts.tag_counts,
    ),
    Feature(
        name="item_category",
        group=Group.ITEM,
        doc="bucket of its first category's hash; 0 where it has none",
        compute=lambda moment: moment.facts.category_hash % np.uint64(_CATEGORIES),
        kind=Kind.BUCKET,
        buckets=_CATEGORIES,
        high=_CATEGORIES - 1.0,
        params={"hash": "xxh3_64"},
    ),
)
