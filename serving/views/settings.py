"""Settings of the views, read from the environment: TIDELINE_VIEWS_*."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ViewsSettings(BaseSettings):
    """How a serving process follows the changelogs, and how it weighs what they hold."""

    model_config = SettingsConfigDict(env_prefix="TIDELINE_VIEWS_", frozen=True)

    state_dir: Path = Field(
        default=Path(".tideline/serving"),
        description="Folder of the users' rows, kept between starts; one process at a time uses it.",
    )
    store_bytes: int = Field(
        default=64 << 20, ge=8 << 20, description="Memory that the stores of users' rows share, in bytes."
    )
    refreshed_bytes: int = Field(
        default=8 << 20, ge=8 << 20, description="Memory that the stores of lists made ahead share, in bytes."
    )
    cached_users: int = Field(default=10_000, ge=0, description="Users whose state is kept decoded in memory.")
    cached_audiences: int = Field(
        default=5_000, ge=0, description="Items whose latest users are kept decoded in memory, 20 kB each at most."
    )
    probe_interval_s: float = Field(
        default=0.25, gt=0, description="Seconds between questions to the broker where the changelogs end."
    )
    refresh_interval_s: float = Field(
        default=0.01, gt=0, description="Seconds between looks whether an ordering has to be made anew."
    )
    retry_s: float = Field(default=1.0, gt=0, description="Seconds to wait when the broker or registry is away.")
    switch_interval_s: float = Field(
        default=0.0005,
        gt=0,
        le=0.1,
        description="Longest that the follower's thread makes a request wait for the interpreter, in seconds.",
    )
    hot_items: int = Field(default=5_000, ge=1, description="Hottest items kept in order, by tenant and scenario.")
    new_items: int = Field(default=5_000, ge=1, description="Newest items kept in order, by tenant.")
    hot_half_life_days: float = Field(
        default=30.0, gt=0, description="Days after which an event counts half towards what is hot."
    )
    hot_all_time_share: float = Field(
        default=0.01, ge=0, le=1, description="What an event of any age counts at least towards what is hot."
    )
    tag_half_life_days: float = Field(
        default=30.0, gt=0, description="Days after which an action counts half towards a user's liking of a tag."
    )
    shrinkage: float = Field(
        default=10.0, ge=0, description="Users added to each item's own before similarities: trust in small numbers."
    )
