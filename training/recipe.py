"""Recipe: all that decides a run but its examples; a run is a file."""

import tomllib
from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Final, Literal, Self, TypeAlias

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from training.errors import RecipeError
from training.fitting import Fitting
from training.models.deepfm import DeepFMConfig
from training.models.lambdamart import LambdaMARTConfig
from training.models.two_tower import TwoTowerConfig
from training.models.wide_deep import WideDeepConfig

SHIPPED: Final = Path(__file__).parent / "recipes"


ModelConfig: TypeAlias = DeepFMConfig | WideDeepConfig | TwoTowerConfig | LambdaMARTConfig


class Part(BaseModel):
    """A part of a recipe: frozen, and without keys that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Data(Part):
    """How examples are read."""

    validation: float = Field(0.1, gt=0, lt=1)
    """Share of the groups, the latest, that decide when to stop, and that calibrate."""

    shuffle_buffer: int = Field(65536, ge=1)
    """Examples among which groups are shuffled: what training holds."""


class Loss(Part):
    """What is made small: the sum of the two, by their weights."""

    pointwise: float = Field(1.0, ge=0)
    """Binary cross entropy of each example."""

    listwise: float = Field(0.0, ge=0)
    """Cross entropy of the softmax within each group."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.pointwise and not self.listwise:
            raise ValueError("pointwise and listwise are both 0, so nothing would be learned")
        return self


class Recipe(Part):
    """A recipe, as its file says it."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    """Name of the model, under which it is released."""

    features: tuple[str, ...] = Field(("*",), min_length=1)
    """Features that it reads, by name or pattern (`item_*`)."""

    heads: dict[str, Annotated[float, Field(gt=0)]] = Field({"click": 1.0, "like": 1.0}, min_length=1)
    """Outcomes that it predicts, in the order of the examples' labels, with the weight of each one's loss. The first
    is the one that validation looks at."""

    metric: Literal["ndcg@10", "gauc"] = "ndcg@10"
    """What decides when to stop and which epoch is kept."""

    seed: int = Field(0, ge=0, lt=2**31)
    members: int = Field(1, ge=1, le=16)
    """Models trained with this seed and the ones after it; the mean of their logits is the model's."""

    model: Annotated[ModelConfig, Field(discriminator="kind")]
    data: Data = Data()
    loss: Loss = Loss()
    fitting: Fitting = Fitting()

    @property
    def buckets(self) -> int:
        """Buckets that each feature is cut into; trees find their own."""
        return 2 if isinstance(self.model, LambdaMARTConfig) else self.model.buckets

    @property
    def toml(self) -> str:
        """The recipe as a file, with every value that it leaves to the default."""
        return tomli_w.dumps(self.model_dump(mode="json"))


def find(name: str) -> Path:
    """Return the file of that path, or the recipe shipped under that name. Raises RecipeError if there is neither."""
    if Path(name).is_file():
        return Path(name)
    shipped = {each.stem: each for each in SHIPPED.rglob("*.toml")}
    if name in shipped:
        return shipped[name]
    known = ", ".join(sorted(shipped))
    raise RecipeError(f"{name}: no such file, nor a recipe shipped with Tideline ({known})")


def read(path: Path) -> Recipe:
    """Return the recipe in the file. Raises RecipeError with the path of each wrong key in it."""
    try:
        return Recipe.model_validate(tomllib.loads(path.read_text()))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"{path}: {error}") from error
    except ValidationError as error:
        raise RecipeError("\n".join(f"{path}: {_place(each)}: {each['msg']}" for each in error.errors())) from error


def resolve(recipe: Recipe, known: Sequence[str]) -> Recipe:
    """Return the recipe with its patterns replaced by the features that they name, each once, in the known order.

    Raises RecipeError if a name or pattern fits no known feature, or one of a side or cross is none of the recipe's.
    """
    features = _matching("features", recipe.features, known)
    model: ModelConfig = recipe.model
    if isinstance(model, TwoTowerConfig):
        user, item = (_matching(f"model.{side}", getattr(model, side), features) for side in ("user", "item"))
        if both := sorted(set(user) & set(item)):
            raise RecipeError(f"model.item: {both[0]} is on the user's side already; a feature has one side")
        model = model.model_copy(update={"user": user, "item": item})
    if isinstance(model, WideDeepConfig):
        for cross in model.crosses:
            _matching("model.crosses", cross, features)
    return recipe.model_copy(update={"features": features, "model": model})


def _matching(key: str, patterns: Collection[str], known: Sequence[str]) -> tuple[str, ...]:
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in known):
            raise RecipeError(f"{key}: there is no feature {pattern}; there are {', '.join(sorted(known))}")
    return tuple(name for name in known if any(fnmatchcase(name, pattern) for pattern in patterns))


def _place(error: object) -> str:
    location = error["loc"]  # type: ignore[index]
    kinds = {
        "deepfm",
        "wide_deep",
        "two_tower",
        "lambdamart",
    }  # pydantic puts the kind that it took a model for into the path
    return ".".join(str(part) for part in location if part not in kinds)
