"""Settings of a serving process, read from the environment: TIDELINE_SERVING_*."""

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServingSettings(BaseSettings):
    """What a serving process may be told."""

    model_config = SettingsConfigDict(env_prefix="TIDELINE_SERVING_", frozen=True)

    host: str = Field(
        "127.0.0.1",
        description="Address to listen on; loopback only, unless callers show keys. Of clients: whom to ask.",
    )
    port: int = Field(8087, ge=0, le=65535, description="gRPC port; 0 for a free one.")
    metrics_port: int = Field(0, ge=0, le=65535, description="Port of /metrics on loopback; 0 for none.")
    config: Path | None = Field(None, description="TOML file of tenants and scenarios; none: the defaults.")
    longest_call_s: float = Field(
        5.0, gt=0, le=60, description="Seconds after which a call is given up, where its client allows more."
    )
    concurrent_calls: int = Field(
        1000, ge=1, description="Calls worked on at once; more are refused with RESOURCE_EXHAUSTED."
    )
    computing_calls: int = Field(
        8, ge=1, le=1000, description="Lists computed at once; one interpreter is not faster with more."
    )
    waiting_calls: int = Field(
        256, ge=0, le=10_000, description="Lists that wait for that at most; more are refused, as are those too late."
    )
    message_bytes: int = Field(4 << 20, ge=1024, description="Greatest size of a request, in bytes.")
    worker_group: str = Field(
        "tideline",
        validation_alias=AliasChoices("worker_group", "TIDELINE_WORKER_GROUP"),
        description="Consumer group of the workers, without a generation; from TIDELINE_WORKER_GROUP, as theirs.",
    )
    page_key: SecretStr = Field(
        SecretStr(""),
        description="Signs page tokens; the same for all servers. Empty: a mere checksum.",
    )
    drain_s: float = Field(10.0, ge=0, description="Seconds that calls under way are given at a stop.")
