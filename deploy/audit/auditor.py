"""Auditor: a decision's features, computed again by serving's code over rows that were folded again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from agents.audience import AUDIENCE_AGENT
from agents.behavior import BEHAVIOR_AGENT
from agents.catalogue import CATALOGUE_AGENT
from agents.folds.sourced import Sourced
from agents.profiles import PROFILES_AGENT
from agents.runtime.agent import Agent
from agents.tables import ITEM, ITEM_STATS, USER_ACTIVITY, USER_HISTORY, USER_PROFILE, Table
from deploy.audit.again import Again
from deploy.replay.world import ReplayWorld
from schemas.decision_records import Decision, RowRead
from schemas.packing import unpack_floats, unpack_rows
from schemas.rows_read import rows_read
from schemas.tenancy import TenantKey, split_chunk_key
from serving.candidate import Candidates
from serving.features.moment import moment_of
from serving.query import Query
from training.features.feature_set import FeatureSet

AGENTS: Final[Mapping[str, Agent[Any]]] = {
    USER_ACTIVITY.name: BEHAVIOR_AGENT,
    USER_HISTORY.name: BEHAVIOR_AGENT,
    USER_PROFILE.name: PROFILES_AGENT,
    ITEM.name: CATALOGUE_AGENT,
    ITEM_STATS.name: AUDIENCE_AGENT,
}
"""By table that features read, who makes it."""

_TABLES: Final[Mapping[str, Table[Any]]] = {
    table.name: table for table in (USER_ACTIVITY, USER_HISTORY, USER_PROFILE, ITEM, ITEM_STATS)
}
_RELATIVE: Final = 1e-5
"""Sums of tags are taken in the order of a process's own numbers of words: the last bits may differ."""

Events = Mapping[str, Mapping[bytes, Sequence[Sourced[Any]]]]
"""By table, each owner's events."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A feature that is another one when it is computed again."""

    request_id: str
    item: str
    feature: str
    logged: float
    again: float


def owners(decisions: Iterable[Decision]) -> dict[str, set[bytes]]:
    """Return whose rows the decisions read, by table."""
    found: dict[str, set[bytes]] = {table: set() for table in AGENTS}
    for decision in decisions:
        for read in rows_read(decision):
            if read.table in found:
                found[read.table].add(TenantKey(decision.tenant_id, read.id).encode())
    return found


class Auditor:
    """Checks decisions, one after the other; fastest in the order in which they were served."""

    def __init__(self, world: ReplayWorld, events: Events) -> None:
        """Use the views of this world, which is overwritten, and the events of all rows that decisions read."""
        self._world = world
        self._events = events
        self._again: dict[tuple[str, bytes, str], Again] = {}
        self._present: dict[tuple[str, bytes], set[bytes]] = {}
        """Keys of the rows that the world holds, by table and owner."""

        self._shown: dict[tuple[str, bytes, str], Mapping[str, int]] = {}
        """How far each of them is folded, by chunk."""

    def mismatches(self, decision: Decision) -> Iterator[Mismatch]:
        """Yield each feature of the decision's list that is not what was logged.

        Raises UnknownFeatureError if this version of Tideline has not one of the decision's features.
        """
        features = _features(tuple(decision.features))
        logged = unpack_rows(decision.values, len(features))
        again = self._computed(decision, features)
        same = np.isclose(logged, again, rtol=_RELATIVE, atol=1e-6)
        for row, column in np.argwhere(~same):
            yield Mismatch(
                decision.request_id,
                decision.items[row],
                features.names[column],
                float(logged[row, column]),
                float(again[row, column]),
            )

    def _computed(self, decision: Decision, features: FeatureSet) -> NDArray[np.float32]:
        tenant = decision.tenant_id
        for read in rows_read(decision):
            self._show(tenant, read)
        self._hide(decision)
        catalogue = self._world.catalogue(tenant)
        numbers = np.array([catalogue.number(item) for item in decision.shortlist], np.int32)
        candidates = Candidates(
            numbers,
            unpack_floats(decision.fused),
            unpack_rows(decision.proposed, len(decision.channels)).reshape(len(numbers), -1),
            tuple(decision.channels),
        )
        state = self._world.user_state(tenant, decision.user_id, decision.as_of)
        query = Query(
            tenant, decision.user_id, decision.scenario, len(decision.items), decision.as_of, catalogue, state
        )
        place = {item: row for row, item in enumerate(decision.shortlist)}
        matrix = features.matrix(moment_of(self._world, query, candidates).moment)
        return matrix[[place[item] for item in decision.items]]

    def _show(self, tenant: str, read: RowRead) -> None:
        """Let the world hold the row as the decision read it."""
        table = _TABLES[read.table]
        owner = TenantKey(tenant, read.id).encode()
        at = table.name, owner, read.chunk
        if self._shown.get(at) == read.applied:
            return  # as most rows do between two decisions, it stands as it was
        self._shown[at] = read.applied
        rows = self._folded(table, owner, read.chunk).upto(read.applied, table)
        if table is ITEM_STATS:
            rows = {key: row for key, row in rows.items() if split_chunk_key(key)[1] == read.chunk}
        if table is USER_HISTORY:  # the catalogue that was served from knew them: they are counted by it
            catalogue = self._world.views.catalogues.of(tenant)
            for row in rows.values():
                for item in getattr(row, "items", ()):
                    catalogue.number(item)
        present = self._present.setdefault((table.name, owner), set())
        gone: set[bytes] = present - rows.keys() if table is not ITEM_STATS else set()
        self._world.put(table.changelog, {**dict.fromkeys(sorted(gone)), **rows})
        present -= gone
        present.update(rows)

    def _hide(self, decision: Decision) -> None:
        """Let the world hold no row of what the decision would have read but did not find."""
        read = {
            (each.table, TenantKey(decision.tenant_id, each.id).encode(), each.chunk) for each in rows_read(decision)
        }
        user = TenantKey(decision.tenant_id, decision.user_id).encode()
        items = {owner for table, owner, _ in read if table in (ITEM.name, ITEM_STATS.name)}
        for (table, owner), keys in self._present.items():
            if owner != user and owner not in items:
                continue
            if table == ITEM_STATS.name:
                gone = {key for key in keys if (table, owner, split_chunk_key(key)[1]) not in read}
            else:
                gone = set() if (table, owner, "") in read else set(keys)
            if gone:
                self._world.put(_TABLES[table].changelog, dict.fromkeys(sorted(gone)))
                keys -= gone
                for key in gone:
                    chunk = split_chunk_key(key)[1] if table == ITEM_STATS.name else ""
                    self._shown.pop((table, owner, chunk), None)

    def _folded(self, table: Table[Any], owner: bytes, chunk: str) -> Again:
        at = table.name, owner, chunk
        if at not in self._again:
            events = self._events[table.name].get(owner, ())
            if table is ITEM_STATS:
                events = [sourced for sourced in events if sourced.event.scenario == chunk]
            self._again[at] = Again(AGENTS[table.name], events)
        return self._again[at]


@cache
def _features(names: tuple[str, ...]) -> FeatureSet:
    return FeatureSet(names)
