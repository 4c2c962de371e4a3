"""One ranker a file; RANKERS is what a configuration may name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from serving.ranking.protocol import Ranker
from serving.ranking.rankers.random import Random
from serving.ranking.rankers.score import Score

RANKERS: Final[Mapping[str, Ranker]] = MappingProxyType({ranker.name: ranker for ranker in (Score(), Random())})
