"""`tideline features`: what models may read of a candidate."""

import math
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import typer
from rich.console import Console
from rich.table import Table

from training.features.catalog import FEATURES, SEQUENCES, find
from training.features.feature import Feature, Group, Sequence

app = typer.Typer(
    no_args_is_help=True,
    help="The features that models read: the same code computes them in training, in serving and in FeatureService "
    "(gRPC).",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")]


@app.command("list")
def list_(
    group: Annotated[Group | None, typer.Option(help="Only those of this group.")] = None, json: Json = False
) -> None:
    """List the features: one number of each candidate, or a sequence of items of the user."""
    every: list[Feature | Sequence] = [*FEATURES.values(), *SEQUENCES.values()]
    found = [each for each in every if group in (None, each.group)]
    if json:
        typer.echo(orjson.dumps({"features": [_described(each) for each in found]}).decode())
        return
    table = Table("name", "group", "dtype", "shape", "default", "what")
    for each in found:
        table.add_row(each.name, each.group, each.dtype, _shape(each), f"{each.default:g}", each.doc)
    table.columns[0].no_wrap = True
    Console().print(table)


@app.command()
def show(name: Annotated[str, typer.Argument(help="Name of the feature.")], json: Json = False) -> None:
    """Show all that is declared of a feature; exit with code 1 if there is none of that name."""
    described = _described(find(name))
    if json:
        typer.echo(orjson.dumps(described).decode())
        return
    grid = Table.grid(padding=(0, 2))
    for what, value in described.items():
        grid.add_row(what, _shown(value))
    Console().print(grid)


@app.command()
def materialize(
    examples: Annotated[Path, typer.Argument(help="File of examples (.arrow), or a folder of them.", exists=True)],
    out: Annotated[Path, typer.Option(help="Folder of the dataset; what it holds in this format is replaced.")],
    feature: Annotated[
        list[str] | None, typer.Option("--feature", help="One to write; may be given again. None: all.")
    ] = None,
    layout: Annotated[
        Literal["arrow", "parquet"], typer.Option("--format", help="arrow: training reads it; parquet: others do.")
    ] = "arrow",
    json: Json = False,
) -> None:
    """Write features of examples, with their outcomes, as a dataset; what FeatureService/Materialize asks workers for.

    `tideline examples` makes examples. Training reads the folder: `tideline train RECIPE --examples FOLDER`.
    """
    from training.materializing import materialize as write  # pyarrow takes a while

    names = feature or []
    for name in names:
        find(name)
    made = write(examples, out, names, layout)
    told = {"file": str(made.file), "examples": made.examples, "lists": made.lists}
    if json:
        typer.echo(orjson.dumps(told).decode())
    else:
        Console().print(f"{made.examples:,} examples in {made.lists:,} lists: {made.file}", highlight=False)


def _described(each: Feature | Sequence) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": each.name,
        "group": each.group.value,
        "doc": each.doc,
        "kind": each.kind.value,
        "dtype": each.dtype,
        "shape": list(each.shape),
        "default": each.default,
        "version": each.version,
        "digest": each.digest,
    }
    if isinstance(each, Feature):
        described["range"] = [None if math.isinf(bound) else bound for bound in (each.low, each.high)]
        described["params"] = dict(each.params)
        if each.buckets:
            described["buckets"] = each.buckets
        if each.vocabulary:
            described["vocabulary"] = list(each.vocabulary)
    return described


def _shape(each: Feature | Sequence) -> str:
    return "x".join(map(str, each.shape)) or "1"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} = {each}" for name, each in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join("any" if each is None else str(each) for each in value) or "one number"
    return str(value)
