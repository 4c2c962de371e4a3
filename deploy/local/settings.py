"""What the embedded stack runs, where it keeps its files and on which ports it listens."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Service(StrEnum):
    """A server of the stack; its value is its name in commands, files and logs."""

    KAFKA = "kafka"
    REGISTRY = "registry"
    MILVUS = "milvus"


class Backend(StrEnum):
    """What the stack's servers run in."""

    LOCAL = "local"
    TESTCONTAINERS = "testcontainers"


FREE_PORT = 0
ENV_PREFIX = "TIDELINE_STACK_"


class StackSettings(BaseSettings):
    """Settings of the stack that `tideline up` runs; `disposable` gives those of a test's own stack."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, populate_by_name=True)

    backend: Backend = Field(
        Backend.LOCAL,
        validation_alias="TIDELINE_STACK",
        description="child processes, or containers of a Docker engine (for tests)",
    )
    services: frozenset[Service] = Field(frozenset(Service), description="the servers to run")
    home: Path | None = Field(
        Path(".tideline"),
        description="data, logs and state; none: a temporary folder, removed when the stack stops",
    )
    cache: Path = Field(Path("~/.cache/tideline"), description="unpacked servers, shared by all stacks")

    kafka_port: int = Field(19092, ge=0, le=65535, description="broker's listener; 0: a free port")
    controller_port: int = Field(19093, ge=0, le=65535, description="KRaft controller's listener; 0: a free one")
    registry_port: int = Field(18080, ge=0, le=65535, description="registry's HTTP port; 0: a free port")
    milvus_port: int = Field(19530, ge=0, le=65535, description="Milvus Lite's gRPC port; 0: a free port")

    kafka_heap_mb: int = Field(512, ge=128, description="broker's largest heap, in MiB")
    registry_heap_mb: int = Field(256, ge=128, description="registry's largest heap, in MiB")
    start_timeout_s: float = Field(120, gt=0, description="how long a server may take until it answers, seconds")
    stop_timeout_s: float = Field(60, gt=0, description="how long a server may take to end before it is killed")
    min_free_mb: int = Field(1024, ge=0, description="free disk space below which the stack is not started, MiB")
    maven_url: str | None = Field(None, description="a Maven repository to use instead of Maven Central")

    @model_validator(mode="after")
    def _registry_needs_kafka(self) -> Self:
        if Service.REGISTRY in self.services and Service.KAFKA not in self.services:
            raise ValueError("the registry keeps its schemas in Kafka: add kafka to the services")
        return self

    @classmethod
    def disposable(cls, **changes: Any) -> Self:
        """Return settings for a stack of one's own: Kafka and registry, free ports, a temporary folder.

        Args:
            changes: fields to set otherwise, e.g. `services=frozenset(Service)`.
        """
        own: dict[str, Any] = {
            "services": frozenset({Service.KAFKA, Service.REGISTRY}),
            "home": None,
            "kafka_port": FREE_PORT,
            "controller_port": FREE_PORT,
            "registry_port": FREE_PORT,
            "milvus_port": FREE_PORT,
        }
        return cls(**own | changes)


def variable(field: str) -> str:
    """Return the environment variable that sets a field of `StackSettings`."""
    return f"{ENV_PREFIX}{field.upper()}"
