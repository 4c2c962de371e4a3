"""Columns: candidates as they cross between processes, `recommender.v1.Candidates`, and as stages have them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from serving.api.recommender.v1 import candidates_pb2 as pb
from serving.candidate import Candidates
from serving.views.catalogue import Catalogue


class Numbered(NamedTuple):
    """What a message holds, in the numbers of a catalogue."""

    candidates: Candidates
    unknown: list[str]
    """Items of the message that the catalogue does not know, in their order; they are not among the candidates."""


def columns(candidates: Candidates, catalogue: Catalogue, *, channels: bool = True) -> pb.Candidates:
    """Return the candidates as a message, by the ids of their catalogue; with what each channel said, or without."""
    message = pb.Candidates(item_ids=catalogue.named(candidates.items), scores=candidates.scores.tolist())
    if channels:
        for column, name in enumerate(candidates.channels):
            said = candidates.proposed[:, column]
            places = np.flatnonzero(~np.isnan(said))
            message.channels.add(channel=name, places=places.tolist(), scores=said[places].tolist())
    return message


def numbered(message: pb.Candidates, catalogue: Catalogue) -> Numbered:
    """Return the message's items in the catalogue's numbers; the message is a valid one (`check_candidates`)."""
    ids: Sequence[str] = message.item_ids
    numbers = np.fromiter((catalogue.numbers.get(each, -1) for each in ids), np.int32, len(ids))
    proposed = np.full((len(ids), len(message.channels)), np.nan, np.float32)
    for column, channel in enumerate(message.channels):
        proposed[_array(channel.places, np.int32), column] = _array(channel.scores, np.float32)
    scores = _array(message.scores, np.float32) if message.scores else np.zeros(len(ids), np.float32)
    found = Candidates(numbers, scores, proposed, tuple(channel.channel for channel in message.channels))
    known = numbers >= 0
    if known.all():
        return Numbered(found, [])
    return Numbered(found.take(known), [ids[place] for place in np.flatnonzero(~known).tolist()])


def _array(values: Sequence[float], kind: type) -> NDArray[Any]:
    return np.fromiter(values, kind, len(values))
