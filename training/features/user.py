"""User features: what was done lately, how much, and with what result. One number holds for all candidates."""

from math import fsum, log1p, nan, sqrt
from typing import Final

import numpy as np

from training.features.feature import Feature, Group, Sequence
from training.features.formulas import DAY_MS, HOUR_MS
from training.features.moment import Moment

RECENTS: Final = 50
_WINDOWS: Final = {"1h": HOUR_MS, "1d": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS}
_STARS_PRIOR: Final = 3.5
_STARS_WEIGHT: Final = 3.0


def stars_mean(moment: Moment) -> float:
    """Return the mean of the user's last stars, drawn towards 3.5 as if by 3 rates."""
    recents = moment.recents
    stars = recents.rated_stars
    return (fsum(stars) + _STARS_WEIGHT * _STARS_PRIOR) / (len(stars) + _STARS_WEIGHT)


def _since(position: int) -> Feature:
    def since(moment: Moment) -> float:
        times = moment.recents.times
        return log1p((moment.as_of_ms - int(times[position])) / HOUR_MS) if len(times) > position else nan

    return Feature(
        name=f"user_since_{position + 1}",
        group=Group.USER,
        doc=f"log(1 + hours since the last action but {position})"
        if position
        else "log(1 + hours since the last action)",
        compute=since,
        default=14.0,
        params={"position": position},
    )


def _actions(span: str) -> Feature:
    return Feature(
        name=f"user_actions_{span}",
        group=Group.USER,
        doc=f"how many of the last {RECENTS} actions were in the {span} before",
        compute=lambda moment: float((moment.recents.times >= moment.as_of_ms - _WINDOWS[span]).sum()),
        high=float(RECENTS),
        params={"window_ms": _WINDOWS[span]},
    )


def _stars_deviation(moment: Moment) -> float:
    stars = moment.recents.rated_stars
    if len(stars) < 2:
        return nan
    mean = fsum(stars) / len(stars)
    return sqrt(fsum((each - mean) ** 2 for each in stars) / len(stars))


def _span(moment: Moment) -> float:
    times = moment.recents.times
    return log1p(int(times[0] - times[-1]) / DAY_MS) if len(times) else nan


USER: Final = (
    Feature(
        name="user_seen",
        group=Group.USER,
        doc="log(1 + items ever acted on)",
        compute=lambda moment: log1p(moment.user.seen),
    ),
    Feature(
        name="user_recents",
        group=Group.USER,
        doc=f"how many actions are remembered one by one, {RECENTS} at most",
        compute=lambda moment: float(len(moment.recents)),
        high=float(RECENTS),
    ),
    _since(0),
    _since(4),
    _since(19),
    Feature(
        name="user_span",
        group=Group.USER,
        doc="log(1 + days between the first and the last of the remembered actions)",
        compute=_span,
    ),
    *(_actions(span) for span in _WINDOWS),
    Feature(
        name="user_stars_mean",
        group=Group.USER,
        doc=f"mean of the remembered stars, drawn towards {_STARS_PRIOR} as if by {_STARS_WEIGHT:g} rates",
        compute=stars_mean,
        default=_STARS_PRIOR,
        high=5.0,
        params={"prior": _STARS_PRIOR, "weight": _STARS_WEIGHT},
    ),
    Feature(
        name="user_stars_deviation",
        group=Group.USER,
        doc="standard deviation of the remembered stars",
        compute=_stars_deviation,
        default=1.0,
        high=2.5,
    ),
    Feature(
        name="user_positive_share",
        group=Group.USER,
        doc="share of the remembered actions that are positive, drawn towards 0.5 as if by 3 of them",
        compute=lambda moment: (int(np.count_nonzero(moment.recents.positive)) + 1.5) / (len(moment.recents) + 3.0),
        default=0.5,
        high=1.0,
        params={"prior": 0.5, "weight": 3.0},
    ),
    Feature(
        name="user_tags",
        group=Group.USER,
        doc="how many tags there is an affinity for",
        compute=lambda moment: float(len(moment.user.tags)),
    ),
    Feature(
        name="user_popularity",
        group=Group.USER,
        doc="mean of log(1 + actions ever) of the remembered items",
        compute=lambda moment: moment.recents.popularity,
    ),
)

SEQUENCES: Final = (
    Sequence(
        name="user_items",
        group=Group.USER,
        doc=f"numbers of the items of the last {RECENTS} actions, the latest first",
        length=RECENTS,
        compute=lambda moment: moment.recents.items[:RECENTS],
    ),
)
