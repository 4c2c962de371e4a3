"""DeepFM (Guo, Tang, Ye, Li, He. IJCAI 2017)."""

from typing import Literal

from training.models.ranking import EMBEDDED, RankingConfig, RankingModule
from training.preprocessing import Preprocessing


class DeepFMConfig(RankingConfig):
    """DeepFM's part of a recipe."""

    kind: Literal["deepfm"] = "deepfm"


class DeepFM(RankingModule):
    """First-order terms, all pairs of fields, and a deep network on the same embeddings: (N, F) to (N, H)."""

    def __init__(self, config: DeepFMConfig, preprocessing: Preprocessing, heads: int) -> None:
        super().__init__(config.kind, preprocessing, config.dropout)
        fields = len(preprocessing.mean)
        self.grow_linear(fields, config.buckets, heads)
        self.grow("embedding", fields, config.buckets, config.embedding, deviation=EMBEDDED)
        self.grow("pairs", heads, mean=1.0)  # as in the paper, until the heads weigh them apart
        self.grow_fields("mlp", fields, config)
        self.grow("head", config.hidden[-1], heads, deviation=config.hidden[-1] ** -0.5)
