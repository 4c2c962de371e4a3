"""LambdaMART's part of a recipe (Burges. 2010)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class LambdaMARTConfig(BaseModel):
    """Boosted trees, for lists by the thousand: where a network has too little to learn from, they order better."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["lambdamart"] = "lambdamart"

    trees: int = Field(100, ge=1, le=10_000)
    """Trees at most; the best number by the validation metric is kept."""

    leaves: int = Field(15, ge=2, le=1024)
    learning_rate: float = Field(0.05, gt=0, le=1)
    feature_share: float = Field(0.3, gt=0, le=1)
    """Share of the features that each tree may ask."""

    row_share: float = Field(0.7, gt=0, le=1)
    """Share of the examples that each tree sees."""

    least: int = Field(100, ge=1)
    """Examples that a leaf needs."""

    l2: float = Field(10.0, ge=0)
    truncation: int = Field(30, ge=1)
    """Places of a list whose order counts."""

    gains: tuple[float, float, float] = (0.0, 1.0, 5.0)
    """What an example is worth: of no outcome, of another than the first head's, of the first head's."""

    most_examples: int = Field(4_000_000, ge=1)
    """Examples that are held; of more, a sample of whole lists."""
