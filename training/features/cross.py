"""Cross features: how a candidate meets what is known of the user."""

from typing import Final

import numpy as np

from training.features.feature import Feature, Group
from training.features.formulas import Numbers
from training.features.item import RATING_PRIOR, RATING_WEIGHT, rating_mean
from training.features.moment import Moment
from training.features.shared import Shared
from training.features.user import RECENTS, stars_mean


def _shared(moment: Moment, word: str) -> Shared:
    return moment.authors if word == "author" else moment.categories


def _count(word: str) -> Feature:
    return Feature(
        name=f"cross_{word}_recents",
        group=Group.CROSS,
        doc=f"how many of the remembered actions were on items of its {_WORDS[word]}",
        compute=lambda moment: _shared(moment, word).sums(np.ones(len(moment.recents))),
        high=float(RECENTS),
    )


def _affinity(word: str) -> Feature:
    return Feature(
        name=f"cross_{word}_affinity",
        group=Group.CROSS,
        doc=f"strength of the remembered actions on items of its {_WORDS[word]}, each ten actions back half as much",
        compute=lambda moment: _shared(moment, word).sums(moment.recents.weight * moment.recents.strength),
        low=-100.0,
        high=100.0,
    )


def _similarity(last: int) -> Feature:
    return Feature(
        name=f"cross_similarity_{last}",
        group=Group.CROSS,
        doc=f"mean cosine between its tags and those of the last {last} items" if last > 1 else _LAST,
        compute=lambda moment: moment.tastes.similarity(last),
        high=1.0,
        params={"last": last},
    )


def _year_gap(last: int) -> Feature:
    def distance(moment: Moment) -> Numbers:
        years = moment.recents.years[:last]
        known = years[~np.isnan(years)]
        gap: Numbers = np.abs(moment.years - (known.mean() if len(known) else np.nan))
        return gap

    return Feature(
        name=f"cross_year_gap_{last}",
        group=Group.CROSS,
        doc=f"years between its publication and the mean of that of the last {last} items",
        compute=distance,
        default=20.0,
        high=10_000.0,
        params={"last": last},
    )


def _year_standard(moment: Moment) -> Numbers:
    known = ~np.isnan(moment.recents.years)
    if not known.any():
        return np.full(len(moment), np.nan)
    years, weight = moment.recents.years[known], moment.recents.weight[known]
    mean = (years * weight).sum() / weight.sum()
    deviation = np.sqrt((weight * (years - mean) ** 2).sum() / weight.sum())
    standard: Numbers = (moment.years - mean) / (deviation + 1)
    return standard


_WORDS: Final = {"author": "author", "category": "first category"}
_LAST: Final = "cosine between its tags and those of the last item"

CROSS: Final = (
    Feature(
        name="cross_tag_sum",
        group=Group.CROSS,
        doc="sum of the user's affinities for its tags",
        compute=lambda moment: moment.tastes.affinity_sum,
        low=-1e6,
        high=1e6,
    ),
    Feature(
        name="cross_tag_mean",
        group=Group.CROSS,
        doc="mean of the user's affinities for its tags",
        compute=lambda moment: moment.tastes.affinity_mean,
        low=-1e6,
        high=1e6,
    ),
    Feature(
        name="cross_tag_max",
        group=Group.CROSS,
        doc="greatest of the user's affinities for its tags",
        compute=lambda moment: moment.tastes.affinity_max,
        low=-1e6,
        high=1e6,
    ),
    Feature(
        name="cross_tag_cosine",
        group=Group.CROSS,
        doc="cosine between the user's affinities and its tags",
        compute=lambda moment: moment.tastes.affinity_cosine,
        low=-1.0,
        high=1.0,
    ),
    Feature(
        name="cross_tag_recent",
        group=Group.CROSS,
        doc="cosine between the tags of the remembered items, each ten back half as much, and its tags",
        compute=lambda moment: moment.tastes.recent_cosine,
        high=1.0,
    ),
    Feature(
        name="cross_tag_stars",
        group=Group.CROSS,
        doc="mean over its tags of the stars that the user gave to the tag, less the user's mean; shrunk by 3 rates",
        compute=lambda moment: moment.tastes.liking,
        low=-5.0,
        high=5.0,
    ),
    Feature(
        name="cross_tag_met",
        group=Group.CROSS,
        doc="share of its tags that a remembered item has",
        compute=lambda moment: moment.tastes.met,
        high=1.0,
    ),
    Feature(
        name="cross_category_tag",
        group=Group.CROSS,
        doc="the user's affinity for its first category",
        compute=lambda moment: moment.tastes.category_affinity,
        low=-1e6,
        high=1e6,
    ),
    *(make(word) for word in _WORDS for make in (_count, _affinity)),
    *(_similarity(last) for last in (1, 3, 10)),
    *(_year_gap(last) for last in (1, 3, 10)),
    Feature(
        name="cross_year_standard",
        group=Group.CROSS,
        doc="years between its publication and that of the remembered items, weighted by recency; over their spread",
        compute=_year_standard,
        low=-10_000.0,
        high=10_000.0,
    ),
    Feature(
        name="cross_stars_difference",
        group=Group.CROSS,
        doc="its mean stars less the user's, both smoothed",
        compute=lambda moment: rating_mean(moment) - stars_mean(moment),
        low=-5.0,
        high=5.0,
        params={"prior": RATING_PRIOR, "weight": RATING_WEIGHT},
    ),
    Feature(
        name="cross_popularity_difference",
        group=Group.CROSS,
        doc="its log(1 + actions ever) less the mean of that of the remembered items",
        compute=lambda moment: moment.popularity - moment.recents.popularity,
        low=-50.0,
        high=50.0,
    ),
)
