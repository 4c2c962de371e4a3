"""Settings of discovery, read from the environment: TIDELINE_DISCOVERY_*."""

from enum import StrEnum

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Mode(StrEnum):
    """What the services run on."""

    LOCAL = "local"
    """All on this machine."""

    K8S = "k8s"
    """In Kubernetes: a name stands for the addresses of all pods, among which each client takes turns."""

    ISTIO = "istio"
    """In Kubernetes with a proxy beside each pod, which shares calls out among the pods."""


class DiscoverySettings(BaseSettings):
    """How services find each other; TIDELINE_DISCOVERY_<NAME>_ADDRESS, _HOST and _PORT override it for one of them."""

    model_config = SettingsConfigDict(env_prefix="TIDELINE_DISCOVERY_", frozen=True)

    mode: Mode | None = Field(None, description="local, k8s or istio; none: as the environment shows.")
    prefix: str = Field(
        "lemo-service-recommender",
        pattern=r"^[a-z]([a-z0-9-]{0,40}[a-z0-9])?$",
        description="What the services' names begin with in Kubernetes: <prefix>-recall.",
    )
    namespace: str | None = Field(
        None,
        pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        description="Kubernetes namespace; none: POD_NAMESPACE, or default.",
    )
    cluster_domain: str = Field(
        "cluster.local", pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$", description="The cluster's DNS domain."
    )
