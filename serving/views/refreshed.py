"""Refreshed lists: what was made ahead for users, of each scenario the latest."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import numpy as np

from schemas.list_records import RefreshedList
from schemas.packing import unpack_floats, unpack_rows
from schemas.tenancy import TenantKey, chunk_key
from serving.candidate import Candidates
from serving.views.cache import VersionedCache
from serving.views.catalogue import Catalogue
from serving.views.stored import CatchUp, StoredView
from topics.budget import StoreBudget
from topics.catalog import REFRESHED
from topics.rows import RowDecoder

_ANY: Final = -1
"""In place of a catalogue's size: no item was missing, so that what comes to it changes nothing."""


@dataclass(frozen=True, slots=True)
class Held:
    """A list made ahead, in the catalogue's numbers; items that the catalogue does not know are left out."""

    row: RefreshedList
    candidates: Candidates
    reasons: tuple[str, ...]
    """Of each candidate."""

    catalogue_size: int
    """Of the catalogue that it is true for; _ANY for any later one."""


class RefreshedView(StoredView[RefreshedList]):
    """Lists made ahead, a row a user and scenario; those asked for last stay decoded."""

    name: ClassVar[str] = "refreshed"
    topic = REFRESHED

    def __init__(
        self, folder: Path, budget: StoreBudget, decoder: RowDecoder[RefreshedList], catch_up: CatchUp, cached: int
    ) -> None:
        """Make a view that keeps `cached` lists decoded: 2 kB each for 20 items, more for longer ones."""
        super().__init__(folder, budget, decoder, catch_up)
        self._cache: VersionedCache[Held | None] = VersionedCache(cached)

    def held(self, catalogue: Catalogue, tenant: str, user: str, scenario: str) -> Held | None:
        """Return the user's list of the scenario, or None; raise InvalidFieldError if an id is not valid."""
        owner = TenantKey(tenant, user).encode()
        key, size = chunk_key(owner, scenario), len(catalogue)
        return self._cache.of(
            key,
            self.version(owner),
            lambda: self._read(owner, key, catalogue),
            lambda held: held is None or held.catalogue_size in (_ANY, size),
        )

    def _read(self, owner: bytes, key: bytes, catalogue: Catalogue) -> Held | None:
        size = len(catalogue)  # taken first: an item that comes meanwhile may be missing below
        raw = self._replica_of(owner).get(key)
        row = None if raw is None else self._decoder.row(raw)
        if row is None:
            return None
        numbers = np.fromiter((catalogue.numbers.get(item, -1) for item in row.items), np.int32, len(row.items))
        known = numbers >= 0
        proposed = unpack_rows(row.proposed, len(row.channels)).reshape(len(numbers), len(row.channels))
        candidates = Candidates(numbers, unpack_floats(row.scores), proposed, tuple(row.channels))
        return Held(
            row=row,
            candidates=candidates.take(known),
            reasons=tuple(reason for reason, keep in zip(row.reasons, known.tolist(), strict=True) if keep),
            catalogue_size=_ANY if known.all() else size,
        )
