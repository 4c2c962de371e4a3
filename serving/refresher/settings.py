"""Settings of `tideline refresh`, read from the environment: TIDELINE_REFRESHER_*."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.records import Action

TELLING = frozenset({Action.LIKE, Action.COMPLETE, Action.PURCHASE, Action.FAVORITE, Action.SHARE})


class RefresherSettings(BaseSettings):
    """When a list is made ahead, and by whom."""

    model_config = SettingsConfigDict(env_prefix="TIDELINE_REFRESHER_", frozen=True)

    group: str = Field("tideline-refresher", description="Consumer group; refreshers of a group share the partitions.")
    target: str = Field("127.0.0.1:8087", description="The recommender's gRPC address: host:port.")
    keys: Path | None = Field(
        None, description='TOML file of tenants\' keys, `acme = "key"`, where the recommender asks for them.'
    )
    actions: frozenset[Action] = Field(TELLING, description="What a user does that has a list made.")
    every: int = Field(10, ge=0, description="Each so manieth event of a session has one made, too; 0: none does.")
    session_gap_s: float = Field(1800.0, gt=0, description="Seconds without an event after which a session is over.")
    sessions: int = Field(100_000, ge=1, description="Users whose events are counted; the oldest is forgotten.")
    scenarios: frozenset[str] = Field(
        frozenset(), description="Scenarios for which lists are made; none named: that of the event."
    )
    count: int = Field(100, ge=1, le=500, description="Length of a list: more than is shown, for some is taken out.")
    coalesce_s: float = Field(0.3, ge=0, description="Seconds that an event waits for others of the same user.")
    concurrent: int = Field(4, ge=1, description="Lists that are made at once.")
    waiting: int = Field(10_000, ge=1, description="Lists to be made at most; with so many the log is not read on.")
    timeout_s: float = Field(5.0, gt=0, le=60, description="Seconds that one call of the recommender may take.")
    patience_s: float = Field(30.0, gt=0, le=200, description="Seconds after which a list is given up.")
    drain_s: float = Field(10.0, ge=0, description="Seconds that lists under way are given at a stop.")
