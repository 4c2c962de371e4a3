"""RankingModule: what the ranking models have in common."""

from collections.abc import Mapping
from typing import Any, Final

import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from training.artifact.forward.arrays import Weights
from training.artifact.forward.ranking import FOLD, LOGITS
from training.preprocessing import MAX_BUCKETS, Preprocessing

EMBEDDED: Final = 0.05
"""Standard deviation of fresh embeddings."""


class RankingConfig(BaseModel):
    """What every ranking model can be told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    embedding: int = Field(8, ge=1, le=256)
    """Size of the embedding of each feature's buckets; costs nothing when serving (see `fields.folded`)."""

    hidden: tuple[int, ...] = Field((64, 32), min_length=1)
    """Sizes of the hidden layers."""

    buckets: int = Field(16, ge=2, le=MAX_BUCKETS)
    """Buckets a feature."""

    dropout: float = Field(0.1, ge=0, lt=1)


class RankingModule(nn.Module):
    """Maps raw values (N, F) to logits (N, H); parameters are learned, constants (the fields' tensors) are not."""

    def __init__(
        self,
        kind: str,
        preprocessing: Preprocessing,
        dropout: float,
        constants: Mapping[str, NDArray[Any]] | None = None,
    ) -> None:
        super().__init__()
        self._kind = kind
        self._drop = nn.Dropout(dropout)
        self._constants: list[str] = []
        for name, array in {**preprocessing.tensors, **(constants or {})}.items():
            self.register_buffer(name, torch.from_numpy(array.copy()))
            self._constants.append(name)

    def forward(self, values: Tensor) -> Tensor:
        """Return (N, H) logits for raw values (N, F), by the forward pass that serving uses."""
        weights: Weights = dict(self.named_parameters()) | dict(self.named_buffers())
        logits: Tensor = LOGITS[self._kind](FOLD[self._kind](weights), values, self._drop)
        return logits

    @property
    def constants(self) -> dict[str, Tensor]:
        """The tensors that are not learned."""
        return {name: self.get_buffer(name) for name in self._constants}

    def grow(self, name: str, *shape: int, deviation: float = 0.0, mean: float = 0.0) -> None:
        """Add a parameter of this shape, drawn from a normal distribution."""
        self.register_parameter(name, nn.Parameter(torch.empty(shape).normal_(mean, deviation)))

    def grow_fields(self, prefix: str, fields: int, config: RankingConfig) -> None:
        """Add the first hidden layer, which reads embeddings and standardised values, and the further ones.

        Drawn as He et al. (Delving Deep into Rectifiers, 2015) found it best before a relu.
        """
        deviation = (2 / (fields * (1 + config.embedding * EMBEDDED**2))) ** 0.5
        first, *further = config.hidden
        self.grow(f"{prefix}_0_kernel", fields, config.embedding, first, deviation=deviation)
        self.grow(f"{prefix}_0_dense", fields, first, deviation=deviation)
        self.grow(f"{prefix}_0_bias", first)
        for layer, (before, after) in enumerate(zip(config.hidden, further, strict=False), 1):
            self.grow(f"{prefix}_{layer}_weight", before, after, deviation=(2 / before) ** 0.5)
            self.grow(f"{prefix}_{layer}_bias", after)

    def grow_linear(self, fields: int, buckets: int, heads: int) -> None:
        """Add the first-order terms of the logits: a weight for each bucket and standardised value, and a bias."""
        self.grow("linear", fields, buckets, heads)
        self.grow("linear_dense", fields, heads)
        self.grow("bias", heads)
