"""Explaining: why an item stands in a list, or why not, by the record of the decision alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from schemas.decision_records import Decision
from schemas.packing import NOWHERE, pack_floats, unpack_floats, unpack_places, unpack_rows

SINCE: Final = "availability or seen, since the list was made"
"""In place of the filter that took an item out of a list made ahead: which one is not recorded."""


class Fate(StrEnum):
    """What became of an item."""

    SHOWN = "shown"
    BELOW = "below"
    """The ranker put it below the end of the list."""

    PASSED_OVER = "passed over"
    """The ranker had it among the first, but the rules put others before it."""

    REMOVED = "removed"
    """A filter took it out."""

    NOT_RECALLED = "not recalled"
    """No channel proposed it, or merging had no room for it."""


@dataclass(frozen=True, slots=True)
class ByChannel:
    """What a channel said of an item."""

    channel: str
    score: float
    rank: int
    """From 1, among the candidates that it proposed."""


@dataclass(frozen=True, slots=True)
class ByRule:
    """What a rule did to an item; ranks are from 1."""

    rule: str
    before: int
    after: int | None
    """None where the rule took it out."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What became of an item, and by whom; ranks are from 1."""

    item: str
    fate: Fate
    position: int | None
    """In the list, from 1."""

    rank: int | None
    """By the ranker, before the rules."""

    merged_rank: int | None
    """By the merged score of the channels."""

    score: float | None
    """The ranker's."""

    channels: Sequence[ByChannel]
    rules: Sequence[ByRule]
    """In the order in which they were applied; none in records from before rules were told."""

    removed_by: str
    """Which filter took it out; empty where none did."""

    features: Mapping[str, float]
    """What the ranker's model read; recorded of shown items only."""

    candidates: int
    """How many there were to be ranked."""

    @property
    def told(self) -> str:
        """In a sentence."""
        ranked = f"ranked {self.rank} of {self.candidates}" if self.rank else "not ranked"
        match self.fate:
            case Fate.SHOWN:
                return f"shown at position {self.position}, {ranked}"
            case Fate.BELOW:
                return f"{ranked}: below the end of the list"
            case Fate.PASSED_OVER:
                return f"{ranked}, but the rules put others before it"
            case Fate.REMOVED:
                return f"taken out by {self.removed_by}" + ("" if self.removed_by == SINCE else " before ranking")
            case _:
                return "no channel proposed it, or merging had no room for it"


def explain(decision: Decision, item: str) -> Explanation:
    """Return what became of the item in the decision; raise ValueError if the record's columns do not fit together."""
    place = decision.shortlist.index(item) if item in decision.shortlist else None
    position = decision.items.index(item) + 1 if item in decision.items else None
    removed = dict(zip(decision.removed, decision.removed_by, strict=True))
    ranked = unpack_floats(decision.ranked)
    rank = _rank(ranked, place) if place is not None and len(ranked) else None
    return Explanation(
        item=item,
        fate=_fate(place, position, rank, item in removed, len(decision.items)),
        position=position,
        rank=rank,
        merged_rank=None if place is None else _rank(unpack_floats(decision.fused), place),
        score=None if place is None or not len(ranked) else float(ranked[place]),
        channels=() if place is None else _channels(decision, place),
        rules=() if place is None or rank is None else _rules(decision, place, rank),
        removed_by=removed.get(item, ""),
        features=_features(decision, position),
        candidates=len(decision.shortlist),
    )


def answered_from(answer: Decision, made: Decision) -> Decision:
    """Return the record of an answer from a list made ahead, with all that the record of its making told.

    What stood in that list before the last item shown, but was not shown, was taken out since.
    """
    place = {item: at for at, item in enumerate(made.items)}
    shown = [place[item] for item in answer.items]
    gone = [item for item in made.items[: max(shown, default=-1) + 1] if item not in set(answer.items)]
    values = unpack_rows(made.values, len(made.features))
    return replace(
        made,
        request_id=answer.request_id,
        as_of=answer.as_of,
        served_at=answer.served_at,
        items=answer.items,
        scores=answer.scores,
        values=pack_floats(values[shown]) if made.features else b"",
        read=answer.read,
        removed=[*made.removed, *gone],
        removed_by=[*made.removed_by, *[SINCE] * len(gone)],
        source=answer.source,
    )


def _rules(decision: Decision, place: int, rank: int) -> list[ByRule]:
    found, before = [], rank
    for rule, stood in zip(decision.order_by, unpack_places(decision.order, len(decision.shortlist)), strict=True):
        after = int(stood[place])
        found.append(ByRule(rule, before, None if after == NOWHERE else after + 1))
        if after == NOWHERE:
            break
        before = after + 1
    return found


def _fate(place: int | None, position: int | None, rank: int | None, removed: bool, length: int) -> Fate:
    if position is not None:
        return Fate.SHOWN
    if removed:
        return Fate.REMOVED
    if place is None:
        return Fate.NOT_RECALLED
    return Fate.PASSED_OVER if rank is not None and rank <= length else Fate.BELOW


def _rank(scores: NDArray[np.float32], place: int) -> int:
    """Return the rank of the score at this place, from 1; of equal ones the earlier comes first, as in ranking."""
    return 1 + int((scores > scores[place]).sum() + (scores[:place] == scores[place]).sum())


def _channels(decision: Decision, place: int) -> list[ByChannel]:
    proposed = unpack_rows(decision.proposed, len(decision.channels))
    found = []
    for column, channel in enumerate(decision.channels):
        scores = np.where(np.isnan(proposed[:, column]), -np.inf, proposed[:, column])
        if np.isfinite(scores[place]):
            found.append(ByChannel(channel, float(scores[place]), _rank(scores, place)))
    return found


def _features(decision: Decision, position: int | None) -> dict[str, float]:
    if position is None or not decision.features:
        return {}
    values = unpack_rows(decision.values, len(decision.features))[position - 1]
    return dict(zip(decision.features, values.tolist(), strict=True))
