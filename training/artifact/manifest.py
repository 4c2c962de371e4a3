"""What a model is: its manifest."""

import msgspec


class TensorInfo(msgspec.Struct, frozen=True):
    """What a tensor must look like."""

    dtype: str
    """As numpy names it: `float32`."""

    shape: tuple[int, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a model but its numbers."""

    name: str
    kind: str
    """Architecture, which decides how its tensors are read."""

    version: str
    tenant: str
    created_at: int
    """Milliseconds since 1970."""

    features: list[str]
    """Names of the columns that it reads, in order."""

    feature_digests: dict[str, str] = {}
    """By name, the digest of each feature's definition (`training.features`): a model fits no other."""

    params: dict[str, int | float | str | bool] = {}
    offsets: dict[str, int] = {}
    """`topic/partition` to the next offset that it was not trained on."""

    schema_ids: dict[str, int] = {}
    seed: int = 0
    libraries: dict[str, str] = {}
    metrics: dict[str, float] = {}
    tensors: dict[str, TensorInfo] = {}
    words: dict[str, int] = {}
    """Lists of words by name, to how many each holds."""

    digest: str = ""
    """SHA-256 of the weights' file, in hexadecimal; `save` sets it."""
