"""Settings of the HTTP entry, read from the environment: TIDELINE_HTTP_*."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class HttpSettings(BaseSettings):
    """What the HTTP entry may be told."""

    model_config = SettingsConfigDict(env_prefix="TIDELINE_HTTP_", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on; loopback only, unless callers show keys.")
    port: int = Field(8080, ge=0, le=65535, description="HTTP port; 0 for a free one.")
    target: str = Field("127.0.0.1:8087", description="The gRPC server behind it: host:port.")
    body_bytes: int = Field(4 << 20, ge=1024, description="Greatest size of a request's body, in bytes.")
    timeout_s: float = Field(5.0, gt=0, le=60, description="Seconds that a call to it may take.")
    drain_s: float = Field(10.0, ge=1, description="Seconds that requests under way are given at a stop.")
