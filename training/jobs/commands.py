"""Commands: what a worker runs for a job of each kind. Only what stands here can be asked for."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from training.errors import JobArgumentError


class _Arguments(BaseModel):
    """What a job of one kind may be told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="after")
    @classmethod
    def _no_option(cls, value: object) -> object:
        if isinstance(value, str) and value.startswith("-"):
            raise ValueError("must not begin with a dash: it would be taken for an option")
        return value


class TrainJob(_Arguments):
    """Train by a recipe, and release the model if that is wanted."""

    recipe: str = Field(min_length=1, description="A recipe's file, or the name of a shipped one.")
    examples: str | None = Field(None, description="File or folder of examples, for a ranking model.")
    seed: int | None = Field(None, ge=0, description="In place of the recipe's.")
    release: bool = Field(False, description="Whether to release the model if it is not worse than the one before.")


class ExamplesJob(_Arguments):
    """Make examples of what was served, or of an imported history."""

    source: Literal["served", "published", "history"] = Field("served", description="What they are made of.")
    out: str = Field(min_length=1, description="File that they are written to.")


class OutcomesJob(_Arguments):
    """Write what was served, with what came of it, to the log."""


class EvaluateJob(_Arguments):
    """Evaluate the pipeline on a folder of MovieLens."""

    data: str = Field(min_length=1, description="Folder of the data.")
    recipe: str = Field("lambdamart", description="Recipe of the ranker.")


class VectorsJob(_Arguments):
    """Publish the vectors of all released models."""


Step = Sequence[str]
"""Arguments of one `tideline` command; its last line of output is one JSON object."""


def _train(tenant: str, told: TrainJob, folder: Path) -> list[Step]:
    out = folder / "run"
    release: list[Step] = [["models", "release", str(out), "--json"]] if told.release else []
    begun, finished = (out / "run.json").exists(), (out / "metrics.json").exists()
    if finished or (out.exists() and not begun):  # by a worker that ended before it said so; a model is saved whole
        return release
    train = ["train", told.recipe, "--out", str(out), "--tenant", tenant, "--json"]
    train += ["--examples", told.examples] if told.examples else []
    train += ["--seed", str(told.seed)] if told.seed is not None else []
    train += ["--resume"] if begun else []
    return [train, *release]


def _examples(tenant: str, told: ExamplesJob, folder: Path) -> list[Step]:
    return [["examples", told.source, "--tenant", tenant, "--out", told.out, "--json"]]


def _outcomes(tenant: str, told: OutcomesJob, folder: Path) -> list[Step]:
    return [["examples", "publish", "--tenant", tenant, "--json"]]


def _evaluate(tenant: str, told: EvaluateJob, folder: Path) -> list[Step]:
    return [["eval", "--data", told.data, "--recipe", told.recipe, "--json"]]


def _vectors(tenant: str, told: VectorsJob, folder: Path) -> list[Step]:
    return [["vectors", "publish", "--json"]]


_KINDS: Final[Mapping[str, tuple[type[_Arguments], Callable[..., list[Step]]]]] = {
    "train": (TrainJob, _train),
    "examples": (ExamplesJob, _examples),
    "outcomes": (OutcomesJob, _outcomes),
    "evaluate": (EvaluateJob, _evaluate),
    "vectors": (VectorsJob, _vectors),
}

KINDS: Final[Mapping[str, Sequence[str]]] = {kind: tuple(told.model_fields) for kind, (told, _) in _KINDS.items()}
"""By kind of job, the names of what it can be told."""


def check(kind: str, arguments: Mapping[str, str]) -> None:
    """Raise JobArgumentError, with the name of the argument, if there is no such kind or it cannot be told that."""
    _told(kind, arguments)


def steps(kind: str, tenant: str, arguments: Mapping[str, str], folder: Path) -> list[Step]:
    """Return the commands of a job, one after the other; raise JobArgumentError as `check` does.

    Args:
        kind: one of KINDS.
        tenant: whose job it is.
        arguments: of the job.
        folder: the job's own, the same for every worker that takes it up: what was begun there is gone on with.
    """
    return _KINDS[kind][1](tenant, _told(kind, arguments), folder)


def _told(kind: str, arguments: Mapping[str, str]) -> _Arguments:
    if kind not in _KINDS:
        raise JobArgumentError(f"there is no job of kind {kind!r}; there are {', '.join(KINDS)}")
    try:
        return _KINDS[kind][0].model_validate(dict(arguments))
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, each['loc'])) or kind}: {each['msg']}" for each in error.errors())
        raise JobArgumentError(f"a job of kind {kind} cannot be told that: {told}") from error
