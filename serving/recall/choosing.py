"""What channels have in common: the best of the items that may be proposed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from serving.candidate import Proposal
from serving.helper import Helper
from serving.models.numbering import Numbering
from training.artifact.forward.scoring import Scoring
from training.features.compiled import compiled, only_read
from training.features.native import Task, array, native, told

_POSITION: Final = (1 << 32) - 1


def best_known(scores: NDArray[np.float32], numbering: Numbering, allowed: NDArray[np.bool_], limit: int) -> Proposal:
    """Return the `limit` best of a model's items that are allowed, with a score above 0.

    Args:
        scores: (K,) by the model's number.
        numbering: of the model in the catalogue.
        allowed: (I,) by the catalogue's number.
        limit: most items.
    """
    choice = Choice.of(scores, numbering, allowed)
    choice.task.run()
    return choice.first(limit)


def proposal(scores: NDArray[np.floating], allowed: NDArray[np.bool_], limit: int) -> Proposal:
    """Return the `limit` best of the allowed items with a score above 0.

    Args:
        scores: (I,) by item number; of a shorter array the rest counts as 0.
        allowed: (I,) by item number.
        limit: most items.
    """
    known = min(len(scores), len(allowed))
    narrow = scores[:known].astype(np.float32, copy=False)
    items = best(narrow, allowed[:known], limit)
    return Proposal(items.astype(np.int32), narrow[items])


def first_allowed(items: NDArray[np.int32], allowed: NDArray[np.bool_], limit: int) -> NDArray[np.int64]:
    """Return the first `limit` positions (L,) of the items (N,) that are allowed, without a look at those behind.

    Args:
        items: (N,) item numbers, best first.
        allowed: (I,) by item number; one beyond it is not.
        limit: most items.
    """
    found, count = np.empty(min(limit, len(items)), np.int64), np.zeros(1, np.int64)
    _find_allowed(items.view(np.uint32), allowed, found, count)
    return found[: count[0]]


@compiled(only_read("uint32"), only_read("bool_"), "int64[::1]", "int64[::1]")
def _find_allowed(
    items: NDArray[np.uint32], allowed: NDArray[np.bool_], found: NDArray[np.int64], count: NDArray[np.int64]
) -> None:
    """Fill in the first positions (L,) of items (N,) that are allowed (I,), and how many there are, (1,)."""
    size = 0
    for at in range(len(items)):
        if size == len(found):
            break
        if items[at] < len(allowed) and allowed[items[at]]:
            found[size] = at
            size += 1
    count[0] = size


def best(scores: NDArray[np.float32], allowed: NDArray[np.bool_], limit: int) -> NDArray[np.int64]:
    """Return the positions of the `limit` greatest scores above 0 that are allowed, falling; of equal ones the lower
    position first.

    Raises ValueError if they are not of one length.
    """
    if len(scores) != len(allowed):  # a compiled loop does not look, and would read what lies behind
        raise ValueError(f"{len(scores)} scores, of which {len(allowed)} are allowed or not")
    keys, count = np.empty(len(scores), np.int64), np.zeros(1, np.int64)
    _write_keys(scores, scores.view(np.int32), allowed, keys, count)
    return _first(keys[: count[0]], limit)


def _first(keys: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    """Return the positions that the `limit` least keys are of, rising; the keys are not in order afterwards.

    numpy sorts whole numbers in a fifth of the time that positions by their scores take.
    """
    if len(keys) > limit:
        keys.partition(limit)
        keys = keys[:limit]
    keys.sort()
    return keys & _POSITION


def begun(
    scoring: Scoring, numbering: Numbering | None, allowed: NDArray[np.bool_], limit: int, helper: Helper
) -> Callable[[], Proposal]:
    """Give the helper to score items, and to choose among them; return what finishes that, to be called once.

    Args:
        scoring: of the items of a model, or of the catalogue.
        numbering: of the model in the catalogue, if they are of one.
        allowed: (I,) by the catalogue's number.
        limit: most items.
    """
    choice = Choice.of(scoring.scores, numbering, allowed)
    job = helper.begin(scoring.task, choice.task)

    def finish() -> Proposal:
        job.finish()
        return choice.first(limit)

    return finish


@dataclass(frozen=True, slots=True)
class Choice:
    """Which items to propose: a task looks at all of them, then the best are told."""

    scores: NDArray[np.float32]
    """(K,) by the model's number, or the catalogue's; they may be written until the task is run."""

    numbering: Numbering | None
    """Of the model, if the items are of one."""

    keys: NDArray[np.int64]
    """(K,) written by the task: in front the keys of `_write_keys`, and `count` (1,) how many there are."""

    count: NDArray[np.int64]
    task: Task

    @classmethod
    def of(cls, scores: NDArray[np.float32], numbering: Numbering | None, allowed: NDArray[np.bool_]) -> Self:
        """Return the choice of those that are allowed (I,), by the catalogue's number; of fewer the rest is not.

        Raises ValueError if there is not a score for each of the model's items.
        """
        size = len(scores)
        items = _OF_CATALOGUE if numbering is None else numbering.of_catalogue
        # A compiled loop does not look, and would read what lies behind.
        if numbering is not None and size != len(items):
            raise ValueError(f"{size} scores of {len(items)} items")
        keys, count = np.empty(size, np.int64), np.zeros(1, np.int64)
        task = _choose.task(scores, scores.view(np.int32), items, allowed, np.empty(size, np.bool_), keys, count)
        return cls(scores, numbering, keys, count, task)

    def first(self, limit: int) -> Proposal:
        """Return the `limit` best; once, after the task was run."""
        chosen = _first(self.keys[: self.count[0]], limit)
        items = chosen.astype(np.int32) if self.numbering is None else self.numbering.of_catalogue[chosen]
        return Proposal(items, self.scores[chosen])


_OF_CATALOGUE: Final = np.empty(0, np.int32)
"""In place of a model's items: they are those of the catalogue, by its own numbers."""


@compiled(only_read("float32"), only_read("int32"), only_read("bool_"), "int64[::1]", "int64[::1]")
def _write_keys(
    scores: NDArray[np.float32],
    bits: NDArray[np.int32],
    allowed: NDArray[np.bool_],
    keys: NDArray[np.int64],
    count: NDArray[np.int64],
) -> None:
    """Write a key for each score above 0 that is allowed: rising keys are falling scores, and then positions.

    Args:
        scores: (K,)
        bits: (K,) the same as whole numbers, which are in the order of the scores where those are above 0.
        allowed: (K,)
        keys: (K,) where they are written, in front.
        count: (1,) how many there are.
    """
    size = 0
    for at in range(len(scores)):
        # Without a branch: which way it goes cannot be foretold, and a wrong guess costs more than the rest.
        keys[size] = at - (np.int64(bits[at]) << 32)
        size += allowed[at] & (scores[at] > 0)
    count[0] = size


@native(
    only_read("float32"),
    only_read("int32"),
    only_read("int32"),
    only_read("bool_"),
    "bool_[::1]",
    "int64[::1]",
    "int64[::1]",
)
def _choose(address: int) -> None:
    """Write the keys of the items (K,) of which the catalogue's number is one that is allowed (I,)."""
    argument = told(address, 7)
    items, allowed, fit = array(argument, 2, np.int32), array(argument, 3, np.bool_), array(argument, 4, np.bool_)
    for at in range(len(fit)):
        item = items[at] if len(items) else at  # -1 for one that the catalogue does not have
        fit[at] = 0 <= item < len(allowed) and allowed[item]
    _write_keys(
        array(argument, 0, np.float32),
        array(argument, 1, np.int32),
        fit,
        array(argument, 5, np.int64),
        array(argument, 6, np.int64),
    )
