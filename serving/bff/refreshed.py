"""Refreshed: a list that was made ahead answers, where it is newer than the user's last event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.applied import is_behind
from schemas.list_records import RefreshedList
from serving.bff.read_model import ReadModel
from serving.bff.work import Ahead, Work
from serving.candidate import places
from serving.metrics import Metrics
from topics.changelogs import USER_ACTIVITY, USER_HISTORY, USER_PROFILE

SOURCE: Final = "refreshed"
"""What answer and record say of where such a list came from."""


class Verdict(StrEnum):
    """What became of the question whether a list made ahead answers."""

    OK = "ok"
    NONE = "none"
    """There is none."""

    AGED = "aged"
    """It is older than the scenario allows."""

    CONFIG = "config"
    """It was made under another configuration."""

    STALE = "stale"
    """The user has done something since, or was changed."""

    SHORT = "short"
    """With what may not be shown any more taken out, it is shorter than what is asked for."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Answers from a list made ahead where that may be; otherwise the stages after it make one.

    What has become unavailable, or was seen, is taken out by the same filters as ever; a list that is too short then
    is made anew. Rules put it in order when it was made: what is taken out leaves the rest as it was.
    """

    world: ReadModel
    metrics: Metrics

    async def __call__(self, work: Work, until: float) -> None:
        """Set `ahead` and the candidates if a list answers."""
        if work.config.refreshed.max_age_s and work.request.plain:
            self.metrics.refreshed.note(self._answer(work))

    def _answer(self, work: Work) -> Verdict:
        query, terms = work.query, work.config.refreshed
        held = self.world.refreshed(query.tenant, query.user, query.scenario)
        if held is None:
            return Verdict.NONE
        if held.row.config_digest != work.config.digest:
            return Verdict.CONFIG
        if query.as_of_ms - held.row.as_of > terms.max_age_s * 1000:
            return Verdict.AGED
        if not covers(held.row, query.state.read):
            return Verdict.STALE
        kept = work.config.filter_chain(query.exclude_seen).apply(query, held.candidates)
        if len(kept) < query.count:
            return Verdict.SHORT
        whole = len(kept) == len(held.candidates)
        work.candidates = kept.first(query.count)
        reasons: Sequence[str] = held.reasons[: query.count]
        if not whole:
            at = places(held.candidates.items, work.candidates.items)
            reasons = [held.reasons[place] for place in at.tolist()]
        work.ahead = Ahead(held.row, reasons, whole)
        return Verdict.OK


def covers(row: RefreshedList, read: Mapping[str, Mapping[str, int]]) -> bool:
    """Return whether the list was made from all that the user's rows hold, by table how far each was folded.

    By positions in the log and never by clocks: an event may come late, and two machines' clocks differ.
    """
    made = {USER_ACTIVITY.name: row.applied, USER_HISTORY.name: row.history, USER_PROFILE.name: row.profile}
    return not any(is_behind(made.get(table, {}), applied) for table, applied in read.items())
