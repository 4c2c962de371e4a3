"""Channels of released recall models: each scores the items that its model knows, and proposes the best.

These are exact: all items are scored, by one product of a small vector and a matrix, whose cost grows with the
catalogue.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Final

from serving.candidate import Proposal
from serving.errors import WrongModelError
from serving.helper import Helper
from serving.models.kinds import Recall
from serving.models.numbering import Numbering
from serving.models.shelf import Shelf
from serving.query import Query
from serving.recall.choosing import begun
from training.artifact.forward.history import History


@dataclass(frozen=True, slots=True)
class Learned:
    """Proposes what the tenant's released model of the channel's name scores best; nothing while there is none."""

    name: ClassVar[str]
    waits: ClassVar[bool] = False
    shelf: Shelf
    helper: Helper = field(default_factory=Helper)

    async def recall(self, query: Query, limit: int) -> Proposal:
        """Return the items with the greatest scores above 0; see `Channel.recall`."""
        return self.begin(query, limit)()

    def begin(self, query: Query, limit: int) -> Callable[[], Proposal]:
        """Begin to score; see `Begins.begin`."""
        loaded = self.shelf.get(query.tenant, self.name)
        if loaded is None:
            return Proposal.none
        recall = loaded.ready
        if not isinstance(recall, Recall):
            raise WrongModelError(query.tenant, self.name, loaded.manifest.kind, "recalls")
        numbering = recall.items.numbering(query.catalogue)
        scoring = recall.model.scoring(history_of(query, numbering))
        return begun(scoring, numbering, query.eligible, limit, self.helper)


def history_of(query: Query, numbering: Numbering) -> History:
    """Return what the user did, in the model's numbers."""
    return query.made.once(("history", numbering), lambda: query.state.history.renumbered(numbering.of_model))


class Ease(Learned):
    """What goes with what the user liked, by `training.recall.ease`."""

    name = "ease"


class EaseActs(Learned):
    """What goes with what the user liked, by EASE fitted on all actions alike: what is done together."""

    name = "ease_acts"


class EaseAny(Learned):
    """What goes with what the user did, liked or not: of the same fit, with a history that does not ask for liking."""

    name = "ease_any"


class ALS(Learned):
    """What lies near the user among the factors of `training.recall.als`."""

    name = "als"


class Transitions(Learned):
    """What is taken shortly before or after what the user took last (`training.recall.transitions`)."""

    name = "transitions"


class SASRec(Learned):
    """What comes next after the sequence of what was liked, by self-attention (`training.sequential`)."""

    name = "sasrec"


class Retrieval(Learned):
    """What the two towers hold for near to the user (`training.sequential`), by exact products."""

    name = "retrieval"


LEARNED: Final = (Ease, EaseActs, EaseAny, ALS, Transitions, SASRec, Retrieval)
