"""Catalog: all features, by name. A model names those that it reads."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from training.features.context import CONTEXT
from training.features.cross import CROSS
from training.features.errors import UnknownFeatureError
from training.features.feature import Feature, Sequence
from training.features.item import ITEM
from training.features.recall import RECALL
from training.features.user import SEQUENCES as USER_SEQUENCES
from training.features.user import USER

FEATURES: Final[Mapping[str, Feature]] = MappingProxyType(
    {feature.name: feature for feature in (*USER, *ITEM, *CONTEXT, *CROSS, *RECALL)}
)
"""What may be a column of the matrix."""

SEQUENCES: Final[Mapping[str, Sequence]] = MappingProxyType({each.name: each for each in USER_SEQUENCES})
"""Lists of item numbers for sequential models."""


def find(name: str) -> Feature | Sequence:
    """Return the feature or sequence of that name; raise UnknownFeatureError."""
    found = FEATURES.get(name) or SEQUENCES.get(name)
    if found is None:
        raise UnknownFeatureError(f"no feature is named {name!r}{_alike(name)}; see `tideline features list`")
    return found


def _alike(name: str) -> str:
    alike = get_close_matches(name, (*FEATURES, *SEQUENCES), n=3)
    return f", but {', '.join(alike)}" if alike else ""
