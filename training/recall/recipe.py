"""Recipes of recall models: which kind is fitted, how, and under which name it answers."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.artifact.manifest import Manifest
from training.artifact.model import Model
from training.errors import RecipeError
from training.fitting import Fitting
from training.interactions import Interactions
from training.models.retrieval import RetrievalConfig
from training.models.sasrec import SASRecConfig
from training.recall.als import ALSConfig, fit_als
from training.recall.ease import EASEConfig, Solved, fit_ease, solve_ease
from training.recall.transitions import TransitionsConfig, fit_transitions
from training.sequential import fit_retrieval, fit_sasrec


class EASEPart(EASEConfig):
    """EASE's part of a recipe."""

    kind: Literal["ease"]


class ALSPart(ALSConfig):
    """ALS's part of a recipe."""

    kind: Literal["als"]


class TransitionsPart(TransitionsConfig):
    """The transitions' part of a recipe."""

    kind: Literal["transitions"]


class SASRecPart(SASRecConfig):
    """SASRec's part of a recipe."""

    kind: Literal["sasrec"]
    fitting: Fitting = Fitting()


class RetrievalPart(RetrievalConfig):
    """Two-tower retrieval's part of a recipe."""

    kind: Literal["retrieval"]
    fitting: Fitting = Fitting()


class RecallRecipe(BaseModel):
    """A recipe of a recall model, as its file says it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    """Name of the model, which is that of the channel that it answers for."""

    seed: int = Field(0, ge=0, lt=2**31)
    recall: Annotated[EASEPart | ALSPart | TransitionsPart | SASRecPart | RetrievalPart, Field(discriminator="kind")]


FOLDER: Final = Path(__file__).parent.parent / "recipes" / "recall"
SHIPPED: Final = ("ease", "ease_acts", "ease_any", "transitions", "als")
"""Recipes of all channels whose models are fitted on behaviour alone."""


def is_recall(path: Path) -> bool:
    """Return whether the file is a recipe of a recall model; a file that cannot be read is none."""
    try:
        return "recall" in tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False


def read(path: Path) -> RecallRecipe:
    """Return the recipe in the file. Raises RecipeError with the path of each wrong key in it."""
    try:
        return RecallRecipe.model_validate(tomllib.loads(path.read_text()))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"{path}: {error}") from error
    except ValidationError as error:
        wrong = ("{}: {}: {}".format(path, ".".join(map(str, each["loc"])), each["msg"]) for each in error.errors())
        raise RecipeError("\n".join(wrong)) from error


def shipped(name: str) -> RecallRecipe:
    """Return the recipe shipped under that name."""
    return read(FOLDER / f"{name}.toml")


def fit_all(
    interactions: Interactions,
    recipes: Sequence[RecallRecipe],
    manifest: Manifest,
    tags: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> list[Model]:
    """Return the recipes' models; what several of EASE have in common is computed once.

    Args:
        interactions: what they are made of.
        recipes: in any order.
        manifest: whose they are, and their version.
        tags: each item's, by its id; `retrieval` knows new items by them.

    Raises UnfitExamplesError if too little was done, and what training raises.
    """
    models = []
    solved: dict[tuple[float | bool, ...], Solved] = {}
    for recipe in recipes:
        told = Manifest(
            name=recipe.name,
            kind="",
            version=manifest.version,
            tenant=manifest.tenant,
            created_at=manifest.created_at,
            features=[],
            offsets=manifest.offsets,
            schema_ids=manifest.schema_ids,
            seed=recipe.seed,
            libraries=manifest.libraries,
        )
        match recipe.recall:
            case EASEPart() as config:
                if config.fit not in solved:
                    solved[config.fit] = solve_ease(interactions, config)
                models.append(fit_ease(interactions, told, config, solved[config.fit]))
            case ALSPart() as config:
                models.append(fit_als(interactions, told, config))
            case TransitionsPart() as config:
                models.append(fit_transitions(interactions, told, config))
            case SASRecPart() as config:
                with TemporaryDirectory() as folder:
                    own = SASRecConfig.model_validate(config.model_dump(exclude={"kind", "fitting"}))
                    models.append(fit_sasrec(interactions, told, own, config.fitting, Path(folder) / "checkpoint"))
            case RetrievalPart() as config:
                with TemporaryDirectory() as folder:
                    plain = RetrievalConfig.model_validate(config.model_dump(exclude={"kind", "fitting"}))
                    path = Path(folder) / "checkpoint"
                    models.append(fit_retrieval(interactions, tags, told, plain, config.fitting, path))
    return models
