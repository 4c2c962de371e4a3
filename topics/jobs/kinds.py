"""Kinds: what jobs there are, and what each may be told. Only what stands here can be asked for."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from topics.errors import JobArgumentError

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def check_dataset(name: str) -> str:
    """Return the name of a dataset; raise ValueError unless it is 1 to 64 of `a-z 0-9 _ -` and fit for a folder."""
    if not _NAME.fullmatch(name):
        raise ValueError("must be 1 to 64 of a-z 0-9 _ - and begin with a letter or digit")
    return name


def _split(names: object) -> object:
    return [name for name in names.split(",") if name] if isinstance(names, str) else names


Dataset = Annotated[str, AfterValidator(check_dataset)]
Source = Literal["served", "published", "history"]


class Arguments(BaseModel):
    """What a job of one kind may be told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="after")
    @classmethod
    def _no_option(cls, value: object) -> object:
        for word in value if isinstance(value, tuple) else (value,):
            if isinstance(word, str) and word.startswith("-"):
                raise ValueError("must not begin with a dash: it would be taken for an option")
        return value


class TrainJob(Arguments):
    """Train by a recipe, keep the model in the store, and release it if that is wanted."""

    recipe: str = Field(min_length=1, description="A recipe's file, or the name of a shipped one.")
    examples: str | None = Field(None, description="File or folder of examples, for a ranking model.")
    dataset: Dataset | None = Field(None, description="A dataset of a `features` job instead.")
    seed: int | None = Field(None, ge=0, le=2**32 - 1, description="In place of the recipe's.")
    release: bool = Field(False, description="Whether to release the model if it is not worse than the one before.")


class ExamplesJob(Arguments):
    """Make examples of what was served, or of an imported history."""

    source: Source = Field("served", description="What they are made of.")
    out: str = Field(min_length=1, description="File that they are written to.")


class FeaturesJob(Arguments):
    """Write features and outcomes of examples under a dataset's name, where `train` jobs find them."""

    dataset: Dataset = Field(description="Its name; one that there is already is replaced.")
    source: Source = Field("served", description="What the examples are made of.")
    features: tuple[str, ...] = Field((), description="Names of the features, parted by commas; none: all.")
    format: Literal["arrow", "parquet"] = Field("arrow", description="`train` reads arrow; others parquet.")

    _split = field_validator("features", mode="before")(_split)


class OutcomesJob(Arguments):
    """Write what was served, with what came of it, to the log."""


class EvaluateJob(Arguments):
    """Evaluate the pipeline on a folder of MovieLens."""

    data: str = Field(min_length=1, description="Folder of the data.")
    recipe: str = Field("lambdamart", description="Recipe of the ranker.")


class VectorsJob(Arguments):
    """Publish the vectors of the tenant's released models."""


A = TypeVar("A", bound=Arguments)

_KINDS: Final[Mapping[str, type[Arguments]]] = {
    "train": TrainJob,
    "examples": ExamplesJob,
    "features": FeaturesJob,
    "outcomes": OutcomesJob,
    "evaluate": EvaluateJob,
    "vectors": VectorsJob,
}

KINDS: Final[Mapping[str, Sequence[str]]] = {kind: tuple(told.model_fields) for kind, told in _KINDS.items()}
"""By kind of job, the names of what it can be told."""


def told(kind: str, arguments: Mapping[str, str]) -> Arguments:
    """Return what a job of the kind is told.

    Raises JobArgumentError, with the name of the argument, if there is no such kind or it cannot be told that.
    """
    if kind not in _KINDS:
        raise JobArgumentError("kind", f"there is no job of kind {kind!r}; there are {', '.join(KINDS)}")
    try:
        return _KINDS[kind].model_validate(dict(arguments))
    except ValidationError as error:
        wrong = {str(each["loc"][0]) if each["loc"] else "": each["msg"] for each in error.errors()}
        why = "; ".join(f"{name or kind}: {message}" for name, message in wrong.items())
        raise JobArgumentError(next(iter(wrong)), f"a job of kind {kind} cannot be told that: {why}") from error
