"""Context features: when and where a list is asked for. Times are UTC."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.hashing import id_hash
from training.features.feature import Feature, Group, Kind
from training.features.formulas import DAY_MS, HOUR_MS
from training.features.moment import Moment

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SCENARIOS: Final = 32
_THURSDAY: Final = 3
"""The first of January 1970."""


def _hours(moment: Moment) -> float:
    return moment.as_of_ms % DAY_MS / HOUR_MS


def _weekday(moment: Moment) -> float:
    return float((moment.as_of_ms // DAY_MS + _THURSDAY) % len(_DAYS))


def _position(moment: Moment) -> NDArray[np.float32] | float:
    return np.nan if moment.position is None else moment.position


CONTEXT: Final = (
    Feature(
        name="hour",
        group=Group.CONTEXT,
        doc="hour of the day",
        compute=lambda moment: float(moment.as_of_ms % DAY_MS // HOUR_MS),
        high=23.0,
        kind=Kind.CATEGORY,
        vocabulary=tuple(map(str, range(24))),
    ),
    Feature(
        name="hour_sine",
        group=Group.CONTEXT,
        doc="sine of the time of day as an angle from midnight on",
        compute=lambda moment: float(np.sin(2 * np.pi * _hours(moment) / 24)),
        low=-1.0,
        high=1.0,
    ),
    Feature(
        name="hour_cosine",
        group=Group.CONTEXT,
        doc="cosine of the time of day as an angle from midnight on",
        compute=lambda moment: float(np.cos(2 * np.pi * _hours(moment) / 24)),
        low=-1.0,
        high=1.0,
    ),
    Feature(
        name="weekday",
        group=Group.CONTEXT,
        doc="day of the week",
        compute=_weekday,
        high=6.0,
        kind=Kind.CATEGORY,
        vocabulary=_DAYS,
    ),
    Feature(
        name="scenario",
        group=Group.CONTEXT,
        doc="bucket of the hash of the scenario's name",
        compute=lambda moment: float(id_hash(moment.scenario) % _SCENARIOS),
        high=_SCENARIOS - 1.0,
        kind=Kind.BUCKET,
        buckets=_SCENARIOS,
        params={"hash": "xxh3_64"},
    ),
    Feature(
        name="position",
        group=Group.CONTEXT,
        doc="position at which an item was shown, from 0; while it is not decided, each is scored as the first",
        compute=_position,
        high=500.0,
    ),
)
