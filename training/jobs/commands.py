"""Commands: what a worker runs for a job of each kind (`topics.jobs.kinds`)."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from topics.jobs import kinds

Step = Sequence[str]
"""Arguments of one `tideline` command; its last line of output is one JSON object."""


def _train(tenant: str, told: kinds.TrainJob, folder: Path) -> list[Step]:
    out = folder / "run"
    keep: Step = ["models", "release" if told.release else "keep", str(out), "--json"]
    begun, finished = (out / "run.json").exists(), (out / "metrics.json").exists()
    if finished or (out.exists() and not begun):  # by a worker that ended before it said so; a model is saved whole
        return [keep]
    train = ["train", told.recipe, "--out", str(out), "--tenant", tenant, "--json"]
    examples = str(_dataset(folder, told.dataset)) if told.dataset else told.examples
    train += ["--examples", examples] if examples else []
    train += ["--seed", str(told.seed)] if told.seed is not None else []
    train += ["--resume"] if begun else []
    return [train, keep]


def _examples(tenant: str, told: kinds.ExamplesJob, folder: Path) -> list[Step]:
    return [["examples", told.source, "--tenant", tenant, "--out", told.out, "--json"]]


def _features(tenant: str, told: kinds.FeaturesJob, folder: Path) -> list[Step]:
    examples = folder / "examples.arrow"
    write = ["features", "materialize", str(examples), "--out", str(_dataset(folder, told.dataset))]
    chosen = [word for name in told.features for word in ("--feature", name)]
    return [
        ["examples", told.source, "--tenant", tenant, "--out", str(examples), "--json"],
        [*write, "--format", told.format, *chosen, "--json"],
    ]


def _outcomes(tenant: str, told: kinds.OutcomesJob, folder: Path) -> list[Step]:
    return [["examples", "publish", "--tenant", tenant, "--json"]]


def _evaluate(tenant: str, told: kinds.EvaluateJob, folder: Path) -> list[Step]:
    return [["eval", "--data", told.data, "--recipe", told.recipe, "--json"]]


def _vectors(tenant: str, told: kinds.VectorsJob, folder: Path) -> list[Step]:
    return [["vectors", "publish", "--tenant", tenant, "--json"]]


_STEPS: Final[Mapping[str, Callable[[str, Any, Path], list[Step]]]] = {
    "train": _train,
    "examples": _examples,
    "features": _features,
    "outcomes": _outcomes,
    "evaluate": _evaluate,
    "vectors": _vectors,
}


def steps(kind: str, tenant: str, arguments: Mapping[str, str], folder: Path) -> list[Step]:
    """Return the commands of a job, one after the other; raise JobArgumentError as `kinds.told` does.

    Args:
        kind: one of `kinds.KINDS`.
        tenant: whose job it is.
        arguments: of the job.
        folder: the job's own, the same for every worker that takes it up: what was begun there is gone on with. The
            tenant's datasets lie beside it.
    """
    told = kinds.told(kind, arguments)
    return _STEPS[kind](tenant, told, folder)


def _dataset(folder: Path, name: str) -> Path:
    """Return the folder of the tenant's dataset; no job's id is `datasets`."""
    return folder.parent / "datasets" / name
