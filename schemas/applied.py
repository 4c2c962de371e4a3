"""`applied`: what a row says of how much it has folded, and the rule by which a newer row is known from an older."""

from collections.abc import Mapping, Sequence
from typing import Final

NOTHING: Final = -1
"""Offset of a source partition of which nothing was folded."""


def is_behind(new: Mapping[str, int], old: Mapping[str, int]) -> bool:
    """Return whether a row whose `applied` is `new` lacks something that one with `old` holds.

    Offsets never fall while rows are written in turn, so such a row is a zombie's: of a worker that was paused, lost
    its partition and wrote when it woke. Workers that restore and views that follow refuse it alike.
    """
    # Mostly they are equal, which is known at once.
    return new != old and any(new.get(partition, NOTHING) < offset for partition, offset in old.items())


def applied_of(offsets: Sequence[int]) -> dict[str, int]:
    """Return a row's offsets as its `applied`: by partition, without those of which nothing is folded."""
    return {str(partition): offset for partition, offset in enumerate(offsets) if offset != NOTHING}
