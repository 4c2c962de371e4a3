"""Fitting: the settings of the training loop, a recipe's part `[fitting]`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Fitting(BaseModel):
    """How a model is fitted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int = Field(20, ge=1)
    """Passes over the examples at most."""

    patience: int = Field(3, ge=1)
    """Epochs without a better validation metric after which training stops."""

    batch: int = Field(2048, ge=1)
    """Examples a step; whole groups, so sometimes somewhat more."""

    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(1e-4, ge=0)
    """AdamW's (Loshchilov, Hutter: Decoupled Weight Decay Regularization. 2019)."""

    clip: float = Field(1.0, gt=0)
    """Norm that gradients are cut to."""

    checkpoint_steps: int = Field(500, ge=1)
    """Steps after which a checkpoint is written, besides those at the end of each epoch."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """`auto` is the GPU where there is one. A run is the same to the bit only on a CPU."""
