"""SASRec (Kang, McAuley. ICDM 2018): a user's vector from the sequence of the last items."""

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from training.artifact.forward import sasrec


class SASRecConfig(BaseModel):
    """SASRec's settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int = Field(64, ge=1, le=512)
    """Size of vectors."""

    length: int = Field(50, ge=1, le=500)
    """Items of a history that are read, the latest."""

    blocks: int = Field(2, ge=1, le=4)
    dropout: float = Field(0.2, ge=0, lt=1)


class SASRec(nn.Module):
    """Maps sequences of item numbers (S, L), -1 in front where shorter, to the user's vectors (S, L, D)."""

    def __init__(self, config: SASRecConfig, items: int) -> None:
        super().__init__()
        size, deviation = config.size, config.size**-0.5
        self._drop = nn.Dropout(config.dropout)
        self.register_buffer("causal", torch.ones(config.length, config.length).tril())
        self._grow("items", items, size, deviation=deviation)
        self._grow("positions", config.length, size, deviation=deviation)
        for number in range(config.blocks):
            block = f"block_{number}_"
            for name in ("query", "key", "value", "inner", "outer"):
                self._grow(block + name, size, size, deviation=deviation)
            for name in ("norm_shift", "point_shift", "inner_bias", "outer_bias"):
                self._grow(block + name, size)
            for name in ("norm_scale", "point_scale"):
                self._grow(block + name, size, mean=1.0)
        self._grow("norm_scale", size, mean=1.0)
        self._grow("norm_shift", size)

    def forward(self, sequences: Tensor) -> Tensor:
        """Return (S, L, D) the user's vector after each item, by the forward pass that serving uses."""
        weights = dict(self.named_parameters()) | dict(self.named_buffers())
        states: Tensor = sasrec.states(weights, sequences, self._drop)
        return states

    def _grow(self, name: str, *shape: int, deviation: float = 0.0, mean: float = 0.0) -> None:
        self.register_parameter(name, nn.Parameter(torch.empty(shape).normal_(mean, deviation)))
