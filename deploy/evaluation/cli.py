"""`tideline eval`."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

from deploy.load.movielens import read_behavior, read_catalogue
from deploy.load.rows import Place
from schemas.records import Action
from serving.config_file import ServingConfig
from training import recipe as recipes

_TENANT = "evaluation"
_FILE_WIDTH = 160


def evaluate(
    data: Annotated[
        Path,
        typer.Option(envvar="TIDELINE_DATA", exists=True, file_okay=False, help="Folder of MovieLens (or alike)."),
    ],
    split: Annotated[
        str, typer.Option(help="peruser: each user's last tenth is foretold; global: the last tenth of all events.")
    ] = "peruser",
    recipe: Annotated[
        str, typer.Option(help="Recipe of the ranker: a file, or the name of a shipped one.")
    ] = "deepfm",
    config: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Serving configuration (TOML); default: none.")
    ] = None,
    tuning: Annotated[
        bool, typer.Option("--tuning", help="Score on the validation part of the train part: look at it while tuning.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for scores.json, scores.png, the examples and the ranker's run.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all that is drawn.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Train on the past of a log, let the pipeline recommend, and score it on the future, next to plain baselines.

    Tables come of the agents' own folds, lists of serving's own stages. Nothing is tuned on the test part: baselines
    choose their settings, and the ranker learns, on parts cut from the train part. Takes five minutes for
    MovieLens's small set on one core. Exit codes: 0 scored, 1 the log cannot be scored, 2 wrong usage.
    """
    from deploy.evaluation.baselines import baselines  # these import scipy and torch, which --help need not wait for
    from deploy.evaluation.pipeline import evaluate_pipeline
    from deploy.evaluation.plot import plot
    from deploy.evaluation.report import as_json, show
    from deploy.evaluation.scoring import score
    from deploy.evaluation.task import SPLITS, Task

    if split not in SPLITS:
        raise typer.BadParameter(f"{split!r} is none of {', '.join(SPLITS)}", param_hint="--split")
    console = Console(stderr=json)
    if not console.is_terminal:
        console = Console(stderr=json, width=_FILE_WIDTH)
    chosen = recipes.read(recipes.find(recipe))
    served = ServingConfig.load(config).default
    bad = 0

    def reject(place: Place, why: str) -> None:
        nonlocal bad
        bad += 1

    with TemporaryDirectory(prefix="tideline-eval-") as temporary, console.status("reading") as status:
        folder = out or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        catalogue = list(read_catalogue(data, _TENANT, reject))
        genres = {change.item_id: change.categories or [] for change in catalogue}
        events = [event for event in read_behavior(data, _TENANT, genres, reject) if event.action == Action.RATE]
        if bad:
            console.print(f"[yellow]{bad} bad rows left out[/]")
        task = Task.of(events, catalogue, split)
        if tuning:
            task = task.validation()
        console.print(
            f"{len(task.train):,} events to learn from; {len(task.users):,} users to foretell, "
            f"{sum(map(len, task.relevant)):,} items that they liked",
            highlight=False,
        )
        others = list(baselines(task, status.update))
        systems = evaluate_pipeline(task, chosen, served, folder, seed, status.update)
        status.update("scoring")
        scores = score(task, systems, others)
        if out is not None:
            (out / "scores.json").write_bytes(as_json(scores))
            plot(scores, out / "scores.png")
    show(console, scores)
    if out is not None:
        console.print(f"written to {out}: scores.json, scores.png, examples.arrow, run/", highlight=False)
    if json:
        typer.echo(as_json(scores).decode())
