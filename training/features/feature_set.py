"""FeatureSet: the features that one model reads, as columns of one matrix."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.features.catalog import FEATURES, SEQUENCES, find
from training.features.compiled import compiled, only_read
from training.features.errors import FeatureError, FeatureMismatchError
from training.features.feature import Feature
from training.features.moment import Moment


class FeatureSet:
    """F features in the order of the model's columns."""

    def __init__(self, names: Sequence[str]) -> None:
        """Take the features of these names.

        Raises UnknownFeatureError, and FeatureError for a name that stands twice or is that of a sequence.
        """
        self.names: Final = tuple(names)
        self.features: Final[tuple[Feature, ...]] = tuple(_column(name) for name in self.names)
        twice = {name for name in self.names if self.names.count(name) > 1}
        if twice:
            raise FeatureError(f"a feature is one column: {', '.join(sorted(twice))} stands twice; name it once")
        self._defaults = self._row("default")
        self._low, self._high = self._row("low"), self._row("high")

    def __len__(self) -> int:
        return len(self.names)

    @property
    def digests(self) -> dict[str, str]:
        """Digest of each definition, by name: what a model's manifest keeps."""
        return {feature.name: feature.digest for feature in self.features}

    def check(self, digests: Mapping[str, str]) -> None:
        """Raise FeatureMismatchError if a model with these digests was trained on other definitions."""
        mine = self.digests
        other = sorted(name for name in {*mine, *digests} if mine.get(name) != digests.get(name))
        if other:
            raise FeatureMismatchError(
                f"the model was trained on other definitions of {', '.join(other)}; train it anew with this version"
            )

    def matrix(self, moment: Moment) -> NDArray[np.float32]:
        """Return (N, F) the candidates' values: finite, within the range, the default where one is not known."""
        columns = np.empty((len(self), len(moment)), np.float32)
        for column, feature in zip(columns, self.features, strict=True):
            column[:] = feature.compute(moment)
        _bound(self._defaults, self._low, self._high, columns)
        return np.ascontiguousarray(columns.T)

    def _row(self, bound: str) -> NDArray[np.float32]:
        """Return (F,) a number of each feature, within what float32 holds."""
        limit = float(np.finfo(np.float32).max)
        return np.array([min(max(getattr(feature, bound), -limit), limit) for feature in self.features], np.float32)


@compiled(only_read("float32"), only_read("float32"), only_read("float32"), "float32[:, ::1]")
def _bound(
    defaults: NDArray[np.float32],
    low: NDArray[np.float32],
    high: NDArray[np.float32],
    columns: NDArray[np.float32],
) -> None:
    """Bring the values (F, N) within their features' bounds (F,), and put the default where one is NaN."""
    for feature in range(columns.shape[0]):
        default, least, most = defaults[feature], low[feature], high[feature]
        column = columns[feature]
        for candidate in range(columns.shape[1]):
            value = column[candidate]
            value = value if value == value else default
            value = value if value > least else least
            column[candidate] = value if value < most else most


def sequence(name: str, moment: Moment) -> NDArray[np.int32]:
    """Return (length,) the sequence of that name, -1 after its last item; raise FeatureError if there is none."""
    if name not in SEQUENCES:
        raise FeatureError(f"{name!r} is no sequence; there are {', '.join(SEQUENCES)}")
    return SEQUENCES[name].values(moment)


def _column(name: str) -> Feature:
    find(name)
    if name not in FEATURES:
        raise FeatureError(f"{name!r} is a sequence, no column of the matrix; read it by `feature_set.sequence`")
    return FEATURES[name]
