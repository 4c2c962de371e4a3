"""Where vectors stand in Milvus: how to reach it, and what collections are named, for who writes and who reads."""

import re
from hashlib import sha256
from typing import Any, Final, Literal, NamedTuple

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ID: Final = "id"
VECTOR: Final = "vector"
"""The two fields of a collection: the item's or user's id, which is the primary key, and the vector."""

METRIC: Final = "IP"
"""Vectors are compared by their product, as the models do."""

VERSION: Final = "tideline.version"
"""The property of a collection that says which version of the model made its vectors."""

_OTHER: Final = re.compile(r"[^a-z0-9]")
_SHOWN: Final = 24


class MilvusSettings(BaseSettings):
    """How to reach Milvus, read from the environment: TIDELINE_MILVUS_*."""

    model_config = SettingsConfigDict(env_prefix="TIDELINE_MILVUS_", frozen=True)

    uri: str | None = Field(None, description="Address, http://host:port; none: no vectors are searched.")
    token: SecretStr | None = Field(None, description="user:password, or an API key.")
    index: Literal["FLAT", "HNSW", "AUTOINDEX"] = Field(
        "FLAT", description="Index of new collections. FLAT compares all vectors, so it is exact."
    )
    timeout_s: float = Field(10.0, gt=0, le=600, description="Seconds that a request of the sink may take.")

    def connection(self) -> dict[str, Any]:
        """Return the keyword arguments of pymilvus' clients."""
        token = self.token.get_secret_value() if self.token else ""
        return {"uri": self.uri, "token": token}


class VectorSpace(NamedTuple):
    """All vectors that are compared with each other: of one tenant, one subject and one model."""

    tenant: str
    subject: str
    """`item` or `user`."""

    model: str

    @property
    def alias(self) -> str:
        """The name under which Milvus answers from the version that is complete."""
        return self._name()

    def collection(self, version: str) -> str:
        """Return the name of the collection of one version of the model."""
        return self._name(version)

    def _name(self, *version: str) -> str:
        """Return a name that Milvus takes, readable, and another for any other tenant, subject, model or version."""
        parts = (self.tenant, self.subject, self.model, *version)
        digest = sha256("\0".join(parts).encode()).hexdigest()[:24]
        return "_".join((self.subject, *(_OTHER.sub("_", part.lower())[:_SHOWN] for part in parts[::2]), digest))
