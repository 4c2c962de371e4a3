"""Settings of jobs, read from the environment: TIDELINE_JOBS_*."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class JobSettings(BaseSettings):
    """What workers that run jobs may be told."""

    model_config = SettingsConfigDict(env_prefix="TIDELINE_JOBS_", frozen=True)

    folder: Path = Field(
        Path(".tideline/jobs"), description="Where runs are kept; one that all workers share, so that another goes on."
    )
