"""Maker: rows of the tables become the vectors of one released model; a function of the rows alone."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from schemas.model_records import ModelRelease, Vector, VectorSubject
from schemas.packing import pack_floats
from schemas.records import Item, Status, UserActivity
from schemas.tenancy import TenantKey
from topics.changelogs import ITEM, USER_ACTIVITY
from topics.rows import Change
from topics.vectors import vector_key
from training.artifact.embedding import EMBEDDERS, Embedder, history_of
from training.artifact.model import Model

Made = tuple[bytes, Vector | None]
"""Key and record; None deletes the vector that stands under the key."""

TABLES: Final = {VectorSubject.ITEM: ITEM, VectorSubject.USER: USER_ACTIVITY}
"""What the vectors of each subject are made of."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the vectors of a model; rows of other tenants it passes over."""

    release: ModelRelease
    embedder: Embedder

    @classmethod
    def of(cls, release: ModelRelease, model: Model) -> Self:
        """Return a maker by the released model; raise ArtifactMismatchError if it does not fit its kind."""
        return cls(release, EMBEDDERS[release.kind](model))

    def items(self, changes: Sequence[Change[Item]]) -> Iterator[Made]:
        """Yield what becomes of the vectors of the items that changed, of which none may stand twice."""
        own = [change for change in changes if change.owner.tenant == self.release.tenant_id]
        there = [change for change in own if change.row is not None and change.row.status != Status.DELETED]
        described = [(each.owner.id, [*each.row.categories, *each.row.tags]) for each in there if each.row is not None]
        vectors, said = self.embedder.items(described)
        made = dict(zip((each.key for each in there), zip(vectors, said.tolist(), strict=True), strict=True))
        for change in own:
            vector, known = made.get(change.key, (None, False))
            yield self._key(change.owner), self._record(change.owner, pack_floats(vector)) if known else None

    def users(self, changes: Sequence[Change[UserActivity]], erased_at: Callable[[TenantKey], int]) -> Iterator[Made]:
        """Yield what becomes of the vectors of the users whose activity changed.

        Args:
            changes: of which none may be of a user twice.
            erased_at: when a user asked to be forgotten, in milliseconds; -1 for never.
        """
        for change in changes:
            if change.owner.tenant != self.release.tenant_id:
                continue
            record = None
            if change.row is not None:
                history = history_of(change.row, erased_at(change.owner), self.embedder.numbers)
                vector = self.embedder.user(history)
                record = self._record(change.owner, pack_floats(vector)) if np.any(vector) else None
            yield self._key(change.owner), record

    def forget(self, owner: TenantKey) -> Iterator[Made]:
        """Yield what deletes a user's vector."""
        if owner.tenant == self.release.tenant_id:
            yield self._key(owner), None

    def _key(self, owner: TenantKey) -> bytes:
        return vector_key(owner.encode(), self.release.model)

    def _record(self, owner: TenantKey, values: bytes) -> Vector:
        release = self.release
        return Vector(owner.tenant, owner.id, release.model, release.version, release.number, values)


def maker_of(release: ModelRelease, load: Callable[[ModelRelease], Model]) -> Maker | None:
    """Return a maker by the released model, None if its kind has no vectors; raise what `load` raises."""
    return Maker.of(release, load(release)) if release.kind in EMBEDDERS else None
