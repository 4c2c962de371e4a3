"""Profiles agent: changes of users become their profiles."""

from collections.abc import Sequence

from agents.folds import profile
from agents.folds.sourced import Sourced
from agents.grouping import by_key, fold_rows
from agents.runtime.agent import Agent
from agents.runtime.work import Work
from agents.tables import USER_PROFILE
from schemas.records import UserChange
from topics.catalog import USER_CHANGE


def user_key(event: UserChange) -> bytes:
    """Return the key of the changed user."""
    return f"{event.tenant_id}/{event.user_id}".encode()


def fold(events: Sequence[Sourced[UserChange]], work: Work) -> None:
    """Fold the changes into the profiles of their users."""
    fold_rows(work, USER_PROFILE, by_key(events, user_key), profile.fold)


PROFILES_AGENT = Agent(name="profiles", source=USER_CHANGE, tables=(USER_PROFILE,), key_of=user_key, fold=fold)
