"""Two-tower retrieval (Yi et al. RecSys 2019): vectors of users and items whose product says what to recall."""

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from training.artifact.forward import retrieval


class RetrievalConfig(BaseModel):
    """The retrieval model's settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int = Field(64, ge=1, le=512)
    """Size of embeddings and vectors."""

    length: int = Field(50, ge=1, le=500)
    """Items of a history that are read, the latest."""

    half_life: float = Field(10.0, gt=0)
    """Places back in the history at which an item counts half."""

    temperature: float = Field(0.05, gt=0)
    """What products are divided by before the softmax."""

    forget: float = Field(0.1, ge=0, lt=1)
    """Share of items that are known by their tags alone in a step, as new ones are in serving."""

    dropout: float = Field(0.1, ge=0, lt=1)


class Retrieval(nn.Module):
    """Maps histories (N, L) to users' vectors and all items to theirs, both (.., V) of length 1."""

    tags_of: Tensor

    def __init__(self, config: RetrievalConfig, tags: NDArray[np.float32]) -> None:
        """Make one with fresh weights for I items with T tags: `tags` (I, T), rows that sum to 1 or to 0."""
        super().__init__()
        items, words = tags.shape
        size = config.size
        self._config = config
        self._drop = nn.Dropout(config.dropout)
        self.register_buffer("tags_of", torch.from_numpy(tags.copy()))
        drawn: dict[str, tuple[int, ...]] = {
            "identities": (items, size),
            "tags": (words, size),
            "item_0_weight": (size, size),
            "user_0_weight": (size, 2 * size),
        }
        zero: dict[str, tuple[int, ...]] = {
            "item_0_bias": (size,),
            "user_0_bias": (2 * size,),
            "user_1_weight": (2 * size, size),  # so a fresh user is the mean of the history
            "user_1_bias": (size,),
        }
        for name, shape in drawn.items():
            self.register_parameter(name, nn.Parameter(torch.empty(shape).normal_(0, size**-0.5)))
        for name, shape in zero.items():
            self.register_parameter(name, nn.Parameter(torch.zeros(shape)))

    def forward(self, histories: Tensor) -> tuple[Tensor, Tensor]:
        """Return (N, V) the users' vectors of histories (N, L), and (I, V) all items'."""
        items = self.item_vectors()
        return self.user_vectors(histories, items), items

    def item_vectors(self) -> Tensor:
        """Return (I, V) the items' vectors; while training, some forget who they are, and have their tags alone."""
        weights = dict(self.named_parameters())
        identities: Tensor = weights["identities"]
        if self.training and self._config.forget:
            identities = identities * (torch.rand(len(identities), 1, device=identities.device) >= self._config.forget)
        vectors: Tensor = retrieval.item_vectors(weights, identities, self.tags_of)
        return vectors

    def user_vectors(self, histories: Tensor, items: Tensor) -> Tensor:
        """Return (N, V) the users' vectors, from histories (N, L) of item numbers, -1 in front where shorter.

        As `retrieval.bag` of each history, for many of them at once.
        """
        ages = torch.arange(histories.shape[1], device=histories.device) - histories.shape[1] + 1
        shares = 2.0 ** (ages / self._config.half_life) * (histories >= 0)
        shares = shares / shares.sum(1, keepdim=True).clamp(min=1e-12)
        found = items.index_select(0, histories.clamp(min=0).reshape(-1)).reshape(*histories.shape, -1)
        bags = (found * shares[:, :, None]).sum(1)
        vectors: Tensor = retrieval.user_vectors(dict(self.named_parameters()), bags, self._drop)
        return vectors
