"""Settings of recall, read from the environment: TIDELINE_RECALL_*."""

import os

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class RecallSettings(BaseSettings):
    """What channels look at. How many items each proposes, and what it weighs, is a scenario's configuration."""

    model_config = SettingsConfigDict(env_prefix="TIDELINE_RECALL_", frozen=True)

    seeds: int = Field(
        default=20,
        ge=1,
        le=50,
        description="Likes whose neighbours item_cf looks for; its cost grows with them.",
    )
    seed_half_life_days: float = Field(
        default=30.0, gt=0, description="Days before a user's latest action after which an action counts half."
    )
    neighbors: int = Field(
        default=50, ge=1, le=1000, description="Nearest users whose likes user_cf looks at; its cost grows with them."
    )
    tags: int = Field(default=10, ge=1, le=64, description="Best-liked tags whose items the tag channel looks at.")
    tag_items: int = Field(
        default=20_000, ge=1, description="Items of one tag that are looked at; of a larger one only the hottest."
    )
    helper: bool = Field(
        default_factory=lambda: (os.cpu_count() or 1) > 1,
        description="Whether a second thread computes scores of models meanwhile; by default where there is a core.",
    )
